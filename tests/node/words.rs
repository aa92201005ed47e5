//! What parts of the cluster say as they end, and whether another try would end in the same way.
//!
//! The logs are those of etcd 3.6.16 and of Kubernetes v1.36.3, started with what a declaration could ask for.

use std::path::Path;
use std::process::Command;

use super::scripts;

/// How much of the words is compared.
const BEGINNING: usize = 68;

/// Runs lines of bash with the script's functions, on these arguments.
fn run(lines: &str, arguments: &[String]) -> String {
    let output = Command::new("bash")
        .args(["-uc", &format!(". \"$0\"; {lines}")])
        .arg(scripts::directory().join("words"))
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    String::from_utf8(output.stdout).unwrap()
}

/// Checks the beginning of the last words of each log, and whether all of them are a refusal.
#[track_caller]
fn check(rows: &[(&str, &str)], is_refusal: bool) {
    let ended = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/ended");
    let logs: Vec<String> = rows
        .iter()
        .map(|(log, _)| ended.join(format!("{log}.log")).display().to_string())
        .collect();
    let lines = "for log; do
        words=$(last_words < \"$log\")
        is_refusal \"$words\" && echo \"true $words\" || echo \"false $words\"
    done";
    let found = run(lines, &logs);
    assert_eq!(found.lines().count(), rows.len());
    for (line, (log, words)) in found.lines().zip(rows) {
        let (verdict, found) = line.split_once(' ').unwrap();
        let beginning: String = found.chars().take(BEGINNING).collect();
        let found = (beginning.trim_end(), verdict);
        assert_eq!(found, (*words, is_refusal.to_string().as_str()), "{log}");
    }
}

#[test]
fn a_rejected_flag_or_configuration_is_permanent() {
    let rows = [
        (
            "etcd-election",
            "failed to verify flags: --election-timeout[1000ms] should be at leas",
        ),
        ("etcd-flag", "flag provided but not defined: -no-such-flag"),
        (
            "etcd-value",
            "invalid value \"much\" for flag -quota-backend-bytes: parse error",
        ),
        (
            "kube-apiserver-admission-plugin",
            "\"command failed\" err=\"enable-admission-plugins plugin \\\"PodSecurityP",
        ),
        (
            "kube-apiserver-audit-policy",
            "\"command failed\" err=\"loading audit policy file: loaded illegal poli",
        ),
        (
            "kube-apiserver-authentication",
            "\"command failed\" err=\"invalid authentication configuration: jwt[0].i",
        ),
        (
            "kube-apiserver-encryption",
            "\"command failed\" err=\"error while parsing file: resources[0].provide",
        ),
        ("kube-apiserver-flag", "Error: unknown flag: --no-such-flag"),
        (
            "kube-apiserver-gate",
            "\"command failed\" err=\"unrecognized feature gate: NoSuchGate\"",
        ),
        (
            "kube-apiserver-range",
            "\"command failed\" err=\"--goaway-chance can not be less than 0 or grea",
        ),
        (
            "kube-apiserver-runtime-config",
            "\"command failed\" err=\"unknown api groups nonsense.example/v1\"",
        ),
        (
            "kube-apiserver-value",
            "Error: invalid argument \"often\" for \"--goaway-chance\" flag: strconv.",
        ),
        (
            "kube-controller-manager-controllers",
            "\"command failed\" err=\"\\\"nonsense\\\" is not in the list of known contr",
        ),
        (
            "kube-controller-manager-flag",
            "Error: unknown flag: --no-such-flag",
        ),
        (
            "kube-controller-manager-gate",
            "\"command failed\" err=\"unrecognized feature gate: NoSuchGate\"",
        ),
        (
            "kube-scheduler-field",
            "\"command failed\" err=\"strict decoding error: unknown field \\\"paralel",
        ),
        ("kube-scheduler-flag", "Error: unknown flag: --no-such-flag"),
        (
            "kube-scheduler-gate",
            "\"command failed\" err=\"unrecognized feature gate: NoSuchGate\"",
        ),
        (
            "kube-scheduler-plugin",
            "\"command failed\" err=\"initializing profiles: creating profile for sc",
        ),
        (
            "kube-scheduler-value",
            "\"command failed\" err=\"parallelism: Invalid value: -7: should be an i",
        ),
        (
            "kube-scheduler-version",
            "\"command failed\" err=\"no kind \\\"KubeSchedulerConfiguration\\\" is regi",
        ),
        (
            "kubelet-flag",
            "\"command failed\" err=\"failed to parse kubelet flag: unknown flag: --",
        ),
        (
            "kubelet-gate",
            "panic: failed to merge global and in-flight KubeletConfiguration whi",
        ),
        (
            "kubelet-negative",
            "\"command failed\" err=\"failed to validate kubelet configuration, erro",
        ),
        (
            "kubelet-type",
            "\"command failed\" err=\"failed to load kubelet config file, path: /var",
        ),
    ];
    check(&rows, true);
}

#[test]
fn a_component_that_timed_out_may_be_retried() {
    let rows = [
        (
            "etcd-full",
            "failed to commit tx: write /var/lib/etcd/member/snap/db: no space le",
        ),
        (
            "etcd-port-taken",
            "discovery failed: listen tcp 127.0.0.1:22: bind: address already in",
        ),
        (
            "kube-apiserver-no-etcd",
            "\"command failed\" err=\"error creating storage factory: context deadli",
        ),
        (
            "kube-apiserver-no-file",
            "\"command failed\" err=\"loading audit policy file: failed to read file",
        ),
        (
            "kube-controller-manager-no-api",
            "\"command failed\" err=\"unable to load configmap based request-header-",
        ),
        (
            "kube-controller-manager-slow-api",
            "\"command failed\" err=\"failed to wait for apiserver being healthy: ti",
        ),
        (
            "kubelet-no-crio",
            "\"command failed\" err=\"failed to run Kubelet: validate service connec",
        ),
    ];
    check(&rows, false);
}

/// What is not in a log: words that the parts have in common with those that are.
#[test]
fn other_last_messages_are_not_rejections() {
    let others = [
        // The API server of a host that was far too busy.
        "PostStartHook \"start-service-ip-repair-controllers\" failed: unable to perform initial IP and Port \
         allocation check",
        // Of a pod, by a kubelet that then was killed.
        "\"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"app\\\" with RunContainerError: \
         Error: invalid argument \\\"x\\\" for \\\"--y\\\" flag: \"",
        "\"Unhandled Error\" err=\"strict decoding error: unknown field \\\"spec.x\\\"\"",
        "\"command failed\" err=\"failed to run Kubelet: write /proc/sys/vm/overcommit_memory: invalid argument\"",
        "\"command failed\" err=\"leaderelection lost\"",
        "\"command failed\" err=\"failed to load kubelet config file, path: /var/lib/kubelet/config.yaml, error: \
         open /var/lib/kubelet/config.yaml: input/output error\"",
        "\"command failed\" err=\"failed to create listener: failed to listen on 0.0.0.0:6443: listen tcp \
         0.0.0.0:6443: bind: address already in use\"",
        "kubelet.service: Main process exited, code=killed, status=9/KILL",
        "",
    ];
    let lines = "for words; do ! is_refusal \"$words\" || echo \"$words\"; done";
    assert_eq!(run(lines, &others.map(str::to_owned)), "");
}
