//! The properties of a unit, as a test sets them.

use std::collections::BTreeMap;

/// The properties of one unit.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) load_state: &'static str,
    pub(crate) load_error: &'static str,
    pub(crate) active_state: &'static str,
    pub(crate) sub_state: &'static str,
    pub(crate) status_text: &'static str,
    pub(crate) result: &'static str,
    pub(crate) n_restarts: u32,
    pub(crate) exec_main: (i32, i32),
    pub(crate) job: u32,
    pub(crate) active_enter: u64,
    pub(crate) memory: u64,
    pub(crate) requires: Vec<String>,
    pub(crate) fragment_path: String,
    pub(crate) source_path: String,
    pub(crate) need_daemon_reload: bool,
    pub(crate) exec_start: Vec<String>,
    pub(crate) invocation: Vec<u8>,
    pub(crate) asserts: Vec<Assert>,
}

/// An assertion of a unit: its kind, two flags, what it is about, and how it was found.
pub(crate) type Assert = (String, bool, bool, String, i32);

/// The units of a manager, by name.
pub(crate) type Units = BTreeMap<String, Facts>;

impl Facts {
    pub(crate) fn new(active_state: &'static str, sub_state: &'static str) -> Facts {
        Facts {
            load_state: "loaded",
            load_error: "",
            active_state,
            sub_state,
            status_text: "",
            result: "success",
            n_restarts: 0,
            exec_main: (0, 0),
            job: 0,
            active_enter: 0,
            memory: u64::MAX,
            requires: Vec::new(),
            fragment_path: String::new(),
            source_path: String::new(),
            need_daemon_reload: false,
            exec_start: Vec::new(),
            invocation: vec![0x0f, 0xa0],
            asserts: Vec::new(),
        }
    }

    /// A unit without a file.
    pub(crate) fn missing() -> Facts {
        Facts {
            load_state: "not-found",
            invocation: Vec::new(),
            ..Facts::new("inactive", "dead")
        }
    }
}
