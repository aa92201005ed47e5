//! The program `kinc`: everything is in the library, so that tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    kinc::cli::main()
}
