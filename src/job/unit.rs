//! The state of one unit, as systemd reports it.
//!
//! Plain values: unset numbers are `None`, everything else is kept in systemd's own words.

use crate::job::{Assertion, Summary};

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

/// What systemd has loaded a unit from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UnitFiles {
    /// The unit's name.
    pub name: String,
    /// The file; empty when there is none.
    pub fragment_path: String,
    /// The drop-ins that systemd read with it.
    pub drop_in_paths: Vec<String>,
}

impl UnitState {
    /// Returns whether the unit is at rest: active, failed or inactive, and no job is queued.
    ///
    /// An automatic restart passes through `inactive` with its job still queued (`service_stop`
    /// in systemd's service.c), so the states alone do not tell.
    #[must_use]
    pub(crate) fn is_settled(&self) -> bool {
        self.job.is_none() && !matches!(self.summary(), Summary::Starting | Summary::Stopping)
    }

    /// Returns whether a run has failed and systemd is about to try again.
    #[must_use]
    pub(crate) fn is_between_tries(&self) -> bool {
        self.sub_state.contains("auto-restart")
    }

    /// Returns what the unit is doing, such as ``activating (start), status `starting CRI-O` ``.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        let state = format!("{} ({})", self.active_state, self.sub_state);
        match self.current_status() {
            "" => state,
            status => format!("{state}, status `{status}`"),
        }
    }

    /// Returns why the service failed, such as ``unit result `exit-code`, exit status 70``.
    #[must_use]
    pub(crate) fn reason(&self) -> String {
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

    #[test]
    fn the_reason_names_result_exit_status_and_last_status() {
        let failed = UnitState {
            active_state: "failed".to_owned(),
            sub_state: "failed".to_owned(),
            result: "exit-code".to_owned(),
            exec_main_code: 1,
            exec_main_status: 70,
            status_text: "failed: kubeadm init".to_owned(),
            ..UnitState::default()
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
    fn a_failed_assertion_is_the_reason_whatever_a_former_run_said() {
        let assertion = Assertion {
            kind: "AssertPathExists".to_owned(),
            is_negated: false,
            parameter: "/data".to_owned(),
        };
        let stopped = UnitState {
            status_text: "ready".to_owned(),
            failed_assertions: vec![assertion],
            ..UnitState::default()
        };
        assert_eq!(stopped.reason(), "`/data` is missing");
    }

    #[test]
    fn a_unit_that_is_not_loaded_gives_the_load_error_as_its_reason() {
        let bad = UnitState {
            load_error: "Unit has a bad unit file setting.".to_owned(),
            ..UnitState::default()
        };
        assert_eq!(bad.reason(), "Unit has a bad unit file setting.");
    }
}
