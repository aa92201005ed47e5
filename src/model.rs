//! What a cluster is, valid by construction: its names, its fields, the values that it holds, and what can be
//! wrong with one.
//!
//! The ground of the house: nothing here knows of YAML, of files, or of a host.

pub mod cluster;
pub(crate) mod duration;
pub mod field;
pub mod field_ref;
pub(crate) mod item;
pub mod node_id;
pub mod problem;
pub(crate) mod quantity;
pub mod shell;
pub mod subnet;
