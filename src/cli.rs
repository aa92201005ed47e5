//! The command line: flags, dispatch, exit codes. Work is in `ops`, printing in `output`.

mod apply;
mod arguments;
mod declarations;
mod environment;
mod exit;
mod image;
mod interrupt;
mod invalid;
mod lifecycle;
mod output;
mod plans;
mod run;
mod snippet;
mod status;
mod table;
mod trace;

pub use crate::cli::arguments::Arguments;
pub use crate::cli::exit::EXIT_CODES;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::exit::Exit;

/// Runs the program and returns its exit code. Errors are printed here and nowhere else.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    trace::start(arguments.verbose);
    match run::run(arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::error(&error);
            Exit::of(&error).into()
        }
    }
}
