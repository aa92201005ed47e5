//! From a resolved cluster to the text of its files: Quadlet files, units that systemd reads itself, and what
//! is mounted into a node.
//!
//! [`render`] writes for the newest Podman, [`dialect`] translates for an older one. Values in, texts out.

pub mod dialect;
pub mod file_set;
pub mod render;
pub mod unit_names;
