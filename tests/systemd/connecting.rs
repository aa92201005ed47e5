//! What is said when there is no bus to connect to.

use crate::skip::skip;
use kinc::edge::systemd::{Error, Manager, NoBus};
use std::os::unix::net::UnixListener;
use std::path::Path;

#[track_caller]
fn why(connected: Result<Manager, Error>) -> NoBus {
    match connected {
        Err(Error::NoBus { why, .. }) => why,
        other => panic!("unexpected: {other:?}"),
    }
}

#[tokio::test]
async fn a_missing_runtime_directory_means_that_there_is_no_session() {
    let directory = tempfile::tempdir().unwrap();
    let connected = Manager::connect(&directory.path().join("1000")).await;
    assert_eq!(why(connected), NoBus::NoSession);
}

#[tokio::test]
async fn a_missing_socket_means_that_there_is_no_user_bus() {
    let directory = tempfile::tempdir().unwrap();
    let error = Manager::connect(directory.path()).await.unwrap_err();
    let hint = "sudo apt install dbus-user-session, then log in again";
    assert_eq!(error.hint().as_deref(), Some(hint));
    assert_eq!(why(Err(error)), NoBus::NoSocket);
}

#[tokio::test]
async fn a_file_in_place_of_the_socket_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("bus");
    std::os::unix::fs::symlink("/dev/null", place).unwrap();
    assert_eq!(
        why(Manager::connect(directory.path()).await),
        NoBus::NotASocket
    );
}

#[tokio::test]
async fn a_socket_that_nobody_listens_on_is_unreachable() {
    let directory = tempfile::tempdir().unwrap();
    drop(UnixListener::bind(directory.path().join("bus")).unwrap());
    let connected = Manager::connect(directory.path()).await;
    let refused = NoBus::Unreachable("Connection refused (os error 111)".to_owned());
    assert_eq!(why(connected), refused);
}

#[tokio::test]
async fn the_bus_of_another_user_is_not_connected_to() {
    if !rustix::process::geteuid().is_root() {
        return skip("no root, who alone makes a socket that belongs to somebody else");
    }
    let directory = tempfile::tempdir().unwrap();
    let place: &Path = &directory.path().join("bus");
    let _listener = UnixListener::bind(place).unwrap();
    std::os::unix::fs::chown(place, Some(4711), None).unwrap();
    let connected = Manager::connect(directory.path()).await;
    assert_eq!(why(connected), NoBus::NotOurs { owner: 4711 });
}
