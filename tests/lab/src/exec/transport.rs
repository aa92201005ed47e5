//! The ways into a running host.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::process::Process;
use crate::{command, fs, uml};

/// How a command gets into a host.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    /// Into the namespaces of the host's first process.
    Namespaces(Process),
    /// By ssh(1), from the network namespace in which the host's kernel runs.
    Ssh {
        /// The host's kernel.
        kernel: Process,
        /// The private key that the host's root trusts.
        key: PathBuf,
    },
}

impl Transport {
    /// Returns the process without which the gate is closed.
    pub(super) fn process(&self) -> Process {
        match self {
            Self::Namespaces(leader) => *leader,
            Self::Ssh { kernel, .. } => *kernel,
        }
    }

    /// Returns the host's table of users.
    pub(super) fn passwd(&self) -> Result<String> {
        match self {
            Self::Namespaces(leader) => {
                let path = format!("/proc/{}/root/etc/passwd", leader.pid());
                fs::read(&PathBuf::from(path))
            }
            // To ask would take a second.
            Self::Ssh { .. } => Ok(uml::PASSWD.to_owned()),
        }
    }

    /// Returns a command that runs `words` as root inside.
    pub(super) fn enter(&self, words: &[String]) -> Command {
        let mut enter = command::program("nsenter");
        enter.args(["--target", &self.process().pid().to_string()]);
        match self {
            Self::Namespaces(_) => {
                // The root too: it may have been changed without a new mount tree.
                enter.args(["--all", "--root", "--"]).args(words);
            }
            Self::Ssh { key, .. } => {
                enter.args(["--net", "--", "ssh", "-F", "none", "-i"]);
                // The host is ours and new, and nothing else is on its network.
                enter.arg(key).args([
                    "-oStrictHostKeyChecking=no",
                    "-oUserKnownHostsFile=/dev/null",
                    "-oLogLevel=ERROR",
                    // A busy host takes its time to say who it is.
                    "-oConnectTimeout=60",
                    "-oServerAliveInterval=30",
                ]);
                let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                enter.args([&format!("root@{}", uml::ADDRESS), &line.join(" ")]);
            }
        }
        enter
    }
}

/// Returns a word as a shell reads it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_word_survives_the_shell() {
        let words = ["plain", "", "it's", "$(reboot)", "a\nb"];
        let line: Vec<String> = words.map(quoted).into();
        let script = format!("printf '%s|' {}", line.join(" "));
        let printed = command::capture(command::program("sh").args(["-c", &script])).unwrap();
        assert_eq!(printed, "plain||it's|$(reboot)|a\nb|");
    }
}
