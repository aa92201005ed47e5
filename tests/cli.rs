//! What a person sees of the program: help, errors with their hints, exit codes.
//!
//! Without systemd, Podman and network: every home, runtime directory and search path is empty.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read and write their own directories, and stop at once"
)]

#[path = "cli/declarations.rs"]
mod declarations;
#[path = "cli/described.rs"]
mod described;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/interrupt.rs"]
mod interrupt;
#[path = "cli/kubeconfig.rs"]
mod kubeconfig;
#[path = "cli/paths.rs"]
mod paths;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/verbose.rs"]
mod verbose;

use run::{Ran, Sandbox};

/// Returns a run that must have printed nothing but an error.
fn failed(code: i32, stderr: &str) -> Ran {
    Ran {
        code,
        stdout: String::new(),
        stderr: stderr.to_owned(),
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let expected = Ran {
        code: 0,
        stdout: concat!("kinc ", env!("CARGO_PKG_VERSION"), "\n").to_owned(),
        stderr: String::new(),
    };
    assert_eq!(Sandbox::new().kinc(&["--version"]), expected);
    assert_eq!(Sandbox::new().kinc(&["-V"]), expected);
}

#[test]
fn an_unknown_verb_is_a_usage_error() {
    let expected = failed(
        2,
        "error: unrecognized subcommand 'frobnicate'\n\n\
         Usage: kinc [OPTIONS] <COMMAND>\n\n\
         For more information, try '--help'.\n",
    );
    assert_eq!(Sandbox::new().kinc(&["frobnicate"]), expected);
}

#[test]
fn a_misspelled_verb_gets_a_suggestion() {
    let ran = Sandbox::new().kinc(&["aply"]);
    let expected = failed(
        2,
        "error: unrecognized subcommand 'aply'\n\n  \
         tip: a similar subcommand exists: 'apply'\n\n\
         Usage: kinc [OPTIONS] <COMMAND>\n\n\
         For more information, try '--help'.\n",
    );
    assert_eq!(ran, expected);
}

#[test]
fn an_invalid_name_is_a_usage_error_that_says_why() {
    let expected = failed(
        2,
        "error: invalid value 'Dev_1' for '[NAME]': \
         the cluster name `Dev_1` may only have lower-case letters, digits and `-`\n\n\
         For more information, try '--help'.\n",
    );
    assert_eq!(Sandbox::new().kinc(&["create", "Dev_1"]), expected);
}

#[test]
fn render_prints_the_files_that_apply_would_write() {
    let sandbox = Sandbox::new();
    let documents = ["01-default", "03-second-cluster-beside-first"]
        .map(|case| sandbox.golden(&format!("{case}/cluster.yaml")));
    let ran = sandbox.kinc_with_input(
        &["render", "-f", "-", "-o", "out"],
        &documents.join("---\n"),
    );
    assert_eq!(ran, Ran::default());
    let mut expected = sandbox.golden_files("01-default/expected", "out/kinc-dev");
    expected
        .extend(sandbox.golden_files("03-second-cluster-beside-first/expected", "out/kinc-dev-2"));
    assert_eq!(sandbox.texts(), expected);
    assert_eq!(
        sandbox.mode("out/kinc-dev/kinc-dev-control-plane.kubeadm.conf"),
        0o600
    );
    assert_eq!(
        sandbox.mode("out/kinc-dev/kinc-dev-control-plane.container"),
        0o644
    );
}

#[test]
fn files_are_rendered_for_the_named_podman_version() {
    let sandbox = Sandbox::new();
    sandbox.write("dev.yaml", &sandbox.golden("10-podman-4.9/cluster.yaml"));
    let render = ["render", "-f", "dev.yaml", "-o", "out", "--podman-version"];
    let ran = sandbox.kinc(&[&render[..], &["4.9"]].concat());
    assert_eq!(ran, Ran::default());
    let mut expected = sandbox.golden_files("10-podman-4.9/expected", "out/kinc-dev");
    expected.insert(
        "dev.yaml".into(),
        sandbox.golden("10-podman-4.9/cluster.yaml"),
    );
    assert_eq!(sandbox.texts(), expected);
}

#[test]
fn a_podman_version_that_is_too_old_is_a_usage_error() {
    let expected = failed(
        2,
        "error: invalid value '4.3.1' for '--podman-version <X.Y>': \
         Podman 4.3.1 is too old: kinc needs 4.9 or newer\n\n\
         For more information, try '--help'.\n",
    );
    let render = [
        "render",
        "-f",
        "-",
        "-o",
        "out",
        "--podman-version",
        "4.3.1",
    ];
    assert_eq!(Sandbox::new().kinc(&render), expected);
}

#[test]
fn an_empty_list_says_so_and_prints_valid_json() {
    let rows = [
        (
            "table",
            "",
            "there are no clusters; create one: kinc create\n",
        ),
        ("json", "[]\n", ""),
        ("name", "", ""),
    ];
    for (format, stdout, stderr) in rows {
        let expected = Ran {
            code: 0,
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        };
        assert_eq!(
            Sandbox::new().kinc(&["list", "-o", format]),
            expected,
            "{format}"
        );
    }
}

#[test]
fn every_verb_on_an_unknown_cluster_exits_with_4_and_a_hint() {
    let expected = failed(
        4,
        "error: there is no cluster `dev`\nhint: kinc create dev\n",
    );
    for verb in [
        "status",
        "start",
        "stop",
        "restart",
        "kubeconfig",
        "logs",
        "adopt",
    ] {
        let sandbox = Sandbox::with_runtime_directory();
        assert_eq!(sandbox.kinc(&[verb, "dev"]), expected, "{verb}");
    }
    for arguments in [
        &["status", "dev", "-o", "json"][..],
        &["kubeconfig", "dev", "--merge"],
    ] {
        assert_eq!(Sandbox::new().kinc(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn an_unknown_cluster_is_an_error_that_lists_the_others() {
    let sandbox = Sandbox::new();
    let directory = ".config/containers/systemd/kinc-other";
    sandbox.write(
        &format!("{directory}/cluster.yaml"),
        &sandbox.golden("05-reapply-keeps-allocation/disk/kinc-other/cluster.yaml"),
    );
    let expected = failed(
        4,
        "error: there is no cluster `dev`\nhint: existing clusters: other\n",
    );
    assert_eq!(sandbox.kinc(&["status", "dev"]), expected);
}

#[test]
fn without_a_session_nothing_is_written_and_the_hint_says_how_to_get_one() {
    let sandbox = Sandbox::new();
    let expected = failed(
        1,
        "error: connecting to `RUNTIME/bus`: this user has no systemd session\n\
         hint: su and sudo open no user session: log in through ssh or `machinectl shell USER@.host`\n",
    );
    assert_eq!(sandbox.kinc(&["create", "dev"]), expected);
    assert_eq!(sandbox.kinc(&["delete", "dev"]), expected);
    assert_eq!(sandbox.files(), Vec::<String>::new());
}

#[test]
fn without_a_user_bus_nothing_is_written_and_the_hint_names_the_package() {
    let sandbox = Sandbox::with_runtime_directory();
    let expected = failed(
        1,
        "error: connecting to `RUNTIME/bus`: the session has no user bus\n\
         hint: sudo apt install dbus-user-session, then log in again\n",
    );
    assert_eq!(sandbox.kinc(&["create"]), expected);
    assert_eq!(sandbox.files(), Vec::<String>::new());
}

#[test]
fn a_directory_without_the_programs_builds_no_image() {
    let sandbox = Sandbox::new();
    sandbox.write("programs/etcd", "");
    let ran = sandbox.kinc(&["image", "build", "--source", "programs"]);
    let expected = failed(
        1,
        "error: `HOME/programs` lacks kube-apiserver, kube-controller-manager, kube-proxy, \
         kube-scheduler, kubeadm, kubectl, kubelet, crio, coredns, etcdctl, etcdutl, crictl, \
         local-path-provisioner, bridge, host-local, loopback, portmap, pinns, pause\n",
    );
    assert_eq!(ran, expected);
}
