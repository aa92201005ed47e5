//! The edges: each touches one thing of the world outside, and none knows another one; `ops` brings them together.
//!
//! They are built on three modules: [`fs`] is all file access, `command` all child processes, and [`cancel`] ends
//! all waits.

pub mod cancel;
pub(crate) mod command;
pub mod fs;

pub(crate) mod data_dir;
pub mod generator;
pub mod host;
pub mod image;
pub mod journal;
pub mod manifests;
pub mod podman;
pub mod systemd;
pub(crate) mod unit_dir;
