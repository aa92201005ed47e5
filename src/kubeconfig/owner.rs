//! Whose an entry of a kubeconfig is: kinc's entries bear the mark of their cluster.
//!
//! The mark is an extension, which kubectl keeps, also when it renames a context. So the file itself
//! records under which names a cluster is in it.

use std::net::Ipv4Addr;

use crate::declaration::yaml::Value;
use crate::kubeconfig::entry::{CLUSTERS, List, name};
use crate::kubeconfig::file::File;
use crate::model::cluster::{ClusterName, Uid};

/// The name of the extension.
const MARK: &str = "kinc.dev/cluster";

/// The cluster that an entry is of, by what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Its name.
    pub cluster: ClusterName,
    /// Its uid; what has its name and another uid is of a former cluster, or of one on another host.
    pub uid: Option<Uid>,
    /// The URL of its server: entries of a time without marks are known by it.
    pub server: Option<String>,
}

/// Whose an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// The cluster's.
    Ours,
    /// That of a cluster of the same name: a former one, or one on another host.
    Namesake,
    /// Somebody else's.
    Others,
}

impl Owner {
    /// Returns what an entry is to hold, with the mark of the cluster, and the extensions of others that it
    /// had.
    pub(super) fn marked(&self, mut body: Value, before: Option<&Value>) -> Value {
        let mut extensions = extensions(before);
        extensions.retain(|extension| name(extension) != MARK);
        if let Some(uid) = &self.uid {
            let mark = Value::from([
                ("cluster", Value::from(self.cluster.as_str())),
                ("uid", Value::from(uid.as_str())),
            ]);
            extensions.push(Value::from([
                ("extension", mark),
                ("name", Value::from(MARK)),
            ]));
        }
        if !extensions.is_empty() {
            body.set("extensions", Value::from(extensions));
        }
        body
    }

    /// Tells whose an entry of a file is. One without a mark that has kinc's name for the cluster is known by
    /// the server of that name, where there is one; on this host it is that of a namesake at least.
    pub(super) fn claim(&self, file: &File, list: List, name: &str) -> Claim {
        let by_mark = |list| self.claim_by_mark(file.body(list, name)?);
        if let Some(claim) = by_mark(list) {
            return claim;
        }
        if name != self.cluster.context() {
            return Claim::Others;
        }
        if let Some(claim) = by_mark(CLUSTERS) {
            return claim;
        }
        let cluster = file.body(CLUSTERS, name);
        match cluster.map(|cluster| cluster.get("server").and_then(Value::as_str)) {
            Some(server) if server.is_some() && server == self.server.as_deref() => Claim::Ours,
            Some(Some(server)) if is_on_this_host(server) => Claim::Namesake,
            // Without that server, whoever made it meant another cluster: kinc's three entries have always come
            // together.
            Some(_) | None => Claim::Others,
        }
    }

    fn claim_by_mark(&self, body: &Value) -> Option<Claim> {
        let extensions = extensions(Some(body));
        let mark = extensions
            .iter()
            .find(|extension| name(extension) == MARK)?
            .get("extension")?;
        let text = |key| mark.get(key).and_then(Value::as_str);
        let is_namesake = text("cluster") == Some(self.cluster.as_str());
        Some(match &self.uid {
            Some(uid) if text("uid") == Some(uid.as_str()) => Claim::Ours,
            None if is_namesake => Claim::Ours,
            _ if is_namesake => Claim::Namesake,
            _ => Claim::Others,
        })
    }
}

fn extensions(body: Option<&Value>) -> Vec<Value> {
    match body.and_then(|body| body.get("extensions")) {
        Some(Value::Sequence(items)) => items.iter().map(|item| item.value.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Returns whether a URL leads to a loopback address.
fn is_on_this_host(server: &str) -> bool {
    let authority = server.strip_prefix("https://").unwrap_or(server);
    let host = authority.split(['/', ':']).next().unwrap_or_default();
    let address: Result<Ipv4Addr, _> = host.parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
