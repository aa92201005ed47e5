//! What the program does at Ctrl-C.

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command};

use kinc::edge::fs::{Locking, try_lock};
use kinc::model::shell;
use rustix::process::{Pid, Signal, kill_process};

use crate::run::Sandbox;

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Returns the lines that a program writes until it ends.
fn lines(output: impl std::io::Read) -> impl Iterator<Item = String> {
    BufReader::new(output).lines().map(Result::unwrap)
}

#[test]
fn a_wait_for_another_kinc_says_so_and_ends_at_each_signal_with_130() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let sandbox = Sandbox::with_runtime_directory();
        let lock = try_lock(&sandbox.runtime().join("kinc.lock")).unwrap();
        assert!(matches!(lock, Locking::Taken(_)));
        let mut kinc = sandbox.start(&["adopt", "dev"]);
        let mut stderr = lines(kinc.stderr.take().unwrap());
        // It is this process that has it.
        let words: Vec<String> = std::env::args().map(|one| shell::word(&one)).collect();
        let waiting = format!(
            "waiting up to 600 s for `{}` (PID {}) to end",
            words.join(" "),
            std::process::id()
        );
        assert_eq!(stderr.next(), Some(waiting));
        send(&kinc, signal);
        let rest: Vec<String> = stderr.collect();
        assert_eq!(rest, ["interrupted; nothing was written"]);
        assert_eq!(kinc.wait().unwrap().code(), Some(130));
        assert_eq!(sandbox.files(), Vec::<String>::new());
    }
}

/// Says its PID, and at SIGTERM that it heard it; it ends at neither.
const STUBBORN: &str = "#!/bin/sh
trap 'echo told > \"$HOME/told\"' TERM
echo $$ > \"$HOME/pid\"
while :; do read line < \"$HOME/never\"; done 2> \"$HOME/errors\"
";

#[test]
fn a_second_signal_exits_immediately() {
    let sandbox = Sandbox::with_runtime_directory();
    let other = sandbox.golden("05-reapply-keeps-allocation/disk/kinc-other/cluster.yaml");
    sandbox.write(".config/containers/systemd/kinc-other/cluster.yaml", &other);
    sandbox.write("podman", STUBBORN);
    let home = sandbox.home();
    fs::set_permissions(home.join("podman"), Permissions::from_mode(0o755)).unwrap();
    let fifos = ["pid", "told", "never"].map(|name| home.join(name));
    assert!(
        Command::new("mkfifo")
            .args(&fifos)
            .status()
            .unwrap()
            .success()
    );
    let read = |fifo| {
        let mut text = String::new();
        File::open(fifo).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let [pid, told, _] = &fifos;
    let mut kinc = sandbox.start(&["logs", "other"]);
    let podman = Pid::from_raw(read(pid).trim().parse().unwrap()).unwrap();
    send(&kinc, Signal::INT);
    assert_eq!(read(told), "told\n");
    send(&kinc, Signal::INT);
    assert_eq!(kinc.wait().unwrap().code(), Some(130));
    // It was not waited for: then it would be gone.
    kill_process(podman, Signal::KILL).unwrap();
}
