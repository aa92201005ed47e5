//! `kinc` turns the declaration of a Kubernetes cluster into Podman Quadlet files, and has the
//! systemd user manager run it.
//!
//! ```text
//! cluster.yaml --parse--> Cluster --resolve--> ResolvedCluster --render--> FileSet --diff--> changes --write--> disk
//!                              other clusters, host --load--> InUse ^
//! disk --Reload--> units --StartUnit--> job --signals--> Event --fold--> Progress --> text or JSON
//! ```
//!
//! The rooms, from top to bottom; an arrow between them only goes down (`tests/layers.rs` holds that against
//! the code):
//!
//! | room | what is in it |
//! |---|---|
//! | [`cli`] | flags, dispatch, all printing, exit codes |
//! | [`ops`] | the use cases: they order pure steps and edges, and return data |
//! | [`edge`] | systemd, Podman, files, processes: all that touches the world outside |
//! | [`plan`] | what an apply would do, and why |
//! | [`units`] | a resolved cluster to the text of its files |
//! | [`resolve`] | every value decided: ports, subnets, addresses |
//! | [`kubeconfig`] | the user's kubeconfig files as values |
//! | [`declaration`] | YAML to clusters and back, the table of all fields |
//! | [`job`] | systemd's events folded into progress |
//! | [`model`] | what a cluster is, valid by construction |
//!
//! Only `ops` and `edge` do anything; all other rooms are values in, values out.

pub mod cli;
pub mod declaration;
pub mod edge;
pub mod job;
pub mod kubeconfig;
pub mod model;
pub mod ops;
pub mod plan;
pub mod resolve;
pub mod units;
