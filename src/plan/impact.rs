//! What a change of a file takes of a node that runs.
//!
//! Text in, a word out: nothing is read or asked here.

use crate::declaration::schema::Impact;
use crate::model::cluster::{ClusterName, NodeName};
use crate::units::file_set::{CONTAINERS_CONF, Change};
use crate::units::unit_names;

/// Variables of a node that can be changed while it runs. Its container then still has the values of its
/// start.
const LIVE: [&str; 5] = [
    "KINC_MEMORY=",
    "KINC_CPU=",
    "KINC_TASKS=",
    "KINC_LABELS=",
    "KINC_TAINTS=",
];

/// Returns whether a word of a command is a value that can be changed while the node runs.
#[must_use]
pub(crate) fn is_live_variable(word: &str) -> bool {
    LIVE.iter().any(|live| word.contains(live))
}

/// Returns what a change of a file takes of a node that runs.
///
/// Whether it starts at boot is systemd's matter alone, and the declaration is only read by us. What
/// a killed apply left half-written is nobody's. kubeadm.conf counts: the node brings a changed one
/// into effect when it starts, and passes over comments and blank lines as we do here.
#[must_use]
pub fn impact_of(change: &Change) -> Impact {
    let says_nothing = |line: &str| line.is_empty() || line.starts_with('#');
    let boots = |line: &str| line == "[Install]" || line.starts_with("WantedBy=");
    let is_live = |line: &str| {
        let variable = line.strip_prefix("Environment=");
        variable.is_some_and(|variable| LIVE.iter().any(|live| variable.starts_with(live)))
    };
    let lines = |text: &str, is_one: &dyn Fn(&str) -> bool| -> Vec<String> {
        text.lines()
            .filter(|line| !says_nothing(line.trim_start()) && is_one(line))
            .map(str::to_owned)
            .collect()
    };
    let differ = |is_one: &dyn Fn(&str) -> bool| {
        lines(change.old_text(), is_one) != lines(change.new_text(), is_one)
    };
    if unit_names::is_slice(change.path()) {
        return if differ(&|_| true) {
            Impact::InPlace
        } else {
            Impact::NoRestart
        };
    }
    // The next question of a node is answered by the changed one; what it says of the node can be done now.
    if unit_names::is_join_service(change.path()) {
        return if differ(&|line| line.starts_with("ExecStart=")) {
            Impact::InPlace
        } else {
            Impact::NoRestart
        };
    }
    // Every line of what is mounted into the node may mean something to its reader.
    if unit_names::node_and_file(change.path()).is_some() {
        return Impact::Restart;
    }
    let is_read_at_start =
        unit_names::is_kubeadm_conf(change.path()) || change.path() == CONTAINERS_CONF;
    if !unit_names::is_quadlet(change.path()) && !is_read_at_start {
        return Impact::NoRestart;
    }
    if differ(&|line| !boots(line) && !is_live(line)) {
        Impact::Restart
    } else if differ(&is_live) {
        Impact::InPlace
    } else {
        Impact::NoRestart
    }
}

/// Returns whether a change of a file concerns a node: its own files do, and those that the cluster has once, but for
/// those of the balancer.
#[must_use]
pub(crate) fn concerns(node: &NodeName, cluster: &ClusterName, change: &Change) -> bool {
    let owner = unit_names::node_of(cluster, change.path());
    let is_of_all = || !unit_names::is_of_balancer(cluster, change.path());
    owner.map_or_else(is_of_all, |owner| owner == *node)
}

/// Returns what changes of files take of a node of a cluster.
#[must_use]
pub(crate) fn impact_on(node: &NodeName, cluster: &ClusterName, changes: &[Change]) -> Impact {
    let own = changes
        .iter()
        .filter(|change| concerns(node, cluster, change));
    own.map(impact_of).max().unwrap_or(Impact::NoRestart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::file_set::changed as change;

    #[test]
    fn the_balancer_concerns_no_node() {
        let dev = ClusterName::new("dev").unwrap();
        let node = NodeName::of(&dev, "kinc-dev-control-plane2").unwrap();
        let concerned = |path| concerns(&node, &dev, &change(path, "a", "b"));
        assert!(!concerned("kinc-dev-api.container"));
        assert!(!concerned("kinc-dev-api.cfg"));
        assert!(concerned("kinc-dev.network"));
        assert!(concerned("kinc-dev-control-plane2.container"));
        assert!(!concerned("kinc-dev-control-plane.container"));
    }

    #[test]
    fn only_changed_units_restart_a_node() {
        let unit = "a.container";
        let install = "[Install]\nWantedBy=default.target\n";
        let cases = [
            (change(unit, "Image=a\n", "Image=b\n"), Impact::Restart),
            (
                change(unit, "# a\nImage=a\n", "# b\n\nImage=a\n"),
                Impact::NoRestart,
            ),
            (
                change(unit, &format!("A=b\n{install}"), "A=b\n"),
                Impact::NoRestart,
            ),
            (
                change(
                    unit,
                    "Environment=KINC_CPU=none\n",
                    "Environment=KINC_CPU=2000\n",
                ),
                Impact::InPlace,
            ),
            (
                change(unit, "", "Environment=KINC_LABELS=a=b\n"),
                Impact::InPlace,
            ),
            (change("a.file-0.file", "# a\n", "# b\n"), Impact::Restart),
            (change("a.slice", "", "MemoryMax=1\n"), Impact::InPlace),
            (change("a.slice", "# a\n", "# b\n"), Impact::NoRestart),
            (
                change("cluster.yaml", "a: b\n", "a: c\n"),
                Impact::NoRestart,
            ),
            (
                change("a.kubeadm.conf", "a: b\n", "a: c\n"),
                Impact::Restart,
            ),
            (
                change("a.kubeadm.conf", "a:\n  b: c\n", "a:\nb: c\n"),
                Impact::Restart,
            ),
            (
                change("a.kubeadm.conf", "# a\na: b\n", "# b\n\n  # c\na: b\n"),
                Impact::NoRestart,
            ),
            (
                change("containers.conf", "tz = \"\"\n", "tz = \"local\"\n"),
                Impact::Restart,
            ),
            (change(".kinc-x.tmp", "Image=b\n", ""), Impact::NoRestart),
        ];
        for (change, expected) in cases {
            assert_eq!(impact_of(&change), expected, "{change:?}");
        }
    }
}
