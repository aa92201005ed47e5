//! Kubeconfig documents: from kubeadm's `admin.conf`, into the user's own files, and out of them again.
//!
//! Pure edits of what the files of a list hold, in the way in which kubectl edits them; finding, locking,
//! reading and writing the files is the work of others.

mod entry;
mod file;
mod merge;
mod owner;
mod remove;
mod schema;

use std::fmt;

pub(crate) use crate::kubeconfig::file::File;
pub(crate) use crate::kubeconfig::merge::{Merged, NotOurs, merge, recorded};
pub(crate) use crate::kubeconfig::owner::Owner;
pub(crate) use crate::kubeconfig::remove::remove;

use crate::declaration::yaml::{self, Value};
use crate::kubeconfig::entry::{CLUSTERS, CONTEXTS, List, USERS};

/// A kubeconfig of one cluster, complete by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubeconfig {
    owner: Owner,
    /// What is said of the cluster: its address, and its CA.
    cluster: Value,
    /// What is said of the user: its certificate, and its key.
    user: Value,
}

/// Says why a text is not a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvalidKubeconfig(String);

/// Returns the kubeconfig of a cluster for use from the host, where its server has the owner's URL.
///
/// # Errors
/// When `admin_conf` is not what kubeadm writes.
pub(crate) fn rewrite(admin_conf: &str, owner: &Owner) -> Result<Kubeconfig, InvalidKubeconfig> {
    let file = File::parse(Some(admin_conf))?;
    let missing = |what: &str| InvalidKubeconfig(format!("it has no {what}"));
    let current = match file.current() {
        "" => return Err(missing("current context")),
        current => current,
    };
    let context = file.body(CONTEXTS, current);
    let context = context.ok_or_else(|| missing(&format!("context `{current}`")))?;
    let follow = |list: List| {
        let name = context.get(list.entry).and_then(Value::as_str)?;
        file.body(list, name).cloned()
    };
    let mut cluster = follow(CLUSTERS).ok_or_else(|| missing("cluster"))?;
    let user = follow(USERS).ok_or_else(|| missing("user"))?;
    if let Some(server) = &owner.server {
        cluster.set("server", Value::from(server.as_str()));
    }
    Ok(Kubeconfig {
        owner: owner.clone(),
        cluster,
        user,
    })
}

impl Kubeconfig {
    /// Returns it as a whole document, with this name for its context, its cluster and its user.
    #[must_use]
    pub fn document(&self, name: &str) -> String {
        let mut root = Value::from([
            ("apiVersion", Value::from("v1")),
            ("kind", Value::from("Config")),
        ]);
        let context = Value::from([("cluster", Value::from(name)), ("user", Value::from(name))]);
        for (list, body) in [
            (CLUSTERS, self.cluster.clone()),
            (CONTEXTS, context),
            (USERS, self.user.clone()),
        ] {
            let body = self.owner.marked(body, None);
            root.set(list.key, Value::from(vec![list.item(name, body)]));
        }
        root.set("current-context", Value::from(name));
        yaml::to_string(&root)
    }
}

impl fmt::Display for InvalidKubeconfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a kubeconfig: {}", self.0)
    }
}

impl std::error::Error for InvalidKubeconfig {}

#[cfg(test)]
mod tests;
