#![doc = include_str!("../README.md")]

mod args;
mod client;
mod commands;
mod failure;
mod output;

use std::process::ExitCode;

use args::Args;
use clap::Parser;
use output::Output;

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::Failure::Runtime(error.to_string()).report(),
    };
    let output = Output::new(args.global.output);
    match runtime.block_on(commands::run(args, output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
