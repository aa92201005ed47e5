//! Damaged data of etcd ends a start once, and is named; what etcd repairs holds nothing up.

use anyhow::{Context as _, Result, ensure};

use crate::fixture::Fixture;

/// Where the host has what etcd keeps.
const ETCD: &str = "~/.local/share/kinc/clusters/dev/kinc-dev-control-plane/var/lib/etcd";

/// Runs a script where etcd's data is, as its owner.
fn in_etcd(dev: &Fixture, script: &str) -> Result<String> {
    dev.ok(&format!("cd {ETCD} && podman unshare sh -euc '{script}'"))
}

/// A kind of damage: what it is called, what does it, and how the node names it.
type Damage = (&'static str, &'static str, &'static str);

const DAMAGES: [Damage; 7] = [
    (
        "garbage in the log",
        "dd if=/dev/urandom of=$(ls member/wal/*.wal | tail -n 1) bs=4096 seek=2 count=8 conv=notrunc status=none",
        "etcd cannot open /var/lib/etcd/member/wal",
    ),
    (
        "a cut log",
        "truncate --size 20000 member/wal/*.wal",
        "etcd cannot open /var/lib/etcd/member/wal: the log ends with entry ",
    ),
    (
        "no log",
        "rm member/wal/*.wal",
        "etcd cannot open /var/lib/etcd/member/wal/*.wal: missing or empty",
    ),
    (
        "an empty database",
        "truncate --size 0 member/snap/db",
        "/var/lib/etcd/member/snap/db is missing or empty",
    ),
    (
        "a cut database",
        "truncate --size 40960 member/snap/db",
        "etcd cannot open /var/lib/etcd/member/snap/db: ",
    ),
    (
        "garbage in the database",
        "dd if=/dev/urandom of=member/snap/db bs=4096 seek=2 count=60 conv=notrunc status=none",
        "etcd cannot open /var/lib/etcd/member/snap/db: ",
    ),
    (
        "a database without a beginning",
        "dd if=/dev/urandom of=member/snap/db bs=4096 count=2 conv=notrunc status=none",
        "etcd cannot open /var/lib/etcd/member/snap/db: failed to open database: invalid database",
    ),
];

#[test]
fn damaged_etcd_data_fails_a_start_without_retry_and_is_named() -> Result<()> {
    let dev = Fixture::with_cluster("etcd-damage")?;
    dev.write_data()?;
    dev.ok("kinc stop dev")?;
    in_etcd(&dev, "cp --archive --sparse=always member ../kept")?;
    for (what, damage, cause) in DAMAGES {
        in_etcd(&dev, damage)?;
        let start = dev.fails("kinc start dev").context(what)?;
        ensure!(
            start.stderr.contains(cause) && start.stderr.contains("(exit code 74)"),
            "{what}: {}",
            start.stderr
        );
        // A second or two after etcd has ended, and not when the API server should be there.
        ensure!(start.elapsed.as_secs() < 60, "{what}: {:?}", start.elapsed);
        assert_eq!(dev.property("ExecMainStatus")?, "74", "{what}");
        assert_eq!(dev.property("NRestarts")?, "0", "{what}");
        let status = dev.property("StatusText")?;
        ensure!(status.contains(cause), "{what}: {status}");
        in_etcd(&dev, "rm -r member && cp --archive ../kept member")?;
    }

    // etcd puts a snapshot aside that it cannot read.
    let snapshot = "member/snap/0000000000000001-0000000000000001.snap";
    in_etcd(&dev, &format!("truncate --size 0 {snapshot}"))?;
    dev.ok("kinc start dev")?;
    in_etcd(&dev, &format!("test -e {snapshot}.broken"))?;
    dev.check_data()
}
