//! A D-Bus daemon of the test's own, for what a socket pair cannot do: names and their owners.

#![expect(
    clippy::disallowed_methods,
    reason = "a test may start the daemon and write its configuration"
)]

use crate::skip::skip;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A bus that ends with the test.
pub(crate) struct PrivateBus {
    directory: TempDir,
    daemon: Child,
}

impl PrivateBus {
    /// Starts a daemon and waits until it listens. Without a daemon the test is skipped.
    pub(crate) fn start() -> Option<PrivateBus> {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("bus.conf");
        let socket = directory.path().join("bus");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen>\
             <policy context='default'><allow send_destination='*' eavesdrop='true'/>\
             <allow eavesdrop='true'/><allow own='*'/></policy></busconfig>",
            socket.display()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new("dbus-daemon");
        command
            .arg("--nofork")
            .arg("--print-address=1")
            .arg("--config-file")
            .arg(config);
        let mut daemon = match command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
            Ok(daemon) => daemon,
            Err(error) => {
                skip(&format!("no `dbus-daemon`: {error}"));
                return None;
            }
        };
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        assert!(!address.is_empty(), "dbus-daemon ended at once");
        Some(PrivateBus { directory, daemon })
    }

    /// Returns the directory with the socket `bus` in it, as a runtime directory has it.
    pub(crate) fn runtime_dir(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        // It may have ended by itself, which is not a failure of the test.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
