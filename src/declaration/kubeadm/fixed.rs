//! What of kubeadm's configuration kinc decides itself, and where it is said instead.

mod table;

pub(crate) use crate::declaration::kubeadm::fixed::table::FIXED;

use crate::declaration::kubeadm::{INIT, JOIN};
use crate::declaration::yaml::Value;

/// A field that certificates, etcd, the network, the node image or kinc itself are made by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixed {
    /// The kind of the document.
    pub kind: &'static str,
    /// Names between points; an argument is one below `extraArgs`.
    pub path: &'static str,
    /// Where its value comes from, and so where it can be changed.
    pub instead: &'static str,
    /// What becomes of it in a file for kind.
    pub in_kind: KindMapping,
    /// What the values begin with that may be set all the same.
    pub except: Option<&'static str>,
}

/// What becomes of a fixed field in a file for kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KindMapping {
    /// It is this field of `spec`.
    Moves(&'static str),
    /// It is left out, since no value of it means anything here.
    MeansNothing,
    /// It is left out with one of these values, which change nothing; with another it is lost.
    Same(&'static [&'static str]),
}

/// How a node registers, which is the same for one that joins.
const REGISTRATION: &str = "nodeRegistration.";

/// Where more patches of kubeadm are in the node.
const PATCHES: &str = "patches.directory";

/// Returns what kinc decides itself of a document of this kind.
pub(crate) fn fixed_fields(kind: &str) -> impl Iterator<Item = Fixed> {
    let of_kind = move |fixed: &Fixed| match kind {
        JOIN => {
            let is_shared = fixed.path.starts_with(REGISTRATION) || fixed.path == PATCHES;
            fixed.kind == INIT && is_shared
        }
        kind => fixed.kind == kind,
    };
    let named = move |fixed: Fixed| match kind {
        JOIN => Fixed {
            kind: JOIN,
            ..fixed
        },
        _ => fixed,
    };
    FIXED.into_iter().filter(of_kind).map(named)
}

/// Returns a field that a patch may give no value.
const fn fixed(
    kind: &'static str,
    path: &'static str,
    in_kind: KindMapping,
    instead: &'static str,
) -> Fixed {
    Fixed {
        kind,
        path,
        instead,
        in_kind,
        except: None,
    }
}

impl Fixed {
    /// Returns whether a patch may set this value.
    #[must_use]
    pub(crate) fn allows(&self, value: &Value) -> bool {
        let Some(beginning) = self.except else {
            return false;
        };
        match value {
            Value::Sequence(items) => items.iter().all(|item| self.allows(&item.value)),
            value => value
                .as_str()
                .is_some_and(|text| text.starts_with(beginning)),
        }
    }

    /// Says that a patch may not change it.
    #[must_use]
    pub(crate) fn refusal(&self) -> String {
        let Self {
            kind,
            path,
            instead,
            ..
        } = self;
        format!("`{path}` of {kind} cannot be changed by a patch: {instead}")
    }

    const fn except(self, beginning: &'static str) -> Self {
        Self {
            except: Some(beginning),
            ..self
        }
    }
}
