//! How declared objects are applied that need what comes later.

use std::fs;

use super::tree::Tree;

/// Answers as kubectl does, for objects in JSON: there is no kind `Widget` before `$root/operator` is there.
const KUBECTL: &str = r#"
root=${0%/bin/kubectl}
[ "$1" != label ] || exec cat "$6"
result=0 names=
for file; do
  [[ $file = --filename=* ]] || continue
  file=${file#--filename=}
  names+=" ${file##*/}"
  if grep -q Widget "$file" && [ ! -e $root/operator ]; then
    echo "error: resource mapping not found for name: \"a\" from \"$file\": no matches for kind \"Widget\""
    result=1
  fi
done
echo "apply$names" >> $root/log
exit $result"#;

/// Runs the script with a clock that stands still but for pauses; each is noted, and the operator is there after
/// the last one.
const RUN: &str = r#"
sleep() {
  echo "sleep $1" >> $root/log
  ((SECONDS += $1))
  ((--pauses > 0)) || touch $root/operator
}
(. $root/kinc/manifests) > $root/out 2>&1
echo $?"#;

/// Applies these manifests after as many pauses, and as many seconds after the start; returns what was done.
fn applied(manifests: &[&str], pauses: usize, seconds: u32) -> String {
    let tree = Tree::new();
    for (number, manifest) in manifests.iter().enumerate() {
        fs::write(
            tree.path().join(format!("manifests/{number:02}.yaml")),
            manifest,
        )
        .unwrap();
    }
    fs::write(tree.path().join("run/ready"), "ready\n").unwrap();
    tree.program("bin/kubectl", KUBECTL);
    tree.program(
        "bin/systemd-notify",
        "echo \"notify $*\" >> ${0%/bin/*}/log",
    );
    tree.program("kinc/status", "echo \"status $*\" >> ${0%/kinc/*}/log");
    let ended = tree.run(&format!(
        "unset SECONDS; SECONDS={seconds} pauses={pauses}\n{RUN}"
    ));
    assert_eq!(ended, "0\n");
    let log = fs::read_to_string(tree.path().join("log")).unwrap();
    let said = fs::read_to_string(tree.path().join("run/not-applied")).unwrap_or_default();
    assert_eq!(said.trim_end(), "", "{log}");
    log
}

const NAMESPACE: &str = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"web"}}"#;
const WIDGET: &str =
    r#"{"apiVersion":"example.org/v1","kind":"Widget","metadata":{"name":"a","namespace":"web"}}"#;

#[test]
fn manifests_are_applied_at_once_and_in_order() {
    let many = vec![NAMESPACE; 12];
    let all = (0..12).fold(String::new(), |all, number| {
        all + &format!(" {number:02}.yaml")
    });
    assert_eq!(
        applied(&many, 9, 0),
        format!("status applying manifests\napply{all}\nstatus ready\nnotify --ready\n")
    );
}

#[test]
fn the_node_waits_a_moment_for_a_missing_kind() {
    let manifests = [WIDGET, &format!("{NAMESPACE}\n{WIDGET}")];
    assert_eq!(
        applied(&manifests, 3, 0),
        "status applying manifests\napply 00.yaml 01.yaml\nsleep 1\napply 00.yaml 01.yaml\n\
         apply 00000-00000.json\napply 00001-00000.json\napply 00001-00001.json\nsleep 1\n\
         apply 00000-00000.json\napply 00001-00001.json\nsleep 2\n\
         apply 00000-00000.json\napply 00001-00001.json\nstatus ready\nnotify --ready\n"
    );
}

#[test]
fn a_late_object_does_not_delay_readiness_and_is_retried_with_growing_pauses() {
    let log = applied(&[NAMESPACE, WIDGET], 15, 0);
    let told = "status ready, but not every manifest is applied: Widget web/a: no matches for kind \
                \"Widget\"\nnotify --ready\n";
    let (before, _) = log.split_once(told).expect(&log);
    assert_eq!(before.matches("sleep").count(), 10, "{log}");
    let pauses: Vec<&str> = log
        .lines()
        .filter_map(|line| line.strip_prefix("sleep "))
        .collect();
    let expected = "1 1 2 4 4 4 4 4 4 4 8 16 32 60 60";
    assert_eq!(pauses.join(" "), expected);
    // Nothing is applied again that was, or else it would be taken from those who change it.
    assert_eq!(log.matches("apply 00000-00000.json\n").count(), 1, "{log}");
    assert!(log.ends_with("sleep 60\napply 00001-00000.json\n"), "{log}");
}

#[test]
fn a_slow_first_try_does_not_delay_readiness() {
    let told = "status ready, but not every manifest is applied yet\nnotify --ready\n";
    assert_eq!(
        applied(&[WIDGET], 1, 30),
        format!(
            "status applying manifests\napply 00.yaml\n{told}apply 00000-00000.json\nsleep 1\n\
             apply 00000-00000.json\n"
        )
    );
}

#[test]
fn errors_of_kubectl_are_reported_without_the_file_name() {
    let tree = Tree::new();
    for (said, expected) in [
        (
            "error: resource mapping not found for name: \"a\" namespace: \"b\" from \"/run/kinc/x.json\": \
             no matches for kind \"Widget\" in version \"example.org/v1\"\nensure CRDs are installed first",
            "no matches for kind \"Widget\" in version \"example.org/v1\"",
        ),
        (
            "Warning: old\nError from server (InternalError): Internal error occurred: failed calling webhook \"w\"",
            "InternalError: Internal error occurred: failed calling webhook \"w\"",
        ),
        (
            "Error from server (NotFound): namespaces \"web\" not found",
            "NotFound: namespaces \"web\" not found",
        ),
        (
            "The Widget \"a\" is invalid: spec: Required value",
            "The Widget \"a\" is invalid: spec: Required value",
        ),
        ("", "the API server takes too long"),
    ] {
        fs::write(tree.path().join("said"), said).unwrap();
        let reason = tree.run(". $root/kinc/objects; reason < $root/said");
        assert_eq!(reason.trim_end(), expected);
    }
}
