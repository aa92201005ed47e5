//! The operator's drop-ins for the files and units of a cluster: they count, and only he changes them.

use anyhow::Result;

use crate::cluster::{ClusterName, NODE_VOLUMES};
use crate::job::UnitState;
use crate::ops::{Context, control_plane};
use crate::systemd::Manager;

/// Returns the drop-ins that count for a cluster: of its Quadlet files, of its node's unit, and of its
/// slice, which only systemd knows the places of.
///
/// # Errors
/// When a directory cannot be read, or systemd does not answer.
pub(crate) async fn of(
    context: &Context,
    manager: &Manager,
    unit: &UnitState,
    cluster: &ClusterName,
) -> Result<Vec<String>> {
    let mut all = of_quadlet_files(context, cluster)?;
    let slice = manager.unit(&cluster.slice()).await?;
    all.extend(unit.drop_in_paths.iter().cloned());
    all.extend(slice.drop_in_paths);
    all.sort();
    all.dedup();
    Ok(all)
}

fn of_quadlet_files(context: &Context, cluster: &ClusterName) -> Result<Vec<String>> {
    let node = control_plane(cluster);
    let mut files = NODE_VOLUMES
        .map(|kind| format!("{}.volume", node.volume(kind)))
        .to_vec();
    files.push(format!("{node}.container"));
    files.push(format!("{}.network", cluster.network()));
    let mut all = Vec::new();
    for file in files {
        let paths = context.unit_dir.drop_ins(cluster, &file)?.into_iter();
        all.extend(paths.map(|path| path.display().to_string()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unused_self,
        reason = "zbus prescribes how methods take their arguments"
    )]

    use std::os::unix::net::UnixStream;

    use zbus::connection::Builder;
    use zbus::{Guid, OwnedObjectPath};

    use super::*;
    use crate::fs;

    /// A manager that has a drop-in for the slice.
    struct Systemd;

    #[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
    impl Systemd {
        fn load_unit(&self, name: &str) -> OwnedObjectPath {
            assert_eq!(name, "kinc-dev.slice");
            OwnedObjectPath::try_from("/unit").unwrap()
        }
    }

    struct Unit;

    #[zbus::interface(name = "org.freedesktop.systemd1.Unit")]
    impl Unit {
        #[zbus(property)]
        fn drop_in_paths(&self) -> Vec<String> {
            vec!["/slice.conf".to_owned()]
        }
    }

    #[tokio::test]
    async fn drop_ins_of_every_file_and_unit_of_a_cluster_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let context = Context::below(directory.path());
        let cluster = ClusterName::new("dev").unwrap();
        let own = context.unit_dir.directory(&cluster);
        let mut expected = vec!["/slice.conf".to_owned(), "/unit.conf".to_owned()];
        for path in [
            "kinc-dev-control-plane.container.d/a.conf",
            "kinc-dev-.volume.d/a.conf",
            "kinc-dev.network.d/a.conf",
        ] {
            fs::write(&own.join(path), "", 0o644).unwrap();
            expected.push(own.join(path).display().to_string());
        }
        fs::write(&own.join("kinc-other.network.d/a.conf"), "", 0o644).unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let systemd = Builder::unix_stream(ours).server(Guid::generate()).p2p();
        let systemd = systemd
            .serve_at("/org/freedesktop/systemd1", Systemd)
            .serve_at("/unit", Unit);
        let client = Builder::unix_stream(theirs).p2p();
        let (_systemd, client) = tokio::join!(systemd.build(), client.build());
        let manager = Manager::new(client.unwrap());
        let unit = UnitState {
            drop_in_paths: vec!["/unit.conf".to_owned()],
            ..UnitState::default()
        };
        expected.sort();
        assert_eq!(
            of(&context, &manager, &unit, &cluster).await.unwrap(),
            expected
        );
    }
}
