//! Whether the controller manager and the scheduler serve, read off the kernel's table of sockets.

use std::fs;

use super::tree::Tree;

const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
/// The two of them listening, one that is asked, and a listener on each address of both families.
const MANAGER: &str = "   5: 0100007F:2811 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4860838 2 00 100 0 0 10 0\n";
const SCHEDULER: &str = "   6: 0100007F:2813 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4860866 2 00 100 0 0 10 0\n";
const ASKED: &str = "  23: 0100007F:2813 0100007F:E9BA 06 00000000:00000000 03:00001422 00000000     0        0 0 3 00\n";
const SCHEDULER_6: &str = "   0: 00000000000000000000000000000000:2813 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4860866 2 00 100 0 0 10 0\n";

#[test]
fn a_controller_is_missing_if_nothing_listens_on_its_port() {
    let (manager, scheduler) = ("kube-controller-manager\n", "kube-scheduler\n");
    let rows = [
        (format!("{MANAGER}{SCHEDULER}"), None, ""),
        (format!("{MANAGER}{SCHEDULER}{ASKED}"), Some(""), ""),
        (MANAGER.to_owned(), Some(SCHEDULER_6), ""),
        (format!("{MANAGER}{ASKED}"), Some(""), scheduler),
        (SCHEDULER.to_owned(), Some(""), manager),
        (String::new(), None, manager),
    ];
    for (four, six, expected) in rows {
        let node = Tree::new();
        let write = |name: &str, lines: &str| {
            fs::write(node.path().join("net").join(name), format!("{HEAD}{lines}")).unwrap();
        };
        write("tcp", &four);
        if let Some(six) = six {
            write("tcp6", six);
        }
        let manifests = "mkdir $root/kubernetes/manifests && cd $root/kubernetes/manifests";
        let there = "touch kube-controller-manager.yaml kube-scheduler.yaml";
        let lines = format!("{manifests} && {there}\n. $root/kinc/asking; controllers_missing");
        assert_eq!(node.run(&lines), expected, "{four} {six:?}");
        // Somebody has taken the scheduler away, to run another one.
        let lines = "rm $root/kubernetes/manifests/kube-scheduler.yaml\n. $root/kinc/asking; controllers_missing";
        let others = if expected == scheduler { "" } else { expected };
        assert_eq!(node.run(lines), others, "{four} {six:?}");
    }
}
