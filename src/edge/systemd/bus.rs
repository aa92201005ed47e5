//! Finds and checks the user bus. No call to systemd is made here.

use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use zbus::Connection;

use crate::edge::systemd::call::call;
use crate::edge::systemd::error::{Error, NoBus, Result};
use crate::edge::systemd::limits::RELOAD_TIMEOUT;

/// Connects to the user bus in the runtime directory.
pub(crate) async fn connect(runtime_dir: &Path) -> Result<Connection> {
    let socket = runtime_dir.join("bus");
    let no_bus = |why| Error::NoBus {
        socket: socket.clone(),
        why,
    };
    check_socket(&socket, runtime_dir).map_err(no_bus)?;
    // An open stream instead of an address: a path in an address would need escaping.
    let stream = UnixStream::connect(&socket)
        .map_err(|error| no_bus(NoBus::Unreachable(error.to_string())))?;
    let connected = zbus::connection::Builder::unix_stream(stream)
        .method_timeout(RELOAD_TIMEOUT)
        .build();
    call(&format!("connecting to `{}`", socket.display()), connected).await
}

/// Checks what connecting alone would report as a bare `No such file or directory`.
fn check_socket(socket: &Path, runtime_dir: &Path) -> std::result::Result<(), NoBus> {
    let metadata = match socket.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound && runtime_dir.is_dir() => {
            return Err(NoBus::NoSocket);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(NoBus::NoSession),
        Err(error) => return Err(NoBus::Unreachable(error.to_string())),
    };
    if !metadata.file_type().is_socket() {
        return Err(NoBus::NotASocket);
    }
    match metadata.uid() {
        owner if owner == rustix::process::geteuid().as_raw() => Ok(()),
        owner => Err(NoBus::NotOurs { owner }),
    }
}
