//! Brings what is written into effect: has systemd load it, starts or changes nodes, and waits until they are ready.

mod balancer;
pub(crate) mod cause;
pub(crate) mod cluster;
pub(crate) mod drain;
pub(crate) mod leave;
pub(crate) mod nodes;
pub(crate) mod readiness;
pub(crate) mod reload;
pub(crate) mod stop;
pub(crate) mod update_in_place;
