//! What each command does.

mod api;
mod config;
mod delivery;
mod demo;
mod destination;
mod duplicates;
mod events;
mod identity;
mod ledger;
mod member;
mod operation;
mod profile;
mod profile_token;
mod rejected;
mod replay;
mod restart;
mod serve;
mod source;
mod status;
mod token;

use std::net::TcpListener;

use crate::args::{Args, Command};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn run(args: Args, inherited: Option<TcpListener>, output: Output) -> Result<(), Failure> {
    let global = args.global;
    match args.command {
        Command::Serve(args) => serve::run(&global, &args, inherited, output).await,
        Command::Config(command) => config::run(&global, command, output),
        Command::Demo(args) => demo::run(&global, &args, output).await,
        Command::Restart => restart::run(&global, output).await,
        Command::Status => status::run(&Client::new(&global)?, output).await,
        Command::Source(command) => source::run(&Client::new(&global)?, command, output).await,
        Command::Destination(command) => destination::run(&Client::new(&global)?, command, output).await,
        Command::Events(command) => events::run(&Client::new(&global)?, command, output).await,
        Command::Rejected(command) => rejected::run(&Client::new(&global)?, command, output).await,
        Command::Duplicates(command) => duplicates::run(&Client::new(&global)?, command, output).await,
        Command::Ledger(args) => ledger::run(&Client::new(&global)?, &args, output).await,
        Command::Delivery(command) => delivery::run(&Client::new(&global)?, command, output).await,
        Command::Replay(command) => replay::run(&Client::new(&global)?, command, output).await,
        Command::Profile(command) => profile::run(&Client::new(&global)?, command, output).await,
        Command::Identity(command) => identity::run(&Client::new(&global)?, command, output).await,
        Command::ProfileToken(command) => profile_token::run(&Client::new(&global)?, command, output).await,
        Command::Member(command) => member::run(&Client::new(&global)?, command, output).await,
        Command::Api(args) => api::run(&Client::new(&global)?, &args, output).await,
        Command::Token(command) => token::run(&Client::new(&global)?, command, output).await,
    }
}
