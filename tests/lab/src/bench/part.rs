//! What can be measured, with names for the command line, and what of it is asked for.

use anyhow::{Result, ensure};

use super::table::Row;
use super::{Options, many, nodes, one, timed};
use crate::host::{Host, Kind};

/// Something that is measured, as one row of the table or some.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) name: &'static str,
    /// Whether it is about a cluster `dev` that is there, on one host for all such parts. The others
    /// have a host of their own without a cluster.
    pub(super) needs_dev: bool,
    /// Whether a UML host is too small for it.
    needs_container: bool,
    pub(super) measure: fn(&Host, &Options) -> Result<Vec<Row>>,
}

/// Every part, in the order of the table.
const ALL: [Part; 15] = [
    with_dev("create", one::create_and_baseline),
    with_dev("stop", |host, options| {
        timed(host, options, "stop", 10.0, one::stop)
    }),
    with_dev("restart", |host, options| {
        timed(host, options, "restart", 12.0, one::restart)
    }),
    with_dev("pods", one::pods),
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
    Part {
        needs_container: true,
        ..with_none("nodes", nodes::create)
    },
    Part {
        needs_container: true,
        ..with_none("failover", nodes::failover)
    },
    with_none("plan", many::plan),
    with_none("unchanged", many::unchanged),
    Part {
        needs_container: true,
        ..with_none("at-once", |host, _| many::at_once(host))
    },
];

const fn with_dev(name: &'static str, measure: fn(&Host, &Options) -> Result<Vec<Row>>) -> Part {
    Part {
        name,
        needs_dev: true,
        needs_container: false,
        measure,
    }
}

const fn with_none(name: &'static str, measure: fn(&Host, &Options) -> Result<Vec<Row>>) -> Part {
    Part {
        needs_dev: false,
        ..with_dev(name, measure)
    }
}

/// Returns the parts that are asked for.
///
/// # Errors
/// When a name is none of them; the message lists those that are.
pub(super) fn of(options: &Options) -> Result<Vec<Part>> {
    let Options {
        samples: _,
        kind,
        only,
        skip,
    } = options;
    let fits = |part: &Part| *kind == Kind::Nspawn || !part.needs_container;
    let possible: Vec<Part> = ALL.into_iter().filter(fits).collect();
    let names: Vec<&str> = possible.iter().map(|part| part.name).collect();
    for name in only.iter().chain(skip) {
        ensure!(
            names.contains(&name.as_str()),
            "unknown part `{name}` for this kind of host; known parts: {}",
            names.join(", ")
        );
    }
    let has = |list: &[String], part: &Part| list.iter().any(|name| name == part.name);
    let chosen = |part: &Part| (only.is_empty() || has(only, part)) && !has(skip, part);
    Ok(possible.into_iter().filter(chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(kind: Kind, only: &[&str], skip: &[&str]) -> Result<Vec<&'static str>> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let parts = of(&Options {
            samples: 1,
            kind,
            only: owned(only),
            skip: owned(skip),
        })?;
        Ok(parts.iter().map(|part| part.name).collect())
    }

    #[test]
    fn parts_are_chosen_by_name_in_the_order_of_the_table() {
        let chosen = |only: &[&str], skip: &[&str]| chosen(Kind::Nspawn, only, skip).unwrap();
        assert_eq!(chosen(&["memory", "stop"], &[]), ["stop", "memory"]);
        assert_eq!(chosen(&["memory", "stop"], &["stop"]), ["memory"]);
        let most = chosen(&[], &["idle"]);
        assert_eq!(most.len(), ALL.len() - 1);
        assert!(!most.contains(&"idle"));
    }

    #[test]
    fn many_nodes_are_not_benchmarked_on_a_uml_host() {
        let uml = chosen(Kind::Uml, &[], &[]).unwrap();
        let many = ["nodes", "failover", "at-once"];
        assert_eq!(uml.len(), ALL.len() - many.len());
        assert!(many.iter().all(|part| !uml.contains(part)));
    }

    #[test]
    fn an_unknown_name_is_an_error_that_lists_the_known_ones() {
        let refused = [
            chosen(Kind::Nspawn, &["crate"], &[]),
            chosen(Kind::Uml, &[], &["crate"]),
        ];
        for parts in refused {
            let error = parts.unwrap_err().to_string();
            let expected =
                "unknown part `crate` for this kind of host; known parts: create, stop, ";
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
