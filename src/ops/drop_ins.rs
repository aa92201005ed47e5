//! The operator's drop-ins for the files and units of a cluster: they apply, and kinc never changes them.

use std::path::Path;

use anyhow::Result;

use crate::edge::fs;
use crate::job::{UnitFiles, UnitState};
use crate::model::cluster::{Cluster, ClusterName, NODE_VOLUMES, NodeName};
use crate::ops::Context;

/// Returns the drop-ins that count for a cluster: of its Quadlet files, of its nodes' units, and of the
/// units that systemd reads itself, which only it knows the places of.
///
/// # Errors
/// When a directory cannot be read.
pub(crate) fn of(
    context: &Context,
    cluster: &Cluster,
    nodes: &[UnitState],
    linked: &[UnitFiles],
) -> Result<Vec<String>> {
    let mut all = of_quadlet_files(context, cluster)?;
    let nodes = nodes.iter().map(|unit| &unit.drop_in_paths);
    let linked = linked.iter().map(|unit| &unit.drop_in_paths);
    all.extend(nodes.chain(linked).flatten().cloned());
    all.sort();
    all.dedup();
    Ok(all)
}

/// Returns whether a drop-in for the Quadlet file of a node may have come, gone or changed since the
/// generator made the unit: it, or the directory that it is or was in, is newer then.
///
/// To ask the generator itself takes a process, which reads the files of all clusters.
///
/// # Errors
/// When a directory cannot be read.
pub(crate) fn have_changed(
    context: &Context,
    cluster: &ClusterName,
    node: &NodeName,
    unit: &UnitState,
) -> Result<bool> {
    let file = format!("{node}.container");
    // A unit without a file is reported as not loaded.
    let Some(made) = fs::modified(Path::new(&unit.fragment_path))? else {
        return Ok(false);
    };
    for drop_in in context.unit_dir.drop_ins(cluster, &file)? {
        if fs::modified(&drop_in)?.is_some_and(|at| at >= made) {
            return Ok(true);
        }
    }
    context.unit_dir.drop_ins_changed(cluster, &file, made)
}

/// Returns whether a drop-in sets whether the network of a cluster is isolated; one that sets something else
/// hides no network that is open by mistake.
///
/// # Errors
/// When a directory cannot be read.
pub(crate) fn set_isolation(context: &Context, cluster: &ClusterName) -> Result<bool> {
    let file = format!("{}.network", cluster.network());
    for path in context.unit_dir.drop_ins(cluster, &file)? {
        // What cannot be read sets nothing, for Podman either.
        let Ok(Some(entry)) = fs::read(&path) else {
            continue;
        };
        // An option of its own, or one of `PodmanArgs=`.
        let sets = |line: &str| !line.starts_with(['#', ';']) && line.contains("isolate=");
        if entry.text.lines().any(|line| sets(line.trim_start())) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn of_quadlet_files(context: &Context, cluster: &Cluster) -> Result<Vec<String>> {
    let cluster_name = &cluster.name;
    let mut files = vec![format!("{}.network", cluster_name.network())];
    for node in cluster.node_names() {
        files.push(format!("{node}.container"));
        files.extend(NODE_VOLUMES.map(|kind| format!("{}.volume", node.volume(kind))));
    }
    let mut all = Vec::new();
    for file in files {
        let paths = context.unit_dir.drop_ins(cluster_name, &file)?.into_iter();
        all.extend(paths.map(|path| path.display().to_string()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn an_added_changed_or_removed_drop_in_is_detected() {
        let directory = tempfile::tempdir().unwrap();
        let context = Context::below(directory.path());
        let cluster = ClusterName::new("dev").unwrap();
        let node = NodeName::of(&cluster, "kinc-dev-control-plane").unwrap();
        let own = context.unit_dir.directory(&cluster);
        let drop_in = own.join("kinc-dev-control-plane.container.d/a.conf");
        let fragment = directory.path().join("kinc-dev-control-plane.service");
        let unit = UnitState {
            fragment_path: fragment.display().to_string(),
            ..UnitState::default()
        };
        let changed = || have_changed(&context, &cluster, &node, &unit).unwrap();
        let make = |when: SystemTime| {
            fs::write(&fragment, "", 0o644).unwrap();
            let file = std::fs::File::open(&fragment).unwrap();
            file.set_modified(when).unwrap();
        };
        let (before, after) = (
            SystemTime::UNIX_EPOCH,
            SystemTime::now() + Duration::from_hours(1),
        );
        fs::write(&drop_in, "", 0o644).unwrap();
        assert!(!changed(), "no unit is made");
        make(before);
        assert!(changed(), "it came since");
        make(after);
        assert!(!changed(), "the unit was made with it");
        let file = std::fs::File::open(&drop_in).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_hours(2))
            .unwrap();
        assert!(changed(), "it changed since");
        fs::remove(&drop_in).unwrap();
        assert!(!changed(), "it went before");
        make(before);
        assert!(changed(), "it went since");
    }

    #[test]
    fn only_a_network_drop_in_with_the_option_sets_isolation() {
        let cases = [
            (
                "kinc-dev.network.d",
                "[Network]\nOptions=isolate=false\n",
                true,
            ),
            (
                "kinc-.network.d",
                "[Network]\n Options = mtu=1400 isolate=0\n",
                true,
            ),
            (
                "kinc-dev.network.d",
                "[Network]\nPodmanArgs=--opt isolate=false\n",
                true,
            ),
            (
                "kinc-dev.network.d",
                "[Network]\n# Options=isolate=false\nDNS=192.0.2.1\n",
                false,
            ),
            (
                "kinc-dev-control-plane.container.d",
                "[Network]\nOptions=isolate=false\n",
                false,
            ),
        ];
        for (place, text, sets) in cases {
            let directory = tempfile::tempdir().unwrap();
            let context = Context::below(directory.path());
            let cluster = ClusterName::new("dev").unwrap();
            let own = context.unit_dir.directory(&cluster);
            fs::write(&own.join(place).join("a.conf"), text, 0o644).unwrap();
            assert_eq!(
                set_isolation(&context, &cluster).unwrap(),
                sets,
                "{place}: {text}"
            );
        }
    }

    #[test]
    fn all_drop_ins_of_a_cluster_are_listed() {
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
        let unit = UnitState {
            drop_in_paths: vec!["/unit.conf".to_owned()],
            ..UnitState::default()
        };
        let slice = UnitFiles {
            drop_in_paths: vec!["/slice.conf".to_owned()],
            ..UnitFiles::default()
        };
        expected.sort();
        let declared = crate::declaration::default_cluster(cluster);
        assert_eq!(
            of(&context, &declared, &[unit], &[slice]).unwrap(),
            expected
        );
    }
}
