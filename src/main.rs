//! The program: what the command line says, done by the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tamiz::cli::main().code())
}
