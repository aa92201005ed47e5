//! Why a cluster did not start, in the words of whoever knows best. Pure: the journal is asked by a function
//! that is given.

use crate::job::node_exit;
use crate::job::{FailedTry, without_numbers};
use crate::model::cluster::{ClusterName, NodeId, NodeName, Role};
use crate::ops::ErrorWithHints;

/// The node that makes the cluster.
const FIRST: NodeId = NodeId::first(Role::ControlPlane);

/// What Podman says of a fixed address that is in use. It keeps the address of a container whose network it
/// could not make (seen with 5.4), until it removes the network.
const HELD_ADDRESS: &str = "is already allocated to container ID";

/// Where a cause comes from, the least specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// How systemd saw the run end.
    Systemd,
    /// The meaning of the node's exit code.
    ExitCode,
    /// Podman's own error, where there was no node.
    Podman,
    /// The words of the node.
    Node,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cause {
    source: Source,
    text: String,
    exit_status: i32,
}

/// Says why a cluster is not ready after these tries; `keeps_trying` when systemd has not given up.
///
/// Nearly all tries of one start fail for the same cause, so this reports one: the most specific, and
/// the latest of those.
pub(crate) fn did_not_start(
    cluster: &ClusterName,
    node: &NodeName,
    tries: &[FailedTry],
    keeps_trying: bool,
    podman_error: impl Fn(&str) -> Option<String>,
) -> ErrorWithHints {
    let unit = node.unit();
    // Without its first control plane no cluster starts; a worker is one of several nodes.
    let (what, logs) = match node.id() {
        FIRST => (
            format!("cluster `{cluster}`"),
            format!("kinc logs {cluster}"),
        ),
        id => (
            format!("node `{node}`"),
            format!("kinc logs {cluster} --node {id}"),
        ),
    };
    let causes: Vec<Cause> = tries.iter().map(|one| cause(one, &podman_error)).collect();
    let in_tries = match tries.len() {
        0 | 1 => String::new(),
        count => format!(" in {count} tries"),
    };
    let Some(reported) = causes.iter().max_by_key(|cause| cause.source) else {
        return ErrorWithHints::new(format!("{what} did not start"))
            .hint(format!("systemctl --user status {unit}"));
    };
    let text = &reported.text;
    let mut failure = ErrorWithHints::new(format!("{what} did not start{in_tries}: {text}"));
    if let Some(other) = causes.iter().rev().find(|other| differs(other, reported)) {
        failure = failure.hint(format!("an earlier try failed differently: {}", other.text));
    }
    if reported.source == Source::Podman && text.contains(HELD_ADDRESS) {
        failure = failure.hint(format!(
            "Podman may hold the address for a container that is gone; to free it: \
             kinc stop {cluster} && podman network rm {network} && kinc start {cluster}",
            network = cluster.network(),
        ));
    }
    if let Some(exit) = node_exit::explain(reported.exit_status) {
        let advice = format!(
            "{} (exit code {}); {}",
            exit.meaning, exit.code, exit.advice
        );
        failure = failure.hint(advice);
    }
    failure = if had_node(reported.exit_status) {
        failure.hint(logs)
    } else {
        failure.hint(format!("journalctl --user -u {unit} -n 50"))
    };
    failure = failure.hint(format!("systemctl --user status {unit}"));
    if keeps_trying {
        failure = failure.hint(format!(
            "systemd keeps trying; to stop it: systemctl --user stop {unit}"
        ));
    }
    failure
}

/// Returns the runs of the tries that only Podman's own error can explain, if it has one.
pub(crate) fn unexplained(tries: &[FailedTry]) -> impl Iterator<Item = &str> {
    let is_explained =
        |one: &FailedTry| one.message.is_some() || node_exit::explain(one.exit_status).is_some();
    let unexplained = tries.iter().filter(move |one| !is_explained(one));
    unexplained.map(|one| one.invocation_id.as_str())
}

/// Returns whether another cause adds something to the one that is reported.
fn differs(other: &Cause, reported: &Cause) -> bool {
    other.source == reported.source
        && without_numbers(&other.text) != without_numbers(&reported.text)
}

fn cause(one: &FailedTry, podman_error: impl Fn(&str) -> Option<String>) -> Cause {
    let (source, text) = if let Some(message) = &one.message {
        (Source::Node, message.clone())
    } else if let Some(exit) = node_exit::explain(one.exit_status) {
        (Source::ExitCode, exit.meaning.to_owned())
    } else if let Some(error) = podman_error(&one.invocation_id) {
        (Source::Podman, error)
    } else {
        (Source::Systemd, one.reason.clone())
    };
    let exit_status = one.exit_status;
    Cause {
        source,
        text,
        exit_status,
    }
}

/// 125 to 127 are Podman's own (podman-run(1)): then there was no node that could log.
fn had_node(exit_status: i32) -> bool {
    !(125..=127).contains(&exit_status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(exit_status: i32, message: Option<&str>) -> FailedTry {
        FailedTry {
            invocation_id: format!("run-{exit_status}"),
            message: message.map(str::to_owned),
            exit_status,
            reason: format!("unit result `exit-code`, exit status {exit_status}"),
        }
    }

    /// Returns the message and the hints, with a journal in which only runs of Podman's own failures have
    /// an error.
    fn said(tries: &[FailedTry], keeps_trying: bool) -> String {
        said_of("kinc-dev-control-plane", tries, keeps_trying)
    }

    fn said_of(node: &str, tries: &[FailedTry], keeps_trying: bool) -> String {
        let dev = ClusterName::new("dev").unwrap();
        let node = NodeName::of(&dev, node).unwrap();
        let podman_error = |run: &str| (run == "run-125").then(|| "no such network".to_owned());
        let failure = did_not_start(&dev, &node, tries, keeps_trying, podman_error);
        let hints = failure.hints().iter().map(|hint| format!("hint: {hint}\n"));
        format!("{failure}\n{}", hints.collect::<String>())
    }

    #[test]
    fn the_message_of_a_node_is_quoted_and_its_exit_code_explained() {
        let message = "kubeadm init: no address";
        assert_eq!(
            said(&[failed(70, Some(message))], false),
            "cluster `dev` did not start: kubeadm init: no address\n\
             hint: kubeadm could not initialise the control plane (exit code 70); fix the cause and \
             start the cluster again; the failed attempt is cleaned up automatically\n\
             hint: kinc logs dev\n\
             hint: systemctl --user status kinc-dev-control-plane.service\n"
        );
    }

    #[test]
    fn a_worker_that_did_not_start_is_named_with_its_own_log_and_unit() {
        assert_eq!(
            said_of("kinc-dev-worker2", &[failed(75, Some("no answer"))], false),
            "node `kinc-dev-worker2` did not start: no answer\n\
             hint: the node did not become ready in time (exit code 75); the log shows \
             what it was waiting for\n\
             hint: kinc logs dev --node worker2\n\
             hint: systemctl --user status kinc-dev-worker2.service\n"
        );
    }

    #[test]
    fn three_tries_with_one_cause_report_it_once_with_the_stop_command() {
        let tries = [failed(125, None), failed(125, None), failed(125, None)];
        assert_eq!(
            said(&tries, true),
            "cluster `dev` did not start in 3 tries: no such network\n\
             hint: journalctl --user -u kinc-dev-control-plane.service -n 50\n\
             hint: systemctl --user status kinc-dev-control-plane.service\n\
             hint: systemd keeps trying; to stop it: \
             systemctl --user stop kinc-dev-control-plane.service\n"
        );
    }

    #[test]
    fn the_most_specific_cause_is_reported_and_the_latest_of_several() {
        let first = |tries: &[FailedTry]| {
            let text = said(tries, false);
            let message = text.lines().next().unwrap();
            message.split_once(": ").unwrap().1.to_owned()
        };
        let reason = "unit result `exit-code`, exit status 1";
        assert_eq!(first(&[failed(1, None)]), reason);
        assert_eq!(
            first(&[failed(125, None), failed(1, None)]),
            "no such network"
        );
        assert_eq!(
            first(&[
                failed(75, Some("a")),
                failed(125, None),
                failed(75, Some("b"))
            ]),
            "b"
        );
        let meaning = "the node did not become ready in time";
        assert_eq!(first(&[failed(75, None), failed(1, None)]), meaning);
    }

    #[test]
    fn an_address_that_podman_holds_is_told_with_the_way_to_free_it() {
        let held =
            "IPAM error: requested ip address 10.200.0.2 is already allocated to container ID 77f6";
        let dev = ClusterName::new("dev").unwrap();
        let node = NodeName::of(&dev, "kinc-dev-control-plane").unwrap();
        let podman_error = |_: &str| Some(held.to_owned());
        let failure = did_not_start(&dev, &node, &[failed(126, None)], false, podman_error);
        assert_eq!(
            failure.hints()[0],
            "Podman may hold the address for a container that is gone; to free it: \
             kinc stop dev && podman network rm kinc-dev && kinc start dev"
        );
    }

    #[test]
    fn another_cause_is_reported_only_if_it_differs() {
        let differs = |messages: [&str; 2]| {
            let tries = messages.map(|message| failed(75, Some(message)));
            said(&tries, false).contains("hint: an earlier try failed differently: ")
        };
        assert!(differs(["etcd ended: no space", "no answer"]));
        assert!(!differs([
            "no answer after 5001 ms",
            "no answer after 4711 ms"
        ]));
    }
}
