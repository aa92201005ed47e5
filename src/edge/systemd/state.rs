//! Reads a unit: one `GetAll` of its Unit interface and one of its Service interface; or its files alone.
//!
//! Nothing is cached, and no value is guessed: what systemd leaves unset stays unset.

use crate::job::{Assertion, UnitFiles, UnitState};
use zbus::message::{Message, Sequence};
use zbus::{Connection, DeserializeDict, ObjectPath, OwnedObjectPath, OwnedVariant, Type};

use crate::edge::systemd::proxies::SYSTEMD;

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const SERVICE: &str = "org.freedesktop.systemd1.Service";

/// A unit as it was read, and the place of the answer among the messages of the connection.
pub(crate) struct Reading {
    pub(crate) state: UnitState,
    /// Signals before this place are older than the status text in `state`.
    pub(crate) position: Sequence,
}

/// The names of the units that this one depends on.
#[derive(Debug, Default, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub(crate) struct DependencyProperties {
    pub(crate) requires: Option<Vec<String>>,
    pub(crate) requisite: Option<Vec<String>>,
    pub(crate) binds_to: Option<Vec<String>>,
    pub(crate) after: Option<Vec<String>>,
}

#[derive(Debug, Default, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
struct UnitProperties {
    id: Option<String>,
    load_state: Option<String>,
    load_error: Option<(String, String)>,
    active_state: Option<String>,
    sub_state: Option<String>,
    need_daemon_reload: Option<bool>,
    fragment_path: Option<String>,
    source_path: Option<String>,
    drop_in_paths: Option<Vec<String>>,
    unit_file_state: Option<String>,
    active_enter_timestamp: Option<u64>,
    #[zbus(rename = "InvocationID")]
    invocation_id: Option<Vec<u8>>,
    job: Option<(u32, OwnedObjectPath)>,
    asserts: Option<Vec<Assert>>,
}

/// An assertion: its kind, whether one of several suffices, whether it is negated, what it is about,
/// and how it was found when the unit was last to start: 1 to hold, -1 not to, 0 not looked at.
type Assert = (String, bool, bool, String, i32);

#[derive(Debug, Default, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
struct ServiceProperties {
    status_text: Option<String>,
    result: Option<String>,
    n_restarts: Option<u32>,
    exec_main_code: Option<i32>,
    exec_main_status: Option<i32>,
    #[zbus(rename = "MainPID")]
    main_pid: Option<u32>,
    memory_current: Option<u64>,
    exec_start: Option<Vec<ExecCommand>>,
}

/// A command: its program, all its words, whether failure counts, and how it ran.
type ExecCommand = (String, Vec<String>, bool, u64, u64, u64, u64, u32, i32, i32);

/// How the paths of services end: their names, escaped.
const SERVICE_PATH: &str = "_2eservice";

/// Reads the unit at this path. A unit that is not a service has no service properties.
pub(crate) async fn read(connection: &Connection, path: &ObjectPath<'_>) -> zbus::Result<Reading> {
    // Both calls go out at once and in this order. The service is read after the unit, so a
    // unit that is seen to have failed comes with the result that says how.
    let service = async {
        if path.ends_with(SERVICE_PATH) {
            Some(get_all(connection, path, SERVICE).await)
        } else {
            None
        }
    };
    let (unit, service) = tokio::join!(get_all(connection, path, UNIT), service);
    let unit = unit?;
    let (service, position) = match service {
        Some(Ok(reply)) => (reply.body().deserialize()?, reply.recv_position()),
        Some(Err(error)) if !is_absent(&error) => return Err(error),
        _ => (ServiceProperties::default(), unit.recv_position()),
    };
    let state = state(unit.body().deserialize()?, service);
    Ok(Reading { state, position })
}

/// Reads what the unit at this path was loaded from.
pub(crate) async fn files(
    connection: &Connection,
    name: &str,
    path: &ObjectPath<'_>,
) -> zbus::Result<UnitFiles> {
    let (fragment, drop_ins) = tokio::join!(
        get(connection, path, "FragmentPath"),
        get(connection, path, "DropInPaths"),
    );
    Ok(UnitFiles {
        name: name.to_owned(),
        fragment_path: fragment?.try_into()?,
        drop_in_paths: drop_ins?.try_into()?,
    })
}

/// Reads what the unit at this path depends on.
pub(crate) async fn needs(
    connection: &Connection,
    path: &ObjectPath<'_>,
) -> zbus::Result<DependencyProperties> {
    get_all(connection, path, UNIT).await?.body().deserialize()
}

async fn get_all(
    connection: &Connection,
    path: &ObjectPath<'_>,
    interface: &str,
) -> zbus::Result<Message> {
    connection
        .call_method(Some(SYSTEMD), path, Some(PROPERTIES), "GetAll", &interface)
        .await
}

async fn get(
    connection: &Connection,
    path: &ObjectPath<'_>,
    property: &str,
) -> zbus::Result<OwnedVariant> {
    let arguments = &(UNIT, property);
    let reply = connection.call_method(Some(SYSTEMD), path, Some(PROPERTIES), "Get", arguments);
    reply.await?.body().deserialize()
}

fn is_absent(error: &zbus::Error) -> bool {
    use zbus::fdo::Error::{UnknownInterface, UnknownProperty};
    matches!(error, zbus::Error::FDO(error)
        if matches!(**error, UnknownInterface(_) | UnknownProperty(_)))
}

fn state(unit: UnitProperties, service: ServiceProperties) -> UnitState {
    UnitState {
        name: unit.id.unwrap_or_default(),
        load_state: unit.load_state.unwrap_or_default(),
        load_error: unit.load_error.unwrap_or_default().1,
        active_state: unit.active_state.unwrap_or_default(),
        sub_state: unit.sub_state.unwrap_or_default(),
        status_text: service.status_text.unwrap_or_default(),
        result: service.result.unwrap_or_default(),
        n_restarts: service.n_restarts.unwrap_or_default(),
        exec_main_code: service.exec_main_code.unwrap_or_default(),
        exec_main_status: service.exec_main_status.unwrap_or_default(),
        main_pid: service.main_pid.unwrap_or_default(),
        need_daemon_reload: unit.need_daemon_reload.unwrap_or_default(),
        fragment_path: unit.fragment_path.unwrap_or_default(),
        source_path: unit.source_path.unwrap_or_default(),
        drop_in_paths: unit.drop_in_paths.unwrap_or_default(),
        exec_start: service
            .exec_start
            .and_then(|commands| commands.into_iter().next())
            .map(|command| command.1)
            .unwrap_or_default(),
        unit_file_state: unit.unit_file_state.unwrap_or_default(),
        active_enter_usec: unit
            .active_enter_timestamp
            .and_then(set)
            .filter(|&usec| usec > 0),
        invocation_id: hex(&unit.invocation_id.unwrap_or_default()),
        memory_current: service.memory_current.and_then(set),
        job: unit.job.map(|(id, _)| id).filter(|&id| id > 0),
        failed_assertions: failed(unit.asserts.unwrap_or_default()),
    }
}

fn failed(asserts: Vec<Assert>) -> Vec<Assertion> {
    let failed = asserts.into_iter().filter(|assert| assert.4 < 0);
    failed
        .map(|(kind, _, is_negated, parameter, _)| Assertion {
            kind,
            is_negated,
            parameter,
        })
        .collect()
}

/// systemd sends the largest number for "[not set]".
fn set(number: u64) -> Option<u64> {
    (number != u64::MAX).then_some(number)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_checked_assertions_can_fail() {
        let assert = |parameter: &str, result| {
            let kind = "AssertPathExists".to_owned();
            (kind, false, false, parameter.to_owned(), result)
        };
        let failed = failed(vec![assert("/a", 1), assert("/b", -1), assert("/c", 0)]);
        let expected = Assertion {
            kind: "AssertPathExists".to_owned(),
            is_negated: false,
            parameter: "/b".to_owned(),
        };
        assert_eq!(failed, [expected]);
    }
}
