//! `kinc` turns the declaration of a Kubernetes cluster into Podman Quadlet files, and has the
//! systemd user manager run it.
//!
//! ```text
//! cluster.yaml --parse--> Cluster --plan--> Plan --render--> FileSet --diff--> changes --write--> disk
//!                           other clusters, host --load--> InUse ^
//! disk --Reload--> units --StartUnit--> job --signals--> Event --fold--> Progress --> text or JSON
//! ```
//!
//! From top to bottom; an arrow between modules only goes down, and edges never import each other
//! (`tests/layers.rs` holds that table against the code):
//!
//! | layer | modules |
//! |---|---|
//! | front | [`cli`]: flags, dispatch, printing |
//! | use cases | [`ops`]: order pure steps and edges, return data |
//! | edges | [`unit_dir`], [`data_dir`], [`manifests`], [`generator`], [`podman`], [`host`], [`systemd`], [`journal`], [`image`] |
//! | floors of the edges | [`fs`] is all file access, [`command`] all processes, [`cancel`] the end of all waits |
//! | pure judgement | [`proposal`] -> [`drift`] -> [`effect`]: what an apply would do, and why |
//! | pure chain | [`render`] -> [`plan`] -> [`cluster`] -> [`subnet`]; [`spec`] -> [`cluster`]; [`convert`] |
//! | pure leaves | [`dialect`] -> [`fileset`], [`unit_files`]; [`job`], [`node_exit`], [`kubeconfig`], [`quantity`], [`field`], [`schema`], [`yaml`], [`problem`] |

pub mod cli;
pub mod ops;

pub mod data_dir;
pub mod generator;
pub mod host;
pub mod image;
pub mod journal;
pub mod manifests;
pub mod podman;
pub mod systemd;
pub mod unit_dir;

pub mod cancel;
pub mod command;
pub mod fs;

pub mod cluster;
pub mod convert;
pub mod drift;
pub mod effect;
pub mod field;
pub mod plan;
pub mod proposal;
pub mod render;
pub mod spec;
pub mod subnet;

pub mod dialect;
pub mod fileset;
pub mod job;
pub mod kubeconfig;
pub mod node_exit;
pub mod problem;
pub mod quantity;
pub mod schema;
pub mod shell;
pub mod unit_files;
pub mod yaml;
