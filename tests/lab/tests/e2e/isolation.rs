//! Clusters are apart from each other and from everything else of the user's, and leave nothing.

use anyhow::{Result, ensure};

use crate::fixture::Fixture;

#[test]
fn a_second_cluster_leaves_no_trace_in_the_first() -> Result<()> {
    let dev = Fixture::with_cluster("isolation")?;
    dev.kubectl("wait --for=condition=Ready --timeout=60s --all --all-namespaces pods")?;
    let restarts = "get pods --all-namespaces -o jsonpath={.items[*].status.containerStatuses[*].restartCount}";
    let container = "podman inspect --format '{{.Id}}' kinc-dev-control-plane";
    let before = (dev.kubectl(restarts)?, dev.ok(container)?);

    dev.ok("kinc create dev-2")?;
    let second = dev.ok("kinc kubeconfig dev-2 | grep server:")?;
    assert_eq!(second.trim(), "server: https://127.0.0.1:6444");
    assert_eq!(dev.ok("kinc list -o name")?, "dev\ndev-2\n");
    dev.ok("curl --silent --fail --insecure https://127.0.0.1:6444/readyz")?;
    // Each in a slice of its own, although systemd takes a dash for the border between two slices.
    let slice = |cluster| {
        let show = "systemctl --user show --property Slice --value";
        dev.ok(&format!("{show} kinc-{cluster}-control-plane"))
    };
    assert_eq!(slice("dev")?, "kinc-dev.slice\n");
    assert_eq!(slice("dev-2")?, "kinc-dev\\x2d2.slice\n");
    dev.ok("kinc restart dev-2")?;
    dev.ok("kinc delete dev-2")?;

    assert_eq!((dev.kubectl(restarts)?, dev.ok(container)?), before);
    dev.ok("curl --silent --fail --insecure https://127.0.0.1:6443/readyz")?;
    ensure!(
        dev.ops()
            .succeeds("ls ~/.config/containers/systemd/kinc-dev/cluster.yaml")
    );
    Ok(())
}

#[test]
fn nothing_is_left_of_a_deleted_cluster() -> Result<()> {
    let dev = Fixture::boot("leftovers")?;
    // What the user has beside it is there before and after. Of the layers of containers only
    // what is in them counts: Podman keeps empty directories of its own beside them.
    let inventory = "find ~/.config ~/.kube ~/.local/share/kinc/clusters 2>/dev/null | sort; podman ps --all --quiet; podman volume ls --quiet; \
                     podman network ls --quiet; podman images --all --quiet | sort; \
                     find ~/.local/share/containers/storage/overlay -mindepth 2 -maxdepth 2 2>/dev/null | sort; \
                     systemctl --user list-units --all --plain --no-legend 'kinc-*'; find /run/user/1000/systemd/generator 2>/dev/null | sort; echo end";
    // systemd makes its directory for the link to the slice, and leaves it.
    dev.ok("podman images; podman ps; podman volume create mine; mkdir -p ~/.kube ~/.config/systemd/user ~/.local/share/kinc/clusters")?;
    let before = dev.ok(inventory)?;
    dev.ok("kinc create dev && kinc kubeconfig dev --merge")?;
    ensure!(dev.ok(inventory)? != before, "the inventory sees nothing");
    dev.ok("rm ~/.kube/config && kinc delete dev")?;
    assert_eq!(dev.ok(inventory)?, before);
    let again = dev.ops().run("kinc delete dev")?.ok()?;
    assert_eq!(again.stderr, "there is no cluster dev; nothing to delete\n");
    Ok(())
}

#[test]
fn foreign_units_and_a_broken_one_do_not_affect_clusters() -> Result<()> {
    let dev = Fixture::boot("neighbours")?;
    let mine = "[Container]\nImage=localhost/mine:1\nExec=true\n";
    dev.ops()
        .write_file(".config/containers/systemd/mine.container", mine)?;
    dev.ops().write_file(
        ".config/containers/systemd/broken.container",
        "this is no unit\n",
    )?;
    dev.ops().write_file(
        ".config/containers/systemd/kinc-notes/README",
        "not a cluster\n",
    )?;
    dev.ok("kinc create dev")?;
    assert_eq!(dev.ok("kinc list -o name")?, "dev\n");
    dev.ok("touch ~/.config/containers/systemd/kinc-dev/notes.txt && kinc delete dev")?;
    let left = dev.ok("cd ~/.config/containers/systemd; find -type f -not -path './kinc-.container.d/*' | sort; cat mine.container")?;
    assert_eq!(
        left,
        format!(
            "./broken.container\n./kinc-dev/notes.txt\n./kinc-notes/README\n./mine.container\n{mine}"
        )
    );
    Ok(())
}
