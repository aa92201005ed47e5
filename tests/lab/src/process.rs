//! Processes by identity: a process id together with its start time.
//!
//! A bare id may belong to another process by the time we signal it. Nothing here
//! ever looks for processes by name.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use crate::fs;

/// One process, and no later one with the same id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
pub(crate) struct Process {
    pid: i32,
    start_time: u64,
}

impl Process {
    /// Returns the process that has `pid` now, if it is alive.
    #[must_use]
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_if_present(&PathBuf::from(format!("/proc/{pid}/stat"))).ok()??;
        let (state, start_time) = parse_stat(&stat)?;
        (state != 'Z' && state != 'X').then_some(Self { pid, start_time })
    }

    /// Returns the process id.
    #[must_use]
    pub(crate) fn pid(self) -> i32 {
        self.pid
    }

    /// Returns whether it still runs; a zombie does not.
    #[must_use]
    pub(crate) fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Kills it; one that is gone already is success.
    ///
    /// # Errors
    /// When we may not.
    pub(crate) fn kill(self) -> Result<()> {
        self.signal(Signal::KILL)
    }

    /// Interrupts it, as Ctrl-C does; one that is gone already is success.
    ///
    /// # Errors
    /// When we may not.
    pub(crate) fn interrupt(self) -> Result<()> {
        self.signal(Signal::INT)
    }

    /// Lets it continue if it was stopped; one that is gone already is success.
    ///
    /// # Errors
    /// When we may not.
    pub(crate) fn resume(self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(self.pid).context("process id 0")?;
        let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else {
            return Ok(());
        };
        // Checked after the handle is open: from here on the id cannot change its owner.
        if self.is_alive() {
            pidfd_send_signal(handle, signal)
                .with_context(|| format!("sending {signal:?} to process {}", self.pid))?;
        }
        Ok(())
    }

    /// Returns the children that are the first process of a PID namespace.
    #[must_use]
    pub(crate) fn namespace_leaders(self) -> Vec<Self> {
        let path = PathBuf::from(format!("/proc/{0}/task/{0}/children", self.pid));
        let children = fs::read_if_present(&path)
            .ok()
            .flatten()
            .unwrap_or_default();
        children
            .split_whitespace()
            .filter_map(|pid| Self::of(pid.parse().ok()?))
            .filter(|child| child.is_namespace_leader())
            .collect()
    }

    fn is_namespace_leader(self) -> bool {
        let path = PathBuf::from(format!("/proc/{}/status", self.pid));
        let status = fs::read_if_present(&path)
            .ok()
            .flatten()
            .unwrap_or_default();
        namespace_pids(&status).is_some_and(|pids| pids.len() > 1 && pids.last() == Some(&1))
    }
}

/// Returns state and start time of `proc_pid_stat(5)`; the name before them may hold anything.
fn parse_stat(stat: &str) -> Option<(char, u64)> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    // Fields 3 and 22 of the whole line.
    Some((
        fields.first()?.chars().next()?,
        fields.get(19)?.parse().ok()?,
    ))
}

/// Returns the ids of a process in its nested PID namespaces, ours first.
fn namespace_pids(status: &str) -> Option<Vec<i32>> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("NSpid:"))?;
    line.split_whitespace()
        .map(|pid| pid.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_confuse_stat() {
        let stat = "7 (a) R (b) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
        assert_eq!(parse_stat(stat), Some(('S', 4711)));
    }

    #[test]
    fn namespace_ids_are_read_from_status() {
        let cases = [
            ("Name:\tx\nNSpid:\t812\t1\nVm:\t1\n", Some(vec![812, 1])),
            ("NSpid:\t812\n", Some(vec![812])),
            ("Name:\tx\n", None),
        ];
        for (status, expected) in cases {
            assert_eq!(namespace_pids(status), expected);
        }
    }

    #[test]
    fn another_process_with_the_same_id_is_not_the_same() {
        let own = i32::try_from(std::process::id()).unwrap();
        let process = Process::of(own).unwrap();
        assert!(process.is_alive());
        assert!(
            !Process {
                start_time: process.start_time + 1,
                ..process
            }
            .is_alive()
        );
    }
}
