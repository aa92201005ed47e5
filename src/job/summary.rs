//! The state of a unit in one word, and that of the node in it.

use std::fmt;

use crate::job::UnitState;

/// A unit in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Summary {
    /// The unit is active, which for a node means that pods run.
    Ready,
    /// The unit is on its way up, which includes a queued start and a wait for
    /// an automatic restart.
    Starting,
    /// The unit is on its way down.
    Stopping,
    /// The unit gave up, or systemd cannot load it.
    Failed,
    /// The unit is loaded and does not run.
    Stopped,
    /// systemd knows no such unit.
    Missing,
}

/// The state of a node or a cluster that is up and lacks something, as systemctl(1) calls a system in which
/// something failed.
pub(crate) const DEGRADED: &str = "degraded";

impl Summary {
    /// Returns the word.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Summary::Ready => "ready",
            Summary::Starting => "starting",
            Summary::Stopping => "stopping",
            Summary::Failed => "failed",
            Summary::Stopped => "stopped",
            Summary::Missing => "missing",
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl UnitState {
    /// How the status of a node begins that is up without something that was declared, or cannot do all.
    pub(crate) const LACKING: &str = "ready, but ";

    /// What PID 1 of a node says when the start is over, and so covers the node's own last words with. The
    /// node says them again right after it.
    const COVER: &str = "Ready.";

    /// Returns the state of a node in one word: that of the unit; `degraded` for one that is up and says
    /// that it lacks something; or `failed` for one that systemd refused to start.
    #[must_use]
    pub(crate) fn node(&self) -> &'static str {
        let summary = self.summary();
        if summary == Summary::Ready && self.status_text.starts_with(Self::LACKING) {
            return DEGRADED;
        }
        match self.refusal() {
            Some(_) => Summary::Failed.name(),
            None => summary.name(),
        }
    }

    /// Returns the STATUS line, as far as it is of the state that the unit is in: systemd keeps the last one
    /// until there is another, and a node that is up no longer has not said anything of that yet.
    #[must_use]
    pub(crate) fn current_status(&self) -> &str {
        let status = self.status_text.as_str();
        let is_of_state = match self.summary() {
            Summary::Ready => true,
            // A node that was still starting is stopped as well.
            Summary::Stopping => ["stopping", "failed: "]
                .iter()
                .any(|words| status.starts_with(words)),
            Summary::Starting if !self.is_between_tries() => true,
            _ => !status.starts_with("ready") && status != Self::COVER,
        };
        if is_of_state { status } else { "" }
    }

    /// Returns whether the node has yet to say whether it lacks something.
    #[must_use]
    pub(crate) fn is_covered(&self) -> bool {
        self.summary() == Summary::Ready && self.status_text == Self::COVER
    }

    /// Returns why systemd refused to start the unit when it was last to start; `None` if it did not.
    #[must_use]
    pub(crate) fn refusal(&self) -> Option<String> {
        let assertion = self.failed_assertions.first()?;
        // One that runs was started before it asserted that.
        let is_stopped = self.summary() == Summary::Stopped;
        is_stopped.then(|| format!("systemd refused the start: {assertion}"))
    }

    /// Returns the state in one word.
    #[must_use]
    pub fn summary(&self) -> Summary {
        // systemd 254 passes through `failed` and `inactive` with such a sub-state on its way
        // to `auto-restart`, so these words alone are not the end.
        if self.sub_state.ends_with("-before-auto-restart") {
            return Summary::Starting;
        }
        // A queued start waits for what the unit needs; a queued stop of such a unit is not a wait.
        let is_down = matches!(self.active_state.as_str(), "inactive" | "failed");
        if is_down && self.job.is_some() {
            return Summary::Starting;
        }
        match (self.load_state.as_str(), self.active_state.as_str()) {
            (_, "active" | "reloading" | "refreshing") => Summary::Ready,
            (_, "activating") => Summary::Starting,
            (_, "deactivating") => Summary::Stopping,
            (_, "failed") => Summary::Failed,
            ("not-found", _) => Summary::Missing,
            ("loaded" | "stub" | "merged", "inactive") => Summary::Stopped,
            _ => Summary::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Assertion;

    fn state(load: &str, active: &str, sub: &str, job: Option<u32>) -> UnitState {
        UnitState {
            load_state: load.to_owned(),
            active_state: active.to_owned(),
            sub_state: sub.to_owned(),
            job,
            ..UnitState::default()
        }
    }

    #[test]
    fn a_ready_node_that_lacks_something_is_degraded() {
        let node = |active: &str, status: &str| {
            let status_text = status.to_owned();
            let unit = state("loaded", active, "", None);
            UnitState {
                status_text,
                ..unit
            }
            .node()
        };
        assert_eq!(node("active", "Ready."), "ready");
        assert_eq!(
            node("active", "ready, and waiting for a pod network"),
            "ready"
        );
        assert_eq!(node("active", "ready, but etcd has no space"), "degraded");
        assert_eq!(node("failed", "ready, but etcd has no space"), "failed");
    }

    #[test]
    fn a_status_is_shown_only_in_the_state_that_it_describes() {
        let said = |active: &str, sub: &str, status: &str| {
            let status_text = status.to_owned();
            let unit = state("loaded", active, sub, None);
            let unit = UnitState {
                status_text,
                ..unit
            };
            unit.current_status().to_owned()
        };
        let cases = [
            ("active", "running", "ready, but a", "ready, but a"),
            ("activating", "start", "ready", "ready"),
            ("activating", "auto-restart", "ready, but a", ""),
            ("activating", "auto-restart", "failed: a", "failed: a"),
            ("deactivating", "stop", "ready, but a", ""),
            ("deactivating", "stop", "Ready.", ""),
            ("deactivating", "stop", "waiting for the API server", ""),
            ("deactivating", "stop", "stopping pods", "stopping pods"),
            ("deactivating", "final-sigterm", "failed: a", "failed: a"),
            ("failed", "failed", "Ready.", ""),
            ("failed", "failed", "failed: a", "failed: a"),
        ];
        for (active, sub, status, expected) in cases {
            assert_eq!(
                said(active, sub, status),
                expected,
                "{active} {sub} {status}"
            );
        }
    }

    #[test]
    fn a_node_is_degraded_while_its_status_is_that_of_pid_1() {
        let is_covered = |active: &str, status: &str| {
            let status_text = status.to_owned();
            let unit = state("loaded", active, "", None);
            UnitState {
                status_text,
                ..unit
            }
            .is_covered()
        };
        assert!(is_covered("active", "Ready."));
        assert!(!is_covered("active", "ready"));
        assert!(!is_covered("active", "ready, but etcd has no space"));
        assert!(!is_covered("deactivating", "Ready."));
    }

    #[test]
    fn a_start_that_systemd_refused_is_failed_with_its_reason() {
        let refused = |active: &str| UnitState {
            failed_assertions: vec![Assertion {
                kind: "AssertPathExists".to_owned(),
                is_negated: false,
                parameter: "/data".to_owned(),
            }],
            ..state("loaded", active, "dead", None)
        };
        let words = "systemd refused the start: `/data` is missing".to_owned();
        let said = ["inactive", "active"].map(|active| {
            let unit = refused(active);
            (unit.node(), unit.refusal())
        });
        assert_eq!(said, [("failed", Some(words)), ("ready", None)]);
    }

    #[test]
    fn each_state_has_one_name_and_is_settled_or_not() {
        let table = [
            ("loaded", "active", "running", None, "ready", true),
            ("loaded", "active", "running", Some(3), "ready", false),
            ("not-found", "active", "running", None, "ready", true),
            ("loaded", "reloading", "reload", None, "ready", true),
            ("loaded", "activating", "start", Some(3), "starting", false),
            (
                "loaded",
                "deactivating",
                "stop-sigterm",
                Some(3),
                "stopping",
                false,
            ),
            ("loaded", "failed", "failed", None, "failed", true),
            ("loaded", "inactive", "dead", None, "stopped", true),
            ("loaded", "inactive", "dead", Some(3), "starting", false),
            ("not-found", "inactive", "dead", None, "missing", true),
            ("masked", "inactive", "dead", None, "failed", true),
            ("bad-setting", "inactive", "dead", None, "failed", true),
        ];
        for (load, active, sub, job, word, settled) in table {
            let state = state(load, active, sub, job);
            let got = (state.summary().name(), state.is_settled());
            assert_eq!(got, (word, settled), "{load} {active} {sub} {job:?}");
        }
    }

    #[test]
    fn a_unit_between_two_tries_is_starting() {
        for (active, sub) in [
            ("activating", "auto-restart"),
            ("activating", "auto-restart-queued"),
            ("failed", "failed-before-auto-restart"),
            ("inactive", "dead-before-auto-restart"),
        ] {
            let state = state("loaded", active, sub, None);
            let got = (
                state.summary().name(),
                state.is_settled(),
                state.is_between_tries(),
            );
            assert_eq!(got, ("starting", false, true), "{sub}");
        }
    }
}
