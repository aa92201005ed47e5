//! Tests on booted hosts, run by `cargo lab test`. Each file is about one promise to the user.

mod addresses;
mod certificates;
mod clock;
mod cluster;
mod damage;
mod durability;
mod failure;
mod fixture;
mod isolation;
mod kind;
mod kubeconfig;
mod lab;
mod limits;
mod manifests;
mod network;
mod plan;
mod reconfigure;
mod registry;
mod resources;
mod settings;
mod soak;
mod space;
mod stop;
mod surroundings;
mod survival;
mod tool;
