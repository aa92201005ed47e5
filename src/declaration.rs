//! The declaration of clusters as people write it: read from YAML, written back, described, and converted from
//! the files of other tools.
//!
//! Texts in, [`Cluster`](crate::model::cluster::Cluster) values or problems with their places out.

pub mod convert;
mod kubeadm;
pub(crate) mod read;
pub mod schema;
mod toml;
pub(crate) mod write;
pub mod yaml;

pub(crate) use crate::declaration::kubeadm::{
    ARGUMENTS, CLUSTER, FIXED, Fixed, listed, take_unknown, unknown_field,
};
pub use crate::declaration::read::{
    Reading, Source, TEXT_MAX_BYTES, check_manifest, default_cluster, documents, parse,
    parse_recorded, unknown_path, unnamed,
};
pub use crate::declaration::write::{document, value};
