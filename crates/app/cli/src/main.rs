#![doc = include_str!("../README.md")]

mod args;
mod client;
mod commands;
mod failure;
mod output;

use std::process::ExitCode;

use args::Args;
use clap::Parser;
use listenfd::ListenFd;
use output::Output;

fn main() -> ExitCode {
    let args = Args::parse();
    // Read while there is one thread: reading takes the variables away, so that no child process finds them.
    let inherited = match ListenFd::from_env().take_tcp_listener(0) {
        Ok(inherited) => inherited,
        Err(error) => {
            let problem = format!("the socket that was handed over cannot be used: {error}");
            return failure::Failure::Runtime(problem).report();
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::Failure::Runtime(error.to_string()).report(),
    };
    let output = Output::new(args.global.output);
    match runtime.block_on(commands::run(args, inherited, output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
