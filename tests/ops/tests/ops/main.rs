//! The use cases as they are, against a user manager, a Podman and a journal that stand in for the real ones.
//!
//! Nothing here needs root, a network or a session, and nothing sleeps: a test waits for a call, or
//! the limit that it is about.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests look at files of their own, and stop at once"
)]

#[path = "../../../fake/mod.rs"]
mod fake;
mod host;
mod world;

mod applying;
mod breaking;
mod cancelling;
mod cause;
mod deleting;
mod interrupting;
mod kubeconfig;
mod leaving;
mod looking;
mod losing;
mod manifests;
mod mounting;
mod nodes;
mod power;
mod publishing;
mod recorded;
mod starting;
