//! Out of all files of a list again: whatever is the cluster's, and nothing else.

use crate::kubeconfig::entry::{CLUSTERS, CONTEXTS, List, USERS};
use crate::kubeconfig::file::File;
use crate::kubeconfig::owner::{Claim, Owner};

/// What became of the contexts of a cluster, each with the file that it was in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Removed {
    /// Those that are gone.
    pub contexts: Vec<(String, usize)>,
    /// That of the cluster's own name, where it is not the cluster's.
    pub left: Vec<(String, usize)>,
}

/// Takes all entries of a cluster out of files.
///
/// When the current context is among them, there is none afterwards.
pub(crate) fn remove(files: &mut [File], owner: &Owner) -> Removed {
    let mut removed = Removed::default();
    for (index, file) in files.iter_mut().enumerate() {
        let own = owner.cluster.context();
        if file.has(CONTEXTS, &own) && owner.claim(file, CONTEXTS, &own) != Claim::Ours {
            removed.left.push((own, index));
        }
        // All before any goes: a context may be known by its cluster only.
        let gone = [CLUSTERS, CONTEXTS, USERS].map(|list| (list, of(file, list, owner)));
        for (list, names) in gone {
            for name in names {
                file.take_out(list, &name);
                if list == CONTEXTS {
                    removed.contexts.push((name, index));
                }
            }
        }
    }
    for (name, _) in &removed.contexts {
        if files.iter().any(|file| file.has(CONTEXTS, name)) {
            continue;
        }
        for file in files.iter_mut().filter(|file| file.current() == name) {
            file.set_current("");
        }
    }
    removed
}

fn of(file: &File, list: List, owner: &Owner) -> Vec<String> {
    let is_ours = |name: &&str| owner.claim(file, list, name) == Claim::Ours;
    file.names(list)
        .filter(is_ours)
        .map(str::to_owned)
        .collect()
}
