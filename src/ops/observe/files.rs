//! The files of a cluster: those on disk, and those that its declaration gives, read and rendered once.

use anyhow::Result;

use crate::model::cluster::Cluster;
use crate::ops::{Context, rendered};
use crate::resolve::{self, ResolvedCluster};
use crate::units::dialect::PodmanVersion;
use crate::units::file_set::FileSet;

/// The files of a cluster, read and rendered once.
#[derive(Debug)]
pub(crate) struct Files {
    /// Those on disk.
    pub(crate) there: FileSet,
    /// Those that its recorded declaration gives, or in one line why it gives none any more.
    pub(crate) rendered: Result<Rendered, String>,
}

/// The files that a declaration gives.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// The declaration, every value decided.
    pub(crate) resolved: ResolvedCluster,
    /// Its files.
    pub(crate) files: FileSet,
}

impl Rendered {
    /// Returns the files if they are also those of another declaration, which may have its fields in other
    /// places.
    pub(crate) fn files_of(mut self, other: &ResolvedCluster) -> Option<FileSet> {
        let places = &other.declaration.explicit;
        self.resolved.declaration.explicit.clone_from(places);
        (self.resolved == *other).then_some(self.files)
    }
}

pub(super) fn read(context: &Context, cluster: &Cluster, podman: PodmanVersion) -> Result<Files> {
    Ok(Files {
        there: context.unit_dir.load(&cluster.name)?,
        rendered: rendered_again(cluster, podman),
    })
}

/// Returns the files that a resolved declaration gives, or in one line why it gives none any more: it
/// was edited, or this kinc refuses what an earlier one took.
pub(crate) fn rendered_again(cluster: &Cluster, podman: PodmanVersion) -> Result<Rendered, String> {
    let render = || -> Result<Rendered> {
        let resolved = resolve::resolve_again(cluster)?;
        let files = rendered(&resolved, podman)?;
        Ok(Rendered { resolved, files })
    };
    render().map_err(|error| format!("{error:#}").replace('\n', "; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::{self, Source};
    use crate::model::cluster::Uid;
    use crate::units::file_set::DECLARATION;

    #[test]
    fn files_are_rendered_once_unless_something_is_declared_otherwise() {
        let parse = |text: &str| {
            let source = Source {
                name: "c.yaml",
                text,
                directory: None,
            };
            declaration::parse(&[source]).unwrap().remove(0)
        };
        let head = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\n";
        let patch = "kubeadmConfigPatches: ['{kind: ClusterConfiguration, caCertificateValidityPeriod: 9h}']";
        let node = "nodes: [{role: control-plane, labels: {a: b}}]";
        let declared = parse(&format!("{head}spec: {{{patch}, {node}}}\n"));
        let first = resolve::resolve(&declared, &resolve::InUse::default(), None).unwrap();
        let files = rendered(&first, PodmanVersion::NEWEST).unwrap();
        let recorded = parse(&files.get(DECLARATION).unwrap().text);
        let again = || rendered_again(&recorded, PodmanVersion::NEWEST).unwrap();
        let now = |declared: &Cluster| {
            let in_use = resolve::InUse::default();
            resolve::resolve(declared, &in_use, Some(&recorded)).unwrap()
        };
        assert_eq!(again().files_of(&now(&declared)), Some(files));
        let other = parse(&format!("{head}spec: {{{patch}}}\n"));
        assert_eq!(again().files_of(&now(&other)), None);
    }

    #[test]
    fn a_declaration_that_cannot_be_rendered_has_its_reasons_in_one_line() {
        let reason = |spec: &str| {
            let uid = Uid::nil();
            let head = format!(
                "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev, uid: {uid}}}\n"
            );
            let text = format!("{head}{spec}");
            let name = "c.yaml";
            let cluster = declaration::parse(&[Source {
                name,
                text: &text,
                directory: None,
            }])
            .unwrap()
            .remove(0);
            rendered_again(&cluster, PodmanVersion::NEWEST).err()
        };
        assert_eq!(reason(""), None);
        let port = "{containerPort: 80, hostPort: 8080}";
        let twice =
            "`spec.nodes[].extraPortMappings`: port 8080 is used by the mapping at c.yaml:4:58";
        assert_eq!(
            reason(&format!(
                "spec: {{nodes: [{{role: control-plane, extraPortMappings: [{port}, {port}, {port}]}}]}}\n"
            )),
            Some(format!("c.yaml:4:95: {twice}; c.yaml:4:132: {twice}"))
        );
        let patch = "{kind: ClusterConfiguration, clusterName: x}";
        let fixed = "`clusterName` of ClusterConfiguration cannot be changed by a patch: \
                     it follows from `metadata.name`";
        assert_eq!(
            reason(&format!("spec: {{kubeadmConfigPatches: ['{patch}']}}\n")),
            Some(format!("c.yaml:4:74: `spec.kubeadmConfigPatches`: {fixed}"))
        );
    }
}
