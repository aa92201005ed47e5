//! What a declaration has the cluster apply is there, also what needs an operator that comes later, and what
//! is too large for a declaration.

use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT};

const HEAD: &str =
    "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\nspec:\n  manifests:\n";

/// An object whose kind its operator registers, and one after it that needs nobody.
const EARLY: &str = r"  - |
    apiVersion: widgets.example.org/v1
    kind: Widget
    metadata: {name: declared, namespace: default}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: after, namespace: default}
";

/// Returns the definition of the kind, with as many fields of a kibibyte.
fn definition(fields: usize) -> String {
    let mut text = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.widgets.example.org}
spec:
  group: widgets.example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          size: {type: integer}
"
    .to_owned();
    let words = "a kibibyte of words ".repeat(51);
    for field in 0..fields {
        let _ = writeln!(
            text,
            "          field{field}: {{type: string, description: {words}}}"
        );
    }
    text
}

#[test]
fn a_manifest_that_needs_an_operator_is_reported_until_it_is_applied() -> Result<()> {
    let dev = Fixture::boot("operator")?;
    dev.ops()
        .write_file("dev.yaml", &format!("{HEAD}{EARLY}"))?;
    let lack = "ready, but not every manifest is applied: Widget default/declared: no matches for kind \
                \"Widget\" in version \"widgets.example.org/v1\"";
    let applied = dev.ops().run("kinc apply -f dev.yaml")?.ok()?;
    ensure!(
        applied
            .stderr
            .contains(&format!("kinc-dev-control-plane.service is {lack}")),
        "{}",
        applied.stderr
    );
    // A start is over before its node has had the last word; whoever asks gets that.
    let status = dev.ops().run("kinc status dev")?;
    ensure!(
        status.stdout.contains(" degraded, up for "),
        "{}",
        status.stdout
    );
    assert_eq!(status.status, 3);
    dev.kubectl("get configmap after")?;
    let says = |text: &str| dev.property("StatusText").is_ok_and(|said| said == text);
    dev.host
        .wait_until("the unit names the object", LIMIT, || says(lack))?;
    // It is not applied a second time.
    dev.kubectl("annotate configmap after changed=by-hand")?;
    let version = "get configmap after -o jsonpath={.metadata.resourceVersion}";
    let before = dev.kubectl(version)?;

    dev.apply(&definition(0))?;
    dev.host.wait_until("the object is there", LIMIT, || {
        dev.kubectl("get widget declared").is_ok()
    })?;
    dev.host
        .wait_until("the unit lacks nothing", LIMIT, || says("ready"))?;
    dev.ok("kinc status dev")?;
    assert_eq!(dev.kubectl(version)?, before);
    let state = "systemctl show --property ActiveState --value kinc-manifests.service";
    dev.host.wait_until("nothing runs any more", LIMIT, || {
        dev.in_node(state).is_ok_and(|state| state == "inactive\n")
    })?;
    Ok(())
}

#[test]
fn a_directory_with_large_manifests_is_copied_and_applied() -> Result<()> {
    let dev = Fixture::boot("manifests")?;
    let object = |size: u32| {
        format!(
            "{{\"apiVersion\": \"widgets.example.org/v1\", \"kind\": \"Widget\",\n\t\"metadata\": \
             {{\"name\": \"large\", \"namespace\": \"default\"}}, \"size\": {size}}}\n"
        )
    };
    let kind = definition(1200);
    ensure!(kind.len() > 1200 << 10);
    dev.ok("mkdir -p home/deploy && echo 'no object' > home/deploy/README.md")?;
    dev.ops().write_file("home/deploy/10-kind.yaml", &kind)?;
    dev.ops()
        .write_file("home/deploy/20-object.json", &object(1))?;
    let text = format!("{HEAD}  - path: deploy\n");
    dev.ops().write_file("home/dev.yaml", &text)?;
    dev.ok("kinc apply -f home/dev.yaml")?;
    let size = "get widget large -o jsonpath={.size}";
    assert_eq!(dev.kubectl(size)?, "1");
    dev.host
        .wait_until("the node says that it lacks nothing", LIMIT, || {
            dev.property("StatusText").is_ok_and(|said| said == "ready")
        })?;

    // Standard input is where kinc runs.
    let planned = dev
        .ops()
        .run("cd home && kinc plan -f - < dev.yaml")?
        .stdout;
    ensure!(
        planned.contains("  change: cluster.yaml\n") && !planned.contains("spec.manifests"),
        "{planned}"
    );
    dev.ops()
        .write_file("home/deploy/20-object.json", &object(2))?;
    let planned = dev.ops().run("kinc plan -f home/dev.yaml")?;
    ensure!(
        planned.stdout.contains(
            "  spec.manifests: (changed) (restarts the node)\n  \
             change: kinc-dev-control-plane.manifest-1.file, cluster.yaml\n"
        ),
        "{}",
        planned.stdout
    );
    dev.ok("kinc apply --yes -f home/dev.yaml")?;
    assert_eq!(dev.kubectl(size)?, "2");

    // What was copied needs no source, and what is declared does.
    dev.ok("mv home/deploy home/away")?;
    dev.ok("kinc plan")?;
    let refused = dev.fails("kinc apply --yes -f home/dev.yaml")?;
    ensure!(
        refused.stderr.contains(
            "home/dev.yaml:6:11: `spec.manifests`: there is no file and no directory `home/deploy`"
        ),
        "{}",
        refused.stderr
    );
    dev.ok("kinc apply -f .config/containers/systemd/kinc-dev/cluster.yaml")?;
    dev.ok("kinc restart dev")?;
    assert_eq!(dev.kubectl(size)?, "2");
    Ok(())
}
