//! What stands in for Podman in tests: its objects as files, and what its generator makes of Quadlet
//! files. The programs of this package and the tests look at the same ones.

#![expect(
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    reason = "it works on directories of tests, and stops at once"
)]

pub mod quadlet;
pub mod store;
