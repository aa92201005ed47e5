//! A host for one test: directories, a user manager, a logind and a Podman, all of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Error, Result};
use kinc::declaration::{self, Source};
use kinc::edge::cancel::Cancel;
use kinc::edge::generator::Generator;
use kinc::edge::journal::Journal;
use kinc::edge::podman::Podman;
use kinc::edge::systemd::{Logind, Manager};
use kinc::model::cluster::{Cluster, ClusterName};
use kinc::ops::apply::{self, Action, Applied, Options};
use kinc::ops::{Context, ErrorWithHints, Limits, Report};
use kinc_ops::store::Store;
use serde_json::json;
use tempfile::TempDir;
use zbus::connection::Builder;
use zbus::{Connection, Guid, OwnedObjectPath, interface};

use crate::fake::{Fake, Scenario};
use crate::host::FakeHost;

/// The node's unit of the cluster `dev`.
pub(crate) const NODE: &str = "kinc-dev-control-plane.service";

/// Only there to end a test that would hang.
pub(crate) const LIMITS: Limits = Limits {
    wait: Duration::from_secs(20),
};

/// A host.
#[derive(Debug)]
pub(crate) struct World {
    directory: TempDir,
    pub(crate) fake: Fake,
    pub(crate) host: Arc<FakeHost>,
    pub(crate) store: Store,
    pub(crate) context: Context,
    client: Connection,
    told: RefCell<Vec<String>>,
}

impl World {
    /// Makes a host with the node image and nothing else.
    pub(crate) async fn new() -> World {
        // Memory takes what is to be on disk at once.
        let memory = Path::new("/dev/shm");
        let directory = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        let place = directory.path();
        let store = Store::new(place.join("podman"));
        for (path, text) in [
            ("runtime/.keep", ""),
            (
                "proc/sys/kernel/random/uuid",
                "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\n",
            ),
            (
                "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers",
                "cpu io memory pids\n",
            ),
        ] {
            fs::create_dir_all(place.join(path).parent().unwrap()).unwrap();
            fs::write(place.join(path), text).unwrap();
        }
        fs::create_dir(place.join("bin")).unwrap();
        for name in ["podman", "quadlet", "journalctl"] {
            symlink(env!("CARGO_BIN_EXE_stand-in"), place.join("bin").join(name)).unwrap();
        }
        let host = Arc::new(FakeHost::new(place.to_owned(), store.clone()));
        let (fake, client) = connect(host.clone()).await;
        let mut context = Context::below(place);
        context.podman = Podman::new(&place.join("bin/podman").display().to_string());
        context.generator = Generator::new(place.join("bin/quadlet"));
        context.journal = Journal::new(&place.join("bin/journalctl").display().to_string());
        context.logind = Some(Logind::new(client.clone()));
        let mut world = World {
            directory,
            fake,
            host,
            store,
            context,
            client,
            told: RefCell::default(),
        };
        world.next_kinc();
        world.has_image("sha-1");
        world
    }

    /// What is asked from now on is asked by another process: it has read nothing, and its user has not
    /// interrupted.
    pub(crate) fn next_kinc(&mut self) {
        let mut context = self.context.clone();
        context.manager = Some(Manager::new(self.client.clone()));
        self.context = context.cancelled_by(&Cancel::default());
    }

    /// Has the default node image be there, with this id.
    pub(crate) fn has_image(&self, id: &str) {
        let cluster = default("any");
        let image = json!({
            "Id": id,
            "RepoTags": [cluster.image],
            "Names": [cluster.image],
            "Labels": {
                "io.kinc.contract": kinc::edge::image::CONTRACT,
                "io.kinc.kubernetes": cluster.kubernetes_version,
            },
        });
        self.store.put("image", &cluster.image, &image);
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// The directory of a cluster.
    pub(crate) fn unit_dir(&self, cluster: &str) -> PathBuf {
        self.context.unit_dir.directory(&name(cluster))
    }

    /// Applies declarations; whatever is to be approved of is.
    pub(crate) async fn apply(&self, clusters: &[Cluster]) -> Result<Vec<Applied>> {
        self.apply_with(clusters, &options()).await
    }

    /// Applies default clusters as declared in one file, and returns its path and them.
    pub(crate) async fn apply_from_file<const N: usize>(
        &self,
        names: [&str; N],
    ) -> (PathBuf, [Cluster; N]) {
        let file = self.path("clusters.yaml");
        let clusters = names.map(|name| {
            let mut cluster = default(name);
            cluster.set_declared_in(Some(file.display().to_string()));
            cluster
        });
        self.apply(&clusters).await.unwrap();
        (file, clusters)
    }

    pub(crate) async fn apply_with(
        &self,
        clusters: &[Cluster],
        options: &Options,
    ) -> Result<Vec<Applied>> {
        let mut report = |report| self.report(report);
        let mut approve = async |_: &[_]| Ok(());
        let apply = apply::apply(&self.context, clusters, options, &mut approve, &mut report);
        // It is large, and every test that awaits it would be.
        Box::pin(apply).await
    }

    /// Takes what a use case tells; how a unit gets on is not told here.
    pub(crate) fn report(&self, report: Report) {
        let told = match report {
            Report::Done(what) | Report::Waiting(what) => what,
            Report::Warning(what) => format!("warning: {what}"),
            Report::Progress { .. } => return,
        };
        self.store.note(&format!("told {}", self.short(&told)));
        self.told.borrow_mut().push(self.short(&told));
    }

    /// Returns what was told since this was last asked.
    pub(crate) fn reports(&self) -> Vec<String> {
        self.told.take()
    }

    /// A text without the directory of this host.
    pub(crate) fn short(&self, text: &str) -> String {
        text.replace(&self.directory.path().display().to_string(), "")
    }

    /// Returns all that was asked of systemd, Podman and the generator, and all that was told, in its
    /// order, since this was last asked.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.store.take_calls();
        calls.iter().map(|call| self.short(call)).collect()
    }

    /// Returns those of them that change something, and what was told.
    pub(crate) fn changes(&self) -> Vec<String> {
        let asks = [
            "exists",
            "inspect",
            "ls",
            "-version",
            "-dryrun",
            "Subscribe",
            "Environment",
            "journalctl",
        ];
        let is_question = |call: &String| call.split(' ').any(|word| asks.contains(&word));
        let calls = self.calls().into_iter();
        calls.filter(|call| !is_question(call)).collect()
    }

    /// Returns the words of a failure and of its hints, without the directory of this host.
    pub(crate) fn words(&self, error: &Error) -> (String, Vec<String>) {
        let failure = error.downcast_ref::<ErrorWithHints>();
        let hints = failure.map(ErrorWithHints::hints).unwrap_or_default();
        (self.short(&format!("{error:#}")), hints.to_vec())
    }

    /// Returns all files below a place, by their paths there: mode and text.
    pub(crate) fn files(&self, place: &str) -> BTreeMap<String, (u32, String)> {
        let mut files = BTreeMap::new();
        collect(&self.path(place), "", &mut files);
        files
    }

    /// Returns the size of each file below a place and when it was changed, which costs no reading.
    pub(crate) fn marks(&self, place: &str) -> Vec<(PathBuf, u64, SystemTime)> {
        let mut marks = Vec::new();
        let mut pending = vec![self.path(place)];
        while let Some(path) = pending.pop() {
            let Ok(metadata) = fs::symlink_metadata(&path) else {
                continue;
            };
            if metadata.is_dir() {
                let entries = fs::read_dir(&path).into_iter().flatten();
                pending.extend(entries.map(|entry| entry.unwrap().path()));
            }
            marks.push((path, metadata.len(), metadata.modified().unwrap()));
        }
        marks
    }

    /// Has the connection to the manager end.
    pub(crate) async fn lose_manager(&self) {
        self.fake.connection.clone().close().await.unwrap();
    }
}

fn collect(directory: &Path, prefix: &str, files: &mut BTreeMap<String, (u32, String)>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        let metadata = fs::symlink_metadata(entry.path()).unwrap();
        if metadata.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            files.insert(name, (metadata.permissions().mode() & 0o777, text));
        }
    }
}

/// Makes a manager and a logind, and a connection to both.
async fn connect(host: Arc<FakeHost>) -> (Fake, Connection) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let user = format!(
        "/org/freedesktop/login1/user/_{}",
        kinc::edge::host::user_id()
    );
    let server = Builder::unix_stream(ours)
        .server(Guid::generate())
        .p2p()
        .serve_at("/org/freedesktop/login1", FakeLogind)
        .serve_at(user, FakeUser);
    let client = Builder::unix_stream(theirs).p2p().build();
    let serve = Fake::serve(server, Scenario::Held, &[], Some(host));
    let (fake, client) = tokio::join!(serve, client);
    (fake, client.unwrap())
}

/// A logind whose user lingers.
struct FakeLogind;

#[interface(name = "org.freedesktop.login1.Manager")]
impl FakeLogind {
    #[expect(clippy::unused_self, reason = "zbus prescribes it")]
    fn get_user(&self, uid: u32) -> OwnedObjectPath {
        OwnedObjectPath::try_from(format!("/org/freedesktop/login1/user/_{uid}")).unwrap()
    }
}

struct FakeUser;

#[interface(name = "org.freedesktop.login1.User")]
impl FakeUser {
    #[expect(clippy::unused_self, reason = "zbus prescribes it")]
    #[zbus(property)]
    fn linger(&self) -> bool {
        true
    }
}

/// What became of each cluster, an error as its words.
pub(crate) fn outcomes(applied: &[Applied]) -> Vec<Result<Action, String>> {
    let outcome = |one: &Applied| match &one.outcome {
        Ok(action) => Ok(*action),
        Err(error) => Err(format!("{error:#}")),
    };
    applied.iter().map(outcome).collect()
}

/// The name of a cluster.
pub(crate) fn name(name: &str) -> ClusterName {
    ClusterName::new(name).unwrap()
}

/// A cluster with nothing but a name.
pub(crate) fn default(cluster: &str) -> Cluster {
    declaration::default_cluster(name(cluster))
}

/// A cluster with a `spec:`, in YAML's flow style.
pub(crate) fn declared(cluster: &str, spec: &str) -> Cluster {
    let head = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\n";
    let text = &format!("{head}metadata: {{name: {cluster}}}\nspec: {spec}\n");
    let name = "cluster.yaml";
    declaration::parse(&[Source {
        name,
        text,
        directory: None,
    }])
    .unwrap()
    .remove(0)
}

/// How a test applies.
pub(crate) fn options() -> Options {
    Options {
        limits: LIMITS,
        parallel: 4,
        deletes_local_data: false,
        prune: Vec::new(),
    }
}
