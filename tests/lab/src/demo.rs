//! From nothing to a cluster that survives, with every step shown.

use std::time::Instant;

use anyhow::Result;

use crate::host::{Host, OPS};
use crate::lab::Lab;
use crate::progress::{self, Step};
use crate::release::Release;

/// The host of the demonstration, and of every verb without a name.
pub const HOST: &str = "dev";

/// The whole declaration: a name is enough.
const DECLARATION: &str = "\
apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata:
  name: dev
";

/// What a person asks when the cluster is there.
const QUESTIONS: [&str; 2] = [
    "systemctl --user --no-pager --lines=0 status kinc-dev-control-plane.service",
    "podman exec kinc-dev-control-plane kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes,pods -A",
];

/// Characters of a line that are shown.
const WIDTH: usize = 140;

/// Where a person goes from here.
const NEXT_STEPS: &str = "
next steps:
  cargo lab shell            a shell as the user `ops`, who owns the cluster
  cargo lab reboot           reboot the host, and find the cluster again
  cargo lab powercut         cut the power; `cargo lab up` boots it again
  cargo lab down             shut the host down
  cargo lab clean            remove the hosts, and products of older versions
";

/// Shows a cluster on a host, and says how to continue.
///
/// # Errors
/// When a product cannot be made, or the cluster does not come up.
pub fn run() -> Result<()> {
    let started = Instant::now();
    let lab = Lab::prepare(Release::default())?;
    let step = Step::start(format!(
        "host: booting `{HOST}`, where `{OPS}` has no privileges"
    ));
    let host = lab.host(HOST)?;
    step.done("up");
    let step = Step::start(format!("cluster: `kinc apply -f dev.yaml`, as `{OPS}`"));
    host.user(OPS).write_file("dev.yaml", DECLARATION)?;
    let applied = host.user(OPS).run("kinc apply -f dev.yaml")?.ok()?;
    progress::say(applied.stderr.trim_end());
    step.done("applied");
    show(&host)?;
    progress::say(format!("done in {}", progress::seconds(started.elapsed())));
    progress::say(NEXT_STEPS);
    Ok(())
}

/// Cuts lines to the width of a terminal, as systemctl does on one: of a process it shows all
/// arguments.
fn shortened(text: &str) -> String {
    let short = |line: &str| match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…\n", &line[..end]),
        None => format!("{line}\n"),
    };
    text.lines().map(short).collect()
}

fn show(host: &Host) -> Result<()> {
    for question in QUESTIONS {
        let answer = host.user(OPS).run(question)?;
        progress::data(&format!(
            "\n{OPS}@{} $ {question}\n{}",
            host.name(),
            shortened(&answer.stdout)
        ))?;
        answer.ok()?;
    }
    Ok(())
}
