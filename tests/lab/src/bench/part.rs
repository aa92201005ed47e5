//! What can be measured, with names for the command line, and what of it is asked for.

use anyhow::{Result, ensure};

use super::table::Row;
use super::{Options, one, timed};
use crate::host::Host;

/// Something that is measured, as one row of the table or some.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) measure: fn(&Host, &Options) -> Result<Vec<Row>>,
}

/// Every part, in the order of the table.
const ALL: [Part; 9] = [
    with_dev("create", one::create_and_floor),
    with_dev("stop", |host, options| {
        timed(host, options, "stop", 10.0, one::stop)
    }),
    with_dev("restart", |host, options| {
        timed(host, options, "restart", 12.0, one::restart)
    }),
    with_dev("kill", |host, options| {
        timed(host, options, "kill -9 to ready", 8.0, one::kill_to_ready)
    }),
    with_dev("boot", |host, options| {
        timed(host, options, "boot to ready", 8.0, one::boot_to_ready)
    }),
    with_dev("apply", |host, options| {
        timed(
            host,
            options,
            "apply without a change",
            0.1,
            one::apply_again,
        )
    }),
    with_dev("render", |host, options| {
        timed(
            host,
            options,
            "render of 100 clusters",
            1.0,
            one::render_hundred,
        )
    }),
    with_dev("idle", |host, _| one::idle(host)),
    with_dev("memory", |host, _| one::memory(host)),
];

const fn with_dev(name: &'static str, measure: fn(&Host, &Options) -> Result<Vec<Row>>) -> Part {
    Part { name, measure }
}

/// Returns the parts that are asked for.
///
/// # Errors
/// When a name is none of them; the message lists those that are.
pub(super) fn of(options: &Options) -> Result<Vec<Part>> {
    let Options { only, skip, .. } = options;
    let names = ALL.map(|part| part.name);
    for name in only.iter().chain(skip) {
        ensure!(
            names.contains(&name.as_str()),
            "nothing that is measured is called `{name}`; there are: {}",
            names.join(", ")
        );
    }
    let has = |list: &[String], part: &Part| list.iter().any(|name| name == part.name);
    let chosen = |part: &Part| (only.is_empty() || has(only, part)) && !has(skip, part);
    Ok(ALL.into_iter().filter(chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Kind;

    fn chosen(only: &[&str], skip: &[&str]) -> Result<Vec<&'static str>> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let parts = of(&Options {
            samples: 1,
            kind: Kind::Nspawn,
            only: owned(only),
            skip: owned(skip),
        })?;
        Ok(parts.iter().map(|part| part.name).collect())
    }

    #[test]
    fn parts_are_chosen_by_name_in_the_order_of_the_table() {
        assert_eq!(
            chosen(&["memory", "stop"], &[]).unwrap(),
            ["stop", "memory"]
        );
        assert_eq!(chosen(&["memory", "stop"], &["stop"]).unwrap(), ["memory"]);
        let most = chosen(&[], &["idle"]).unwrap();
        assert_eq!(most.len(), ALL.len() - 1);
        assert!(!most.contains(&"idle"));
    }

    #[test]
    fn an_unknown_name_is_told_with_those_that_there_are() {
        for error in [chosen(&["crate"], &[]), chosen(&[], &["crate"])] {
            assert!(error.unwrap_err().to_string().starts_with(
                "nothing that is measured is called `crate`; there are: create, stop, "
            ));
        }
    }
}
