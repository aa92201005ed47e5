//! A cluster is declared with resources: its slice, its link, and what kubelet makes of them.
//!
//! Whether the kernel holds a limit is seen in `limits`; here are hosts without controllers.

use anyhow::{Context as _, Result, ensure};

use crate::fixture::Fixture;

/// What the node keeps of the cluster's memory for itself; images/node/README.md.
pub(crate) const RESERVED_MEMORY: u64 = 256 << 20;

/// kubelet evicts pods when they have less than this left.
pub(crate) const THRESHOLD: u64 = 100 << 20;

/// Writes the declaration of `dev` with these resources to `dev.yaml`.
pub(crate) fn declare(dev: &Fixture, resources: &str) -> Result<()> {
    let text = format!(
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\n\
         spec: {{resources: {resources}}}\n"
    );
    dev.ops().write_file("dev.yaml", &text)?;
    Ok(())
}

/// Returns what the node offers to pods: processors, and bytes.
pub(crate) fn allocatable(dev: &Fixture) -> Result<(String, u64)> {
    let field = |name| {
        dev.kubectl(&format!(
            "get node kinc-dev-control-plane -o jsonpath={{.status.allocatable.{name}}}"
        ))
    };
    let memory = field("memory")?;
    let units = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("", 0)];
    let bytes = units.into_iter().find_map(|(unit, bits)| {
        let number: u64 = memory.strip_suffix(unit)?.parse().ok()?;
        Some(number << bits)
    });
    let memory = bytes.with_context(|| format!("`{memory}` is not an amount of memory"))?;
    Ok((field("cpu")?, memory))
}

/// What an apply says when there is nothing to do.
const UNCHANGED: &str = "kinc-dev-control-plane.service is ready; nothing changed\n";

/// Returns a property of the cluster's slice.
fn slice(dev: &Fixture, name: &str) -> Result<String> {
    let show = format!("systemctl --user show --property {name} --value kinc-dev.slice");
    Ok(dev.ok(&show)?.trim_end().to_owned())
}

#[test]
fn declared_limits_are_in_the_slice_and_a_lost_link_is_repaired() -> Result<()> {
    let dev = Fixture::boot("resources")?;
    declare(&dev, "{memory: 2Gi, tasks: 4000}")?;
    let applied = dev.ops().run("kinc apply --yes -f dev.yaml")?.ok()?;
    let vain =
        "limits that this host does not enforce: spec.resources.memory, spec.resources.tasks";
    ensure!(applied.stderr.contains(vain), "{}", applied.stderr);
    assert_eq!(slice(&dev, "MemoryMax")?, (2_u64 << 30).to_string());
    assert_eq!(dev.property("Slice")?, "kinc-dev.slice");
    ensure!(
        dev.property("ControlGroup")?
            .ends_with("/kinc.slice/kinc-dev.slice/kinc-dev-control-plane.service")
    );
    assert_eq!(
        allocatable(&dev)?.1,
        (2 << 30) - RESERVED_MEMORY - THRESHOLD
    );
    let again = dev.ops().run("kinc apply --yes -f dev.yaml")?.ok()?;
    ensure!(again.stderr.ends_with(UNCHANGED), "{}", again.stderr);

    a_lost_link_is_repaired(&dev)?;

    declare(&dev, "{memory: none, cpu: 1}")?;
    let run = dev.property("InvocationID")?;
    dev.ok("kinc apply -f dev.yaml")?;
    assert_eq!(dev.property("InvocationID")?, run, "the node was restarted");
    assert_eq!(
        [slice(&dev, "MemoryMax")?, slice(&dev, "TasksMax")?],
        ["infinity", "infinity"]
    );
    assert_eq!(slice(&dev, "CPUQuotaPerSecUSec")?, "1s");
    // kubelet was told, and tells the API server in its own time.
    dev.host
        .wait_until("the node offers one processor", dev.limit, || {
            allocatable(&dev).is_ok_and(|(processors, _)| processors == "1")
        })?;
    let (_, memory) = allocatable(&dev)?;
    let total = dev.ok("sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo")?;
    assert_eq!(memory, total.trim().parse::<u64>()? << 10);

    a_node_has_what_it_declares(&dev)?;
    assert_eq!(dev.property("InvocationID")?, run, "the node was restarted");

    dev.ok("kinc delete dev")?;
    assert_eq!(dev.ok("ls ~/.config/systemd/user")?, "");
    assert_eq!(slice(&dev, "ActiveState")?, "inactive");
    a_slice_of_somebody_elses_is_said_before_anything_is_written(&dev)
}

fn a_node_has_what_it_declares(dev: &Fixture) -> Result<()> {
    let spec =
        "resources: {memory: 2Gi}, nodes: [{role: control-plane, resources: {memory: 1536Mi}}]";
    dev.ops().write_file(
        "dev.yaml",
        &format!(
            "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\nspec: {{{spec}}}\n"
        ),
    )?;
    dev.ok("kinc apply -f dev.yaml")?;
    assert_eq!(slice(dev, "MemoryMax")?, (2_u64 << 30).to_string());
    let expected = (1536 << 20) - RESERVED_MEMORY - THRESHOLD;
    dev.host
        .wait_until("the node offers its part", dev.limit, || {
            allocatable(dev).is_ok_and(|(_, memory)| memory == expected)
        })?;
    Ok(())
}

fn a_lost_link_is_repaired(dev: &Fixture) -> Result<()> {
    // As after a crash between the writing of the file and of the link.
    dev.ok("rm ~/.config/systemd/user/kinc-dev.slice && systemctl --user daemon-reload")?;
    assert_eq!(slice(dev, "MemoryMax")?, "infinity");
    let mended = dev.ops().run("kinc apply --yes -f dev.yaml")?.ok()?;
    ensure!(
        mended.stderr.contains("linked kinc-dev.slice"),
        "{}",
        mended.stderr
    );
    assert_eq!(slice(dev, "MemoryMax")?, (2_u64 << 30).to_string());
    let again = dev.ops().run("kinc apply --yes -f dev.yaml")?.ok()?;
    ensure!(again.stderr.ends_with(UNCHANGED), "{}", again.stderr);
    Ok(())
}

fn a_slice_of_somebody_elses_is_said_before_anything_is_written(dev: &Fixture) -> Result<()> {
    let path = "/home/ops/.config/systemd/user/kinc-dev.slice";
    for make in [
        format!("ln --symbolic /nowhere {path}"),
        format!("echo '[Slice]' >{path}"),
    ] {
        dev.ok(&make)?;
        let apply = dev.fails("kinc apply --yes -f dev.yaml")?;
        assert_eq!(
            apply.stderr,
            format!("error: `{path}` shadows `kinc-dev.slice` of cluster `dev`; move it away\n"),
            "{make}"
        );
        dev.fails("ls -d ~/.config/containers/systemd/kinc-dev")?;
        dev.ok(&format!("rm {path}"))?;
    }
    Ok(())
}
