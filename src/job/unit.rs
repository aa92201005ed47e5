//! The state of one unit, as systemd reports it, and that state in one word.
//!
//! Plain values: unset numbers are `None`, everything else is kept in systemd's own words.

use std::fmt;

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

impl Summary {
    /// Returns the word.
    #[must_use]
    pub fn name(self) -> &'static str {
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

/// What a unit asserts of the host before it starts (systemd.unit(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// `AssertPathExists` and the like.
    pub kind: String,
    /// Whether the opposite is asserted.
    pub is_negated: bool,
    /// What it is about, such as a path.
    pub parameter: String,
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameter = &self.parameter;
        match (self.kind.as_str(), self.is_negated) {
            ("AssertPathExists" | "AssertPathIsDirectory", false) => {
                write!(f, "`{parameter}` is missing")
            }
            ("AssertDirectoryNotEmpty" | "AssertFileNotEmpty", false) => {
                write!(f, "`{parameter}` is missing or empty")
            }
            (kind, is_negated) => {
                let not = if is_negated { "!" } else { "" };
                write!(f, "`{kind}={not}{parameter}` does not hold")
            }
        }
    }
}

/// What systemd says of a unit at one moment.
///
/// Texts are empty where systemd has nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitState {
    /// The unit's name.
    pub name: String,
    /// `loaded`, `not-found`, `bad-setting`, `error`, `masked` ...
    pub load_state: String,
    /// Why it could not be loaded.
    pub load_error: String,
    /// `active`, `activating`, `deactivating`, `inactive`, `failed` ...
    pub active_state: String,
    /// The state in the terms of a service: `start`, `running`, `auto-restart` ...
    pub sub_state: String,
    /// The last STATUS line of the service.
    pub status_text: String,
    /// `success`, or how the service failed: `exit-code`, `timeout`, `oom-kill` ...
    pub result: String,
    /// How often systemd has restarted the service by itself since it was last started by hand.
    pub n_restarts: u32,
    /// How the main process ended: 0 not yet, 1 exited, 2 killed, 3 dumped core.
    pub exec_main_code: i32,
    /// Its exit status, or the number of the signal.
    pub exec_main_status: i32,
    /// The main process, 0 when there is none.
    pub main_pid: u32,
    /// Whether the files of the unit are newer than what is loaded.
    pub need_daemon_reload: bool,
    /// The file systemd loaded, for Quadlet units one of the generator's.
    pub fragment_path: String,
    /// The Quadlet file it was generated from.
    pub source_path: String,
    /// The drop-ins that systemd read with it.
    pub drop_in_paths: Vec<String>,
    /// The command of a service, its program first.
    pub exec_start: Vec<String>,
    /// `generated` for Quadlet units.
    pub unit_file_state: String,
    /// When it last became active, in microseconds since the epoch.
    pub active_enter_usec: Option<u64>,
    /// This run's identifier in the journal, as 32 hex digits.
    pub invocation_id: String,
    /// The memory of the whole unit in bytes.
    pub memory_current: Option<u64>,
    /// The job that is queued for the unit.
    pub job: Option<u32>,
    /// What the unit asserts and was not so when it was last to start.
    pub failed_assertions: Vec<Assertion>,
}

impl UnitState {
    /// How the status of a node begins that is up without something that was declared, or cannot do all.
    pub const LACKING: &str = "ready, but ";

    /// Returns the state of a node in one word: that of the unit, or `degraded` for one that is up and says that it
    /// lacks something. So systemctl(1) calls a system in which something failed.
    #[must_use]
    pub fn node(&self) -> &'static str {
        let summary = self.summary();
        if summary == Summary::Ready && self.status_text.starts_with(Self::LACKING) {
            return "degraded";
        }
        summary.name()
    }

    /// Returns the state in one word.
    #[must_use]
    pub fn summary(&self) -> Summary {
        // systemd 254 passes through `failed` and `inactive` with such a sub-state on its way
        // to `auto-restart`, so these words alone are not the end.
        if self.sub_state.ends_with("-before-auto-restart") {
            return Summary::Starting;
        }
        // A queued start waits for what the unit needs; a queued stop of such a unit is no wait.
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

    /// Tells whether the unit is at rest: active, failed or inactive, and no job is queued.
    ///
    /// An automatic restart passes through `inactive` with its job still queued (`service_stop`
    /// in systemd's service.c), so the states alone do not tell.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.job.is_none() && !matches!(self.summary(), Summary::Starting | Summary::Stopping)
    }

    /// Tells whether a run has failed and systemd is about to try again.
    #[must_use]
    pub fn is_between_tries(&self) -> bool {
        self.sub_state.contains("auto-restart")
    }

    /// Returns what the unit is doing, such as ``activating (start), status `starting CRI-O` ``.
    #[must_use]
    pub fn describe(&self) -> String {
        let state = format!("{} ({})", self.active_state, self.sub_state);
        match self.status_text.as_str() {
            "" => state,
            status => format!("{state}, status `{status}`"),
        }
    }

    /// Returns why the service failed, such as ``unit result `exit-code`, exit status 70``.
    #[must_use]
    pub fn reason(&self) -> String {
        if !self.load_error.is_empty() {
            return self.load_error.clone();
        }
        if let Some(assertion) = self.failed_assertions.first() {
            return assertion.to_string();
        }
        let mut parts = Vec::new();
        if !matches!(self.result.as_str(), "" | "success") {
            parts.push(format!("unit result `{}`", self.result));
        }
        match (self.exec_main_code, self.exec_main_status) {
            (1, 0) => {}
            (1, status) => parts.push(format!("exit status {status}")),
            (2, signal) => parts.push(format!("killed by signal {signal}")),
            (3, signal) => parts.push(format!("core dump on signal {signal}")),
            _ => {}
        }
        if !self.status_text.is_empty() {
            parts.push(format!("last status `{}`", self.status_text));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_node_that_is_up_and_lacks_something_is_degraded() {
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
    fn each_state_has_one_word_and_is_at_rest_or_not() {
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

    #[test]
    fn the_reason_names_result_exit_status_and_last_status() {
        let failed = UnitState {
            result: "exit-code".to_owned(),
            exec_main_code: 1,
            exec_main_status: 70,
            status_text: "failed: kubeadm init".to_owned(),
            ..state("loaded", "failed", "failed", None)
        };
        assert_eq!(
            failed.reason(),
            "unit result `exit-code`, exit status 70, last status `failed: kubeadm init`"
        );
        assert_eq!(
            failed.describe(),
            "failed (failed), status `failed: kubeadm init`"
        );
    }

    #[test]
    fn an_assertion_that_does_not_hold_is_the_reason() {
        let cases = [
            ("AssertPathExists", false, "`/data` is missing"),
            ("AssertPathIsDirectory", false, "`/data` is missing"),
            (
                "AssertDirectoryNotEmpty",
                false,
                "`/data` is missing or empty",
            ),
            (
                "AssertPathExists",
                true,
                "`AssertPathExists=!/data` does not hold",
            ),
            (
                "AssertPathIsMountPoint",
                false,
                "`AssertPathIsMountPoint=/data` does not hold",
            ),
        ];
        for (kind, is_negated, words) in cases {
            let assertion = Assertion {
                kind: kind.to_owned(),
                is_negated,
                parameter: "/data".to_owned(),
            };
            let stopped = UnitState {
                failed_assertions: vec![assertion],
                ..state("loaded", "inactive", "dead", None)
            };
            assert_eq!(stopped.reason(), words);
        }
    }

    #[test]
    fn a_unit_that_is_not_loaded_gives_the_load_error_as_its_reason() {
        let bad = UnitState {
            load_error: "Unit has a bad unit file setting.".to_owned(),
            ..state("bad-setting", "inactive", "dead", None)
        };
        assert_eq!(bad.reason(), "Unit has a bad unit file setting.");
    }
}
