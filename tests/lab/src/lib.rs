//! The lab: rootless systemd hosts made from packages, in which kinc is tested as its users run it.
//!
//! ```text
//! main -> demo, bench, soak -> dev, fake_node, suite -> lab -> product -> host -> { nspawn, uml -> machine -> process, exec } -> machine_settings -> { consent, cache -> key }
//! used by all: fs (files), command (programs), tree (both), paths (environment) <- release, progress (what a person sees), stats, wait
//! ```
//! A test says what it needs and what a person would type:
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! let host = kinc_lab::Lab::shared()?.fresh_host("survival")?;
//! host.user("ops").run("kinc create dev")?.ok()?;
//! host.power_cut()?;
//! host.power_on()?;
//! # Ok(())
//! # }
//! ```

pub mod bench;
pub mod cache;
pub(crate) mod command;
pub mod consent;
pub mod demo;
pub mod dev;
pub(crate) mod exec;
pub mod fake_node;
pub(crate) mod fs;
pub(crate) mod host;
pub(crate) mod key;
pub mod lab;
pub(crate) mod machine;
pub mod machine_settings;
pub(crate) mod nspawn;
pub(crate) mod paths;
pub(crate) mod process;
pub mod product;
pub mod progress;
pub(crate) mod release;
pub mod soak;
pub(crate) mod stats;
pub mod suite;
pub(crate) mod tree;
pub(crate) mod uml;
pub(crate) mod wait;

pub use dev::Dev;
pub use exec::{Background, Output, Shell};
pub use host::{FreshHost, Host, HostConfig, Kind, OPS};
pub use lab::Lab;
pub use release::Release;
