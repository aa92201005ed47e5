//! Tests on booted hosts, run by `cargo lab test`. Each file is about one promise to the user.

mod lab;
