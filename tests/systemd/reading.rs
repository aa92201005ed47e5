//! Calls without a wait: reading units and the manager, reload, reset, links, refusals.

use crate::fake::{Facts, Fake, Scenario, UNIT};
use crate::{LIMIT, ignore, manager, starting, stopped};
use kinc::edge::systemd::Manager;
use kinc::job::UnitState;
use std::collections::BTreeMap;
use std::future::pending;
use std::path::Path;

#[tokio::test]
async fn a_unit_is_read_completely_and_unset_numbers_are_none() {
    let mut facts = starting();
    facts.status_text = "starting CRI-O";
    facts.exec_main = (2, 9);
    facts.n_restarts = 3;
    facts.job = 7;
    let (_fake, manager) = manager(Scenario::Held, facts).await;
    let text = str::to_owned;
    assert_eq!(
        manager.unit(UNIT).await.unwrap(),
        UnitState {
            name: text(UNIT),
            load_state: text("loaded"),
            active_state: text("activating"),
            sub_state: text("start"),
            status_text: text("starting CRI-O"),
            result: text("success"),
            n_restarts: 3,
            exec_main_code: 2,
            exec_main_status: 9,
            main_pid: 4711,
            invocation_id: text("0fa0"),
            active_enter_usec: None,
            memory_current: None,
            job: Some(7),
            ..UnitState::default()
        }
    );
}

#[tokio::test]
async fn a_unit_that_is_not_a_service_can_be_read() {
    let mut facts = Facts::new("active", "active");
    (facts.active_enter, facts.memory) = (1_700_000_000_000_000, 5);
    let units = [("kinc.target", facts.clone()), (UNIT, facts)];
    let (_fake, connection) = Fake::peer_to_peer(Scenario::Held, &units).await;
    let manager = Manager::new(connection);
    let target = manager.unit("kinc.target").await.unwrap();
    let service = manager.unit(UNIT).await.unwrap();
    let numbers = [target, service]
        .into_iter()
        .map(|unit| (unit.active_enter_usec, unit.memory_current));
    let active_enter = Some(1_700_000_000_000_000);
    let expected = [(active_enter, None), (active_enter, Some(5))];
    assert_eq!(numbers.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn state_read_after_a_reload_is_fresh() {
    let mut facts = stopped();
    facts.load_state = "not-found";
    let (fake, manager) = manager(Scenario::Held, facts).await;
    let before = manager.unit(UNIT).await.unwrap().load_state;
    manager.reload().await.unwrap();
    // systemd calls the load state constant and sends no signal for it.
    fake.set(UNIT, |facts| facts.load_state = "loaded");
    let after = manager.unit(UNIT).await.unwrap().load_state;
    assert_eq!((before.as_str(), after.as_str()), ("not-found", "loaded"));
}

#[tokio::test]
async fn the_environment_and_the_cgroup_of_the_manager_are_read() {
    let (_fake, manager) = manager(Scenario::Held, stopped()).await;
    let environment = [("HOME", "/home/ops"), ("LS_COLORS", "a=b")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(
        manager.environment().await.unwrap(),
        &BTreeMap::from(environment)
    );
    assert_eq!(
        manager.control_group().await.unwrap(),
        "/user.slice/user-1000.slice/user@1000.service"
    );
}

#[tokio::test]
async fn resetting_reaches_the_manager() {
    let (mut fake, manager) = manager(Scenario::Held, stopped()).await;
    manager.reset_failed(UNIT).await.unwrap();
    assert_eq!(fake.calls(), [format!("ResetFailedUnit {UNIT}")]);
}

#[tokio::test]
async fn a_link_is_permanent_and_replaces_nothing() {
    let (mut fake, manager) = manager(Scenario::Held, stopped()).await;
    manager.link(Path::new("/q/kinc-dev.slice")).await.unwrap();
    manager.unlink("kinc-dev.slice").await.unwrap();
    let expected = [
        "LinkUnitFiles /q/kinc-dev.slice false false",
        "DisableUnitFiles kinc-dev.slice false",
    ];
    assert_eq!(fake.calls(), expected);
}

#[tokio::test]
async fn an_unknown_unit_is_reported_in_plain_words() {
    let mut facts = stopped();
    facts.load_state = "not-found";
    let (_fake, manager) = manager(Scenario::Held, facts).await;
    let error = manager
        .start(UNIT, LIMIT, pending(), ignore)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "starting `{UNIT}`: systemd does not know the unit: the generator skipped its file, \
             or systemd was not reloaded since it was written (Unit {UNIT} not found.)"
        )
    );
    assert_eq!(
        error.hint().as_deref(),
        Some("/usr/lib/systemd/user-generators/podman-user-generator --user --dryrun")
    );
}
