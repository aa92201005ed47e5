//! What an apply would do is said before, is what it does, and loses nothing; what is not as
//! declared is found, layer by layer, and repaired.

use anyhow::{Result, ensure};

use crate::fixture::Fixture;

/// The operator's drop-in that each host of the lab has.
const DROP_IN: &str = "  your drop-in applies: /home/ops/.config/containers/systemd/kinc-.container.d/50-no-controllers.conf\n";

/// Writes the declaration of a cluster to a file of the directory `clusters`.
fn declare(dev: &Fixture, name: &str, spec: &str) -> Result<()> {
    dev.ok("mkdir -p clusters")?;
    let text = format!(
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    );
    dev.ops()
        .write_file(&format!("clusters/{name}.yaml"), &text)?;
    Ok(())
}

/// Checks what `kinc plan` says, drop-ins aside, and with which status it ends.
fn planned(dev: &Fixture, command: &str, expected: &str) -> Result<()> {
    let output = dev.ops().run(command)?;
    let said = output.stdout.replace(DROP_IN, "");
    ensure!(
        said == expected,
        "{command} said:\n{said}\nnot:\n{expected}{}",
        output.stderr
    );
    let status = if expected.ends_with("\n1 as declared\n") {
        0
    } else {
        3
    };
    ensure!(
        output.status == status,
        "{command} ended with {}",
        output.status
    );
    Ok(())
}

/// Returns the run that the node's unit is in.
fn run_of(dev: &Fixture) -> Result<String> {
    dev.property("InvocationID")
}

#[test]
fn an_apply_does_what_the_plan_says_and_keeps_the_data() -> Result<()> {
    let dev = Fixture::boot("plan")?;
    declare(&dev, "dev", "{}")?;
    let unit = "kinc-dev-control-plane.service";
    planned(
        &dev,
        "kinc plan -f clusters",
        &format!(
            "dev: create it and start {unit}\n  \
             write: containers.conf, kinc-dev-control-plane-containers.volume, \
             kinc-dev-control-plane.container, kinc-dev-control-plane.kubeadm.conf, \
             kinc-dev-resolver.service, kinc-dev-resolver.timer, kinc-dev-uplink.service, \
             kinc-dev.network, kinc-dev.slice, cluster.yaml\n\
             1 to create\n"
        ),
    )?;
    dev.ok("kinc apply -f clusters")?;
    dev.write_data()?;
    planned(
        &dev,
        "kinc plan -f clusters",
        "dev: as declared\n1 as declared\n",
    )?;
    ensure!(dev.ok("kinc diff -f clusters")?.is_empty());

    without_a_restart(&dev)?;

    // The port, which needs a yes, and nothing happens without.
    declare(&dev, "dev", "{networking: {apiServerPort: 6500}}")?;
    let expected = format!(
        "dev: restart {unit}; its data stays\n  \
         spec.autostart: false -> true\n  \
         spec.networking.apiServerPort: 6443 -> 6500 (restarts the node)\n  \
         change: kinc-dev-control-plane.container, cluster.yaml\n1 to restart\n"
    );
    planned(&dev, "kinc plan -f clusters", &expected)?;
    let run = run_of(&dev)?;
    let refused = dev.fails("kinc apply -f clusters")?;
    ensure!(
        refused.stderr.ends_with("hint: repeat with --yes\n"),
        "{}",
        refused.stderr
    );
    planned(&dev, "kinc plan -f clusters", &expected)?;
    assert_eq!(run_of(&dev)?, run);
    dev.ok("kinc apply --yes -f clusters")?;
    ensure!(run_of(&dev)? != run);
    dev.ok("curl --silent --insecure https://127.0.0.1:6500/version")?;
    dev.check_data()
}

/// Changes what needs no restart: the run stays the same.
fn without_a_restart(dev: &Fixture) -> Result<()> {
    let run = run_of(dev)?;
    declare(dev, "dev", "{autostart: false, resources: {memory: 3Gi}}")?;
    planned(
        dev,
        "kinc plan -f clusters",
        "dev: update it without a restart\n  \
         spec.autostart: true -> false\n  \
         spec.resources.memory: none -> 3Gi (in the running cluster)\n  \
         change: kinc-dev-control-plane.container, kinc-dev.slice, cluster.yaml\n1 to change\n",
    )?;
    dev.ok("kinc apply -f clusters")?;
    // What is left out is at its default again.
    declare(dev, "dev", "{autostart: false}")?;
    dev.ok("kinc apply -f clusters")?;
    planned(dev, "kinc plan", "dev: as declared\n1 as declared\n")?;
    assert_eq!(run_of(dev)?, run);
    dev.check_data()
}

#[test]
fn drift_is_found_in_each_layer_and_repaired() -> Result<()> {
    let dev = Fixture::with_cluster("drift")?;
    dev.write_data()?;
    let unit = "kinc-dev-control-plane.service";
    let directory = "~/.config/containers/systemd/kinc-dev";
    let restart = |drift: &str, files: &str| {
        format!(
            "dev: restart {unit}; its data stays\n  drift: {drift} (restarts the node)\n{files}1 to restart\n"
        )
    };
    let mends = |dev: &Fixture, expected: &str| -> Result<()> {
        planned(dev, "kinc plan", expected)?;
        ensure!(dev.ok("kinc list")?.contains("  yes  "));
        dev.ok("kinc create dev --yes")?;
        planned(dev, "kinc plan", "dev: as declared\n1 as declared\n")?;
        dev.check_data()
    };

    // A file that was edited.
    dev.ok(&format!(
        "sed -i s/^PidsLimit=.*/PidsLimit=4000/ {directory}/*.container"
    ))?;
    let output = dev.ops().run("kinc plan")?.stdout;
    ensure!(
        output.contains("drift: `kinc-dev-control-plane.container` was edited (restarts the node)"),
        "{output}"
    );
    ensure!(
        output.contains(&format!(
            "drift: the files of `{unit}` changed since systemd loaded them"
        )),
        "{output}"
    );
    dev.ok("kinc create dev --yes")?;
    planned(&dev, "kinc plan", "dev: as declared\n1 as declared\n")?;

    // A drop-in that systemd has loaded, and the node does not run with.
    let drop_in = format!("{directory}/kinc-dev-control-plane.container.d");
    dev.ok(&format!(
        "mkdir {drop_in} && printf '[Container]\\nEnvironment=MINE=1\\n' > {drop_in}/10-mine.conf"
    ))?;
    let output = dev.ops().run("kinc plan")?.stdout;
    ensure!(
        output.contains(&format!(
            "drift: the files of `{unit}` changed since systemd loaded them"
        )),
        "{output}"
    );
    dev.ok("systemctl --user daemon-reload")?;
    let output = dev.ops().run("kinc plan")?.stdout;
    ensure!(
        output.contains("drift: the node runs without `--env MINE=…` (restarts the node)"),
        "{output}"
    );
    ensure!(
        output.contains("kinc-dev-control-plane.container.d/10-mine.conf"),
        "{output}"
    );
    dev.ok("kinc create dev --yes")?;
    dev.ok("podman exec kinc-dev-control-plane sh -c 'tr \"\\0\" \"\\n\" < /proc/1/environ | grep MINE=1'")?;
    dev.ok(&format!("rm -r {drop_in}"))?;
    dev.ok("kinc create dev --yes")?;

    // An image of the same name that was built again.
    dev.ok("echo 'FROM localhost/kinc/node:v1.36.3\nLABEL mine=1' | podman build --quiet --pull=never --tag localhost/kinc/node:v1.36.3 -")?;
    let anew = "`localhost/kinc/node:v1.36.3` was rebuilt since the node started";
    mends(&dev, &restart(anew, ""))?;

    // A declaration that was lost: it is made again, and the cluster continues.
    dev.ok(&format!("rm {directory}/cluster.yaml"))?;
    ensure!(dev.ok("kinc list -o name")?.is_empty());
    let run = run_of(&dev)?;
    dev.ok("kinc adopt dev")?;
    planned(&dev, "kinc plan", "dev: as declared\n1 as declared\n")?;
    assert_eq!(run_of(&dev)?, run);

    // A network that is another one.
    dev.ok("kinc stop dev && podman network rm kinc-dev && podman network create --subnet 10.77.0.0/24 kinc-dev")?;
    let output = dev.ops().run("kinc plan")?.stdout;
    ensure!(
        output.contains("drift: the network has 10.77.0.0/24, not 10.200.0.0/24"),
        "{output}"
    );
    dev.ok("kinc create dev --yes")?;
    planned(&dev, "kinc plan", "dev: as declared\n1 as declared\n")?;
    dev.check_data()
}

#[test]
fn several_clusters_are_created_in_parallel_and_a_removed_declaration_is_pruned() -> Result<()> {
    let dev = Fixture::boot("prune")?;
    declare(&dev, "one", "{}")?;
    declare(&dev, "two", "{autostart: false}")?;
    let table = dev.ok("kinc apply -f clusters")?;
    let row =
        |name: &str, outcome: &str, port| format!("{name}  {outcome}  https://127.0.0.1:{port}\n");
    assert_eq!(
        table,
        format!(
            "NAME  OUTCOME  API SERVER\n{}{}",
            row("one ", "created", 6443),
            row("two ", "created", 6444)
        )
    );
    dev.ok("rm clusters/two.yaml")?;
    // Without --prune it is nobody's business.
    planned(
        &dev,
        "kinc plan -f clusters",
        "one: as declared\n1 as declared\n",
    )?;
    let output = dev.ops().run("kinc plan -f clusters --prune")?.stdout;
    ensure!(
        output.contains("two: delete it and its data: it is no longer declared\n"),
        "{output}"
    );
    dev.fails("kinc apply -f clusters --prune")?;
    dev.ok("kinc apply -f clusters --prune --yes")?;
    assert_eq!(dev.ok("kinc list -o name")?, "one\n");
    Ok(())
}
