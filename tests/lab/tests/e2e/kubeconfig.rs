//! The user's kubeconfig is written beside kubectl as kubectl writes it, wherever it lies.

use anyhow::{Result, ensure};

use crate::fixture::Fixture;

/// The cluster `dev`, with the kubectl of its node on the host.
fn with_kubectl(name: &str) -> Result<Fixture> {
    let dev = Fixture::with_cluster(name)?;
    dev.ok("mkdir -p ~/.kube && podman cp kinc-dev-control-plane:/usr/bin/kubectl kubectl")?;
    Ok(dev)
}

/// The nodes that kubectl sees in a context.
fn nodes(dev: &Fixture, context: &str) -> Result<String> {
    dev.ok(&format!("./kubectl --context {context} get nodes -o name"))
}

const NODE: &str = "node/kinc-dev-control-plane\n";

#[test]
fn kubectl_and_kinc_share_a_lock_and_lose_no_change() -> Result<()> {
    let dev = with_kubectl("kubeconfig-lock")?;
    // kubectl does not wait; and of two at once the one deletes what the other one has just set, since it
    // takes what it read before it had the lock for what is wanted. So it is one, which is repeated.
    let said = dev.ok(
        "for i in $(seq 50); do kinc kubeconfig dev --merge 2>&1 & done\n\
         for i in $(seq 50); do\n\
           until ./kubectl config set-context other-$i --cluster=x --user=x > /dev/null 2>&1; do :; done\n\
         done; wait",
    )?;
    let done = " ✓ added context kinc-dev to /home/ops/.kube/config";
    let others: Vec<&str> = said
        .lines()
        .filter(|line| *line != done && !line.starts_with("waiting up to "))
        .collect();
    assert_eq!(others, Vec::<&str>::new());
    let contexts = "./kubectl config get-contexts -o name | grep -c ^other-";
    assert_eq!(dev.ok(contexts)?, "50\n");
    dev.ok("kinc kubeconfig dev --merge")?;
    assert_eq!(nodes(&dev, "kinc-dev")?, NODE);
    assert_eq!(dev.ok("ls ~/.kube")?, "cache\nconfig\n");

    dev.ok("touch --date '2 hours ago' ~/.kube/config.lock")?;
    let refused = dev.fails("kinc kubeconfig dev --merge")?.stderr;
    let lock = "/home/ops/.kube/config.lock";
    for expected in [
        format!("error: `{lock}`, 2h old, did not go away within 15 s"),
        format!("hint: rm {lock}"),
    ] {
        ensure!(
            refused.contains(&expected),
            "{expected} is not in {refused}"
        );
    }
    // A delete does without it, and says so.
    let deleted = dev.ops().run("kinc delete dev")?.ok()?.stderr;
    let warning = format!("warning: no context was removed from the kubeconfig: `{lock}`");
    ensure!(deleted.contains(&warning), "{deleted}");
    Ok(())
}

#[test]
fn a_kubeconfig_behind_links_is_merged_into_and_cleared_by_a_delete() -> Result<()> {
    let dev = with_kubectl("kubeconfig-places")?;
    let merge = |context: &str| dev.ok(&format!("kinc kubeconfig dev --merge --context {context}"));
    let stat = || dev.ok("stat --format '%a %U %G %i' ~/.kube/config");

    // Through a link to what is not there yet.
    dev.ok("mkdir ~/secrets && ln -s ../secrets/kubeconfig ~/.kube/config")?;
    merge("linked")?;
    assert_eq!(nodes(&dev, "linked")?, NODE);
    assert_eq!(
        dev.ok("readlink ~/.kube/config")?,
        "../secrets/kubeconfig\n"
    );
    assert_eq!(dev.ok("stat --format %a ~/secrets/kubeconfig")?, "600\n");
    dev.ok("mv ~/secrets/kubeconfig ~/.kube/config")?;

    // With a mode and a group that are somebody's decision.
    let config = "/home/ops/.kube/config";
    let as_root = |line: &str| dev.host.root().run(line)?.ok();
    as_root(&format!("chown ops:daemon {config} && chmod 0660 {config}"))?;
    let before = stat()?;
    merge("grouped")?;
    assert_eq!(stat()?, before);

    // As a mount of its own, in a directory that takes files.
    as_root(&format!(
        "chown ops:ops {config} && mount --bind {config} {config}"
    ))?;
    let before = stat()?;
    merge("mounted")?;
    assert_eq!(
        (stat()?, nodes(&dev, "mounted")?),
        (before, NODE.to_owned())
    );
    assert_eq!(dev.ok("ls ~/.kube")?, "cache\nconfig\n");
    as_root(&format!("umount {config}"))?;

    // In a directory that takes none.
    dev.ok("chmod 0555 ~/.kube")?;
    merge("fixed")?;
    assert_eq!(nodes(&dev, "fixed")?, NODE);
    let refused =
        dev.fails("chmod 0400 ~/.kube/config; kinc kubeconfig dev --merge --context none")?;
    let expected = "error: writing `/home/ops/.kube/config`: you may not read and write it: its mode is 0400, \
                    and its owner the user 1000\n\
                    hint: KUBECONFIG=FILE kinc kubeconfig dev --merge --context none\n";
    assert_eq!(refused.stderr, expected);
    dev.ok("chmod 0755 ~/.kube; chmod 0660 ~/.kube/config")?;

    // In the file of a list that kubectl writes to.
    let list = "KUBECONFIG=~/.kube/none-yet:$HOME/.kube/other:$HOME/.kube/config";
    dev.ok(&format!(
        "touch ~/.kube/other; {list} kinc kubeconfig dev --merge --context listed"
    ))?;
    dev.ok(&format!(
        "{list} ./kubectl config set-context mine --cluster=x"
    ))?;
    let other = "./kubectl --kubeconfig ~/.kube/other config get-contexts -o name";
    assert_eq!(dev.ok(other)?, "listed\nmine\n");

    dev.ok(&format!("{list} kinc delete dev"))?;
    assert_eq!(dev.ok(other)?, "mine\n");
    assert_eq!(dev.ok("./kubectl config get-contexts -o name")?, "");
    let files = dev.ok("find ~/.kube -maxdepth 1 -type f | sort")?;
    assert_eq!(files, "/home/ops/.kube/config\n/home/ops/.kube/other\n");
    assert_eq!(dev.ok("stat --format '%a %G' ~/.kube/config")?, "660 ops\n");
    Ok(())
}
