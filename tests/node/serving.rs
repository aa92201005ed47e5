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
fn both_serve_when_their_ports_are_listened_on() {
    let rows = [
        (format!("{MANAGER}{SCHEDULER}"), None, "yes\n"),
        (format!("{MANAGER}{SCHEDULER}{ASKED}"), Some(""), "yes\n"),
        (MANAGER.to_owned(), Some(SCHEDULER_6), "yes\n"),
        (format!("{MANAGER}{ASKED}"), Some(""), ""),
        (SCHEDULER.to_owned(), Some(""), ""),
        (String::new(), None, ""),
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
        let lines = ". $root/kinc/asking; ! controllers_listen || echo yes";
        assert_eq!(node.run(lines), expected, "{four} {six:?}");
    }
}
