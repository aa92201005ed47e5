//! Programs that run until they are no longer followed.
//!
//! Podman passes no signal on to what `exec` and `unshare` run. What a container or a user namespace runs
//! hears of our end, however we end, by the end of its standard input.

use std::process::ExitStatus;

use anyhow::Result;

use crate::edge::podman::{Exec, Podman};

/// Runs a program that is ended when standard input ends. The shell becomes the program, so its status counts.
/// A background job would read nothing, but for the copy of its standard input.
const UNTIL_INPUT_ENDS: &str =
    "exec 9<&0; (cat <&9 && kill $$) >/dev/null 2>&1 & exec \"$@\" </dev/null 9<&-";

impl Podman {
    /// Runs a program in a container on our own output streams, until it ends or is no longer followed.
    ///
    /// # Errors
    /// When Podman does not start, the user interrupts it, or nobody reads the output any more.
    pub(crate) async fn exec_followed(&self, exec: Exec<'_>) -> Result<ExitStatus> {
        let podman = self.podman(["exec", "--interactive", exec.container]);
        let podman = podman.args(until_input_ends(exec.command));
        Ok(podman.follow().await?)
    }

    /// Runs a program of the host in Podman's user namespace on our own output streams, until it ends or is
    /// no longer followed.
    ///
    /// # Errors
    /// As for [`Podman::exec_followed`].
    pub(crate) async fn unshare_followed(&self, command: &[&str]) -> Result<ExitStatus> {
        let podman = self.podman(["unshare"]).args(until_input_ends(command));
        Ok(podman.follow().await?)
    }
}

fn until_input_ends<'a>(command: &[&'a str]) -> Vec<&'a str> {
    [&["sh", "-c", UNTIL_INPUT_ENDS, "sh"], command].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::cancel::Cancel;
    use crate::edge::command::tests::{fifo, without_holders};
    use crate::edge::fs;

    /// It runs a program, and passes no signal on to it.
    const STAND_IN: &str = "#!/bin/sh\n\
        case $1 in exec) shift 3 ;; unshare) shift ;; esac\n\
        exec 4<&0\n\
        \"$@\" <&4 4<&- &\n\
        wait $!\n";

    #[tokio::test]
    async fn what_is_followed_ends_with_us_although_podman_passes_no_signal_on() {
        let scratch = tempfile::tempdir().unwrap();
        let (fifo, stand_in) = (fifo(&scratch).await, scratch.path().join("podman"));
        fs::write(&stand_in, STAND_IN, 0o755).unwrap();
        let runs = format!("exec 3>'{}'; printf x >&3; exec sleep 60", fifo.display());
        let command = ["sh", "-c", &runs];
        for in_container in [true, false] {
            let cancel = Cancel::default();
            let podman = Podman::new(&stand_in.display().to_string()).cancelled_by(&cancel);
            let follows = async {
                if !in_container {
                    return podman.unshare_followed(&command).await;
                }
                let (container, command) = ("kinc-dev-control-plane", &command);
                podman.exec_followed(Exec { container, command }).await
            };
            let followed = without_holders(&fifo, follows, || cancel.cancel()).await;
            followed.unwrap_err();
        }
    }

    #[tokio::test]
    async fn what_ends_by_itself_is_not_followed_on_and_its_status_counts() {
        let scratch = tempfile::tempdir().unwrap();
        let stand_in = scratch.path().join("podman");
        fs::write(&stand_in, STAND_IN, 0o755).unwrap();
        let podman = Podman::new(&stand_in.display().to_string());
        let followed = podman.unshare_followed(&["sh", "-c", "exit 3"]).await;
        assert_eq!(followed.unwrap().code(), Some(3));
    }
}
