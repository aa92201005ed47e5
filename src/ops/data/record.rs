//! What the files of a cluster say of its data. Pure: texts in, a value out.

use std::path::{Path, PathBuf};

use crate::declaration::yaml::{self, Value};
use crate::model::cluster::{ClusterName, DataDir, NODE_DIRECTORIES, NodeName, Uid};
use crate::units::file_set::{DECLARATION, FileSet};
use crate::units::unit_names;

/// What the files of a cluster say of its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// It lies below this directory, and is marked with this uid.
    Kept(DataDir, Uid),
    /// There is none: an older kinc made the cluster, and kept its data in volumes.
    InVolumes,
    /// There is a declaration, and it does not say.
    Unreadable,
    /// There is no declaration.
    Lost,
}

/// Returns what the files of a cluster say of its data, its declaration before its unit: that one says it
/// too, and may be there when the other is lost or damaged.
pub(crate) fn record(cluster: &ClusterName, files: &FileSet) -> Record {
    let text = |name: &str| files.get(name).map(|file| file.text.as_str());
    let nodes = unit_names::nodes(cluster, files.iter().map(|(name, _)| name));
    let of_units = || {
        let mut units = nodes.iter();
        units.find_map(|node| of_unit(cluster, node, text(&format!("{node}.container"))?))
    };
    let declaration = text(DECLARATION);
    let declared = declaration.and_then(first_document);
    let kept = declared.as_ref().and_then(of_declaration);
    if let Some((base, uid)) = kept.or_else(of_units) {
        return Record::Kept(base, uid);
    }
    match (declaration, declared) {
        (_, Some(declared)) if is_of_older_kinc(cluster, &declared) => Record::InVolumes,
        (Some(_), _) => Record::Unreadable,
        (None, _) => Record::Lost,
    }
}

/// Returns the uid that a resolved declaration says, also one that holds what this kinc refuses.
pub(super) fn uid(declaration: &str) -> Option<Uid> {
    uid_of(&first_document(declaration)?)
}

fn uid_of(declared: &Value) -> Option<Uid> {
    let uid = at(declared, &["metadata", "uid"])?;
    uid.as_str().and_then(Uid::parse)
}

fn of_declaration(declared: &Value) -> Option<(DataDir, Uid)> {
    let base = at(declared, &["spec", "dataDir"])?.as_str()?;
    let base = Path::new(base).is_absolute().then(|| DataDir::new(base));
    Some((base?, uid_of(declared)?))
}

/// Such a declaration has all that was decided then, and nothing of data.
fn is_of_older_kinc(cluster: &ClusterName, declared: &Value) -> bool {
    let name = at(declared, &["metadata", "name"]).and_then(Value::as_str);
    name == Some(cluster.as_str())
        && at(declared, &["spec", "networking", "apiServerPort"]).is_some()
        && at(declared, &["metadata", "uid"]).is_none()
        && at(declared, &["spec", "dataDir"]).is_none()
}

fn first_document(text: &str) -> Option<Value> {
    let documents = yaml::parse(text).ok()?;
    documents.into_iter().next().map(|document| document.value)
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// Returns the data directory that the unit of a node mounts, and the uid that it passes to the node.
fn of_unit(cluster: &ClusterName, node: &NodeName, text: &str) -> Option<(DataDir, Uid)> {
    let uid = text
        .lines()
        .find_map(|line| line.strip_prefix("Environment=KINC_UID="))?;
    let mut asserted = text
        .lines()
        .filter_map(|line| line.strip_prefix("AssertPathExists="));
    let own = Path::new("clusters").join(cluster.as_str());
    let own = own.join(node.as_str());
    let base = asserted.find_map(|path| {
        // systemd has a specifier behind a single one.
        let path = path.replace("%%", "%");
        let mut own = NODE_DIRECTORIES.iter().map(|name| own.join(name));
        own.find_map(|own| above(Path::new(&path), &own))
    })?;
    Some((DataDir::new(base.to_string_lossy()), Uid::parse(uid)?))
}

/// Returns the path that another one was added to.
fn above(path: &Path, added: &Path) -> Option<PathBuf> {
    let count = added.components().count();
    path.ends_with(added)
        .then(|| path.ancestors().nth(count).map(Path::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::file_set::File;

    const UID: &str = "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f";

    fn found(declaration: Option<&str>, unit: Option<&str>) -> Record {
        let mut files = FileSet::default();
        let texts = [
            (DECLARATION, declaration),
            ("kinc-dev-control-plane.container", unit),
        ];
        for (name, text) in texts {
            if let Some(text) = text.map(str::to_owned) {
                files.insert(name.to_owned(), File { text, mode: 0o644 });
            }
        }
        record(&ClusterName::new("dev").unwrap(), &files)
    }

    fn kept(base: &str) -> Record {
        Record::Kept(DataDir::new(base), Uid::parse(UID).unwrap())
    }

    #[test]
    fn the_data_directory_is_read_from_a_partly_invalid_declaration() {
        let text = format!("metadata: {{uid: {UID}}}\nspec: {{dataDir: /big, unknown: 1}}\n");
        assert_eq!(found(Some(&text), None), kept("/big"));
    }

    #[test]
    fn a_unit_names_the_data_if_the_declaration_is_lost_or_damaged() {
        let unit = format!(
            "[Unit]\nAssertPathExists=/srv/50%% of it/clusters/dev/kinc-dev-control-plane/var\n\
             [Container]\nEnvironment=KINC_UID={UID}\n"
        );
        for declaration in [None, Some(""), Some("{"), Some("metadata: {name: dev}\n")] {
            assert_eq!(found(declaration, Some(&unit)), kept("/srv/50% of it"));
        }
        let other = unit.replace("clusters/dev", "clusters/web");
        assert_eq!(found(None, Some(&other)), Record::Lost);
        let other = unit.replace(UID, "dev");
        assert_eq!(found(Some("{"), Some(&other)), Record::Unreadable);
    }

    #[test]
    fn a_declaration_without_data_directory_is_unreadable_unless_it_is_old() {
        let older = "metadata: {name: dev}\nspec: {networking: {apiServerPort: 6443}}\n";
        let cases = [
            (None, Record::Lost),
            (Some(older), Record::InVolumes),
            (Some(""), Record::Unreadable),
            (Some("{"), Record::Unreadable),
            (
                Some("metadata: {name: web}\nspec: {networking: {apiServerPort: 6443}}\n"),
                Record::Unreadable,
            ),
            (Some("metadata: {name: dev}\n"), Record::Unreadable),
            (
                Some(
                    "metadata: {name: dev}\nspec: {dataDir: big, networking: {apiServerPort: 6443}}\n",
                ),
                Record::Unreadable,
            ),
        ];
        for (declaration, expected) in cases {
            assert_eq!(found(declaration, None), expected, "{declaration:?}");
        }
    }
}
