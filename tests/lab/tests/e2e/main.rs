//! Tests on booted hosts, run by `cargo lab test`. Each file is about one promise to the user.

mod addresses;
mod clock;
mod cluster;
mod durability;
mod failure;
mod fixture;
mod isolation;
mod lab;
mod limits;
mod network;
mod plan;
mod reconfigure;
mod registry;
mod resources;
mod settings;
mod soak;
mod surroundings;
mod survival;
mod tool;
