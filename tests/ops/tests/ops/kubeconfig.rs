//! The user's kubeconfig: printed, merged into, and cleared at a delete, beside whoever else writes it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use kinc::ops::kubeconfig::{self, MergedContext, Options};
use kinc::ops::{Report, delete, is_interrupted};

use crate::world::{LIMITS, World, default, name};

const ADMIN: &str = "apiVersion: v1\nkind: Config\ncurrent-context: a\n\
                     clusters: [{name: k, cluster: {server: 'https://10.200.0.2:6443'}}]\n\
                     contexts: [{name: a, context: {cluster: k, user: u}}]\n\
                     users: [{name: u, user: {token: t}}]\n";

/// Somebody else's context.
const OTHERS: &str = "apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts:\n- context:\n    \
                      cluster: mine\n    user: me\n  name: mine\ncurrent-context: mine\n";

/// A host with the cluster `dev`, as its first start leaves it.
async fn world() -> World {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let node = "data/kinc/clusters/dev/kinc-dev-control-plane/kubernetes";
    fs::write(world.path(node).join("admin.conf"), ADMIN).unwrap();
    world.reports();
    world
}

fn named(context: &str) -> Options {
    Options {
        context: Some(context.to_owned()),
        ..Options::default()
    }
}

async fn merge_with(world: &World, options: &Options) -> Result<Vec<MergedContext>> {
    let mut report = |report| world.report(report);
    kubeconfig::merge_into_users(&world.context, &name("dev"), options, &mut report).await
}

async fn merge(world: &World) -> Result<Vec<MergedContext>> {
    merge_with(world, &Options::default()).await
}

async fn delete(world: &World) {
    let mut report = |report| world.report(report);
    let options = delete::Options::within(LIMITS);
    let deleted = delete::delete(&world.context, &name("dev"), &options, &mut report).await;
    assert!(deleted.unwrap());
}

/// Has the user's kubeconfig be these files.
fn list(world: &mut World, names: &[&str]) -> Vec<PathBuf> {
    let paths: Vec<PathBuf> = names.iter().map(|name| world.path(name)).collect();
    world.context.kubeconfigs.clone_from(&paths);
    paths
}

/// The mode and the text of a file, and all names in its directory that begin like it.
fn found(world: &World, name: &str) -> (u32, String) {
    world.files("").remove(name).unwrap()
}

fn contexts(world: &World, name: &str) -> Vec<String> {
    let text = found(world, name).1;
    let (_, list) = text.split_once("contexts:\n").unwrap();
    let own = list.lines().take_while(|line| line.starts_with([' ', '-']));
    let names = own.filter_map(|line| line.strip_prefix("  name: "));
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_kubeconfig_is_available_once_initialised_even_while_stopped() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let error = kubeconfig::read(&world.context, &name("dev")).unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "cluster `dev` has not been initialised yet".to_owned(),
            vec!["kinc start dev".to_owned()]
        )
    );
    let node = "data/kinc/clusters/dev/kinc-dev-control-plane/kubernetes";
    fs::write(world.path(node).join("admin.conf"), ADMIN).unwrap();
    let options = Options {
        set_current: true,
        ..Options::default()
    };
    let merged = merge_with(&world, &options).await.unwrap();
    let (context, file) = ("kinc-dev".to_owned(), world.path("kubeconfig"));
    assert_eq!(merged, [MergedContext { context, file }]);
    let printed = kubeconfig::read(&world.context, &name("dev")).unwrap();
    let expected = printed.document("kinc-dev");
    assert_eq!(found(&world, "kubeconfig"), (0o600, expected));
    assert!(!world.path("kubeconfig.lock").exists());
}

#[tokio::test]
async fn a_file_keeps_its_links_mode_and_other_entries() {
    let mut world = world().await;
    list(&mut world, &["a"]);
    fs::write(world.path("kept"), OTHERS).unwrap();
    fs::set_permissions(world.path("kept"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("b", world.path("a")).unwrap();
    symlink(world.path("kept"), world.path("b")).unwrap();
    merge(&world).await.unwrap();
    assert_eq!(fs::read_link(world.path("a")).unwrap(), PathBuf::from("b"));
    assert_eq!(found(&world, "kept").0, 0o640);
    assert_eq!(contexts(&world, "kept"), ["mine", "kinc-dev"]);
    delete(&world).await;
    assert_eq!(found(&world, "kept"), (0o640, OTHERS.to_owned()));
    assert_eq!(fs::read_link(world.path("a")).unwrap(), PathBuf::from("b"));
}

#[tokio::test]
async fn a_lock_of_kubectl_is_waited_for() {
    let world = world().await;
    let lock = world.path("kubeconfig.lock");
    fs::write(&lock, "").unwrap();
    let mut report = |report: Report| {
        if matches!(report, Report::Waiting(_)) {
            fs::remove_file(&lock).unwrap();
        }
        world.report(report);
    };
    let (dev, options) = (name("dev"), Options::default());
    let merged = kubeconfig::merge_into_users(&world.context, &dev, &options, &mut report);
    merged.await.unwrap();
    let waiting = "waiting up to 15 s for `/kubeconfig.lock`, the lock of kubectl, to go away";
    assert_eq!(world.reports(), [waiting]);
    assert_eq!(contexts(&world, "kubeconfig"), ["kinc-dev"]);
    assert!(!lock.exists());
}

/// Leaves a lock behind that was made three hours ago, and shortens the wait for it.
fn leave_lock(world: &mut World) -> PathBuf {
    world.context.kubeconfig_lock_limit = Duration::from_millis(50);
    let lock = world.path("kubeconfig.lock");
    let hours_ago = SystemTime::now() - Duration::from_hours(3);
    fs::File::create(&lock)
        .unwrap()
        .set_modified(hours_ago)
        .unwrap();
    lock
}

#[tokio::test]
async fn a_stale_lock_stays_and_is_reported_with_its_age_and_how_to_remove_it() {
    let mut world = world().await;
    let lock = leave_lock(&mut world);
    let error = merge(&world).await.unwrap_err();
    let expected = "`/kubeconfig.lock`, 3h old, did not go away within 0.05 s: another program is \
                    writing the kubeconfig, or was killed while it did";
    let rm = format!("rm {}", lock.display());
    assert_eq!(world.words(&error), (expected.to_owned(), vec![rm]));
    let waiting =
        "waiting up to 0.05 s for `/kubeconfig.lock`, the lock of kubectl, 3h old, to go away";
    assert_eq!(world.reports(), [waiting]);
    assert!(lock.exists() && !world.path("kubeconfig").exists());
}

#[tokio::test]
async fn a_delete_skips_a_locked_kubeconfig() {
    let mut world = world().await;
    merge(&world).await.unwrap();
    let before = found(&world, "kubeconfig");
    leave_lock(&mut world);
    delete(&world).await;
    let expected = "warning: no context was removed from the kubeconfig: `/kubeconfig.lock`, 3h old, did not go \
                    away within 0.05 s: another program is writing the kubeconfig, or was killed while it did; \
                    rm /kubeconfig.lock";
    assert_eq!(world.reports().last().unwrap(), expected);
    assert_eq!(found(&world, "kubeconfig"), before);
}

#[tokio::test]
async fn a_wait_for_the_kubeconfig_lock_can_be_interrupted() {
    let world = world().await;
    fs::write(world.path("kubeconfig.lock"), "").unwrap();
    let mut report = |report: Report| {
        if matches!(report, Report::Waiting(_)) {
            world.context.cancel.cancel();
        }
    };
    let (dev, options) = (name("dev"), Options::default());
    let merged = kubeconfig::merge_into_users(&world.context, &dev, &options, &mut report);
    let error = merged.await.unwrap_err();
    assert!(is_interrupted(&error));
    assert_eq!(error.to_string(), "interrupted; nothing was written");
    assert!(!world.path("kubeconfig").exists());
}

#[tokio::test]
async fn a_file_that_kubectl_rejects_is_named_and_unlocked() {
    let mut world = world().await;
    list(&mut world, &["a", "b"]);
    fs::write(world.path("a"), OTHERS).unwrap();
    fs::write(world.path("b"), "users:\n- name: x\n- name: x\n").unwrap();
    let options = Options {
        context: Some("my work".to_owned()),
        set_current: true,
    };
    let error = merge_with(&world, &options).await.unwrap_err();
    let expected = "reading `/b`: not a kubeconfig: `users` has the name `x` twice, in lines 2 and 3; remove one";
    let without = format!(
        "KUBECONFIG={} kinc kubeconfig dev --merge --context 'my work' --set-current",
        world.path("a").display()
    );
    assert_eq!(world.words(&error), (expected.to_owned(), vec![without]));
    let files = world.files("").into_keys();
    let left: Vec<String> = files.filter(|name| !name.contains('/')).collect();
    assert_eq!(left, ["a", "b"]);
    assert_eq!(found(&world, "a").1, OTHERS);
    // What it is worth is the user's matter when there is no cluster any more.
    merge_without_b(&mut world).await;
    list(&mut world, &["b", "a"]);
    delete(&world).await;
    let told = world.reports();
    assert!(told.contains(&format!(
        "warning: no context was removed from a file: {expected}"
    )));
    assert!(told.contains(&"removed context kinc-dev from /a".to_owned()));
    assert_eq!(found(&world, "a").1, OTHERS);
}

async fn merge_without_b(world: &mut World) {
    list(world, &["a"]);
    merge(world).await.unwrap();
}

#[tokio::test]
async fn of_several_missing_files_the_last_is_created_with_its_directory() {
    let mut world = world().await;
    list(&mut world, &["none/a", "new/b"]);
    merge(&world).await.unwrap();
    let files = world.files("").into_keys();
    let new: Vec<String> = files.filter(|name| name.starts_with('n')).collect();
    assert_eq!(new, ["new/b"]);
    assert!(!world.path("none").exists());
}

#[tokio::test]
async fn one_file_with_two_names_has_one_lock() {
    let mut world = world().await;
    fs::create_dir(world.path("real")).unwrap();
    symlink("real", world.path("linked")).unwrap();
    world.context.kubeconfig_lock_limit = Duration::from_millis(50);
    list(&mut world, &["linked/a", "real/a"]);
    merge(&world).await.unwrap();
    assert_eq!(contexts(&world, "real/a"), ["kinc-dev"]);
}

#[tokio::test]
async fn a_chosen_context_name_is_kept_and_a_foreign_one_rejected() {
    let world = world().await;
    fs::write(world.path("kubeconfig"), OTHERS).unwrap();
    let error = merge_with(&world, &named("mine")).await.unwrap_err();
    let expected =
        "the context `mine` in `/kubeconfig` is not of cluster `dev`; nothing was written";
    let hint = "kinc kubeconfig dev --merge --context NAME";
    assert_eq!(
        world.words(&error),
        (expected.to_owned(), vec![hint.to_owned()])
    );
    assert_eq!(found(&world, "kubeconfig").1, OTHERS);

    merge_with(&world, &named("staging")).await.unwrap();
    let again = merge(&world).await.unwrap();
    assert_eq!(again[0].context, "staging");
    assert_eq!(contexts(&world, "kubeconfig"), ["mine", "staging"]);
    let shown = kubeconfig::context_name(&world.context, &name("dev"));
    assert_eq!(shown, "staging");
    delete(&world).await;
    assert!(
        world
            .reports()
            .contains(&"removed context staging from /kubeconfig".to_owned())
    );
    assert_eq!(found(&world, "kubeconfig").1, OTHERS);
}

#[tokio::test]
async fn a_context_of_a_former_cluster_is_replaced_with_a_warning_and_kept_at_a_delete() {
    let world = world().await;
    merge(&world).await.unwrap();
    let text = found(&world, "kubeconfig").1;
    let uid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    let former = text.replace(uid, "00000000-0000-0000-0000-000000000000");
    assert_ne!(former, text);
    fs::write(world.path("kubeconfig"), &former).unwrap();
    merge(&world).await.unwrap();
    let replaced =
        "warning: context kinc-dev in /kubeconfig was of another cluster dev, and is replaced";
    assert_eq!(world.reports(), [replaced]);
    assert_eq!(found(&world, "kubeconfig").1, text);

    fs::write(world.path("kubeconfig"), &former).unwrap();
    delete(&world).await;
    let left = "warning: context kinc-dev in /kubeconfig is of another cluster, and stays";
    assert!(world.reports().contains(&left.to_owned()));
    assert_eq!(found(&world, "kubeconfig").1, former);
}
