//! The command `tiltak-kit`: the kit for teams that do not use Rust.

use std::process::ExitCode;

use tiltak_consumer_kit::kit::{self, Interrupt};

fn main() -> ExitCode {
    let interrupt = Interrupt::listen();
    let (mut output, mut errors) = (anstream::stdout(), anstream::stderr());
    kit::run(std::env::args_os(), &mut output, &mut errors, &interrupt).into()
}
