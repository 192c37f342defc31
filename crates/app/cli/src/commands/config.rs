//! `primedata config`.

use std::fs;

use prime_runtime::{Config, Environment, Origin, Setting};
use serde_json::json;

use crate::args::{ConfigArgs, ConfigCommand, GlobalArgs};
use crate::failure::Failure;
use crate::output::{Column, Output, text};

pub(crate) fn run(global: &GlobalArgs, command: ConfigCommand, output: Output) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show(args) => {
            let (_, settings) = load(global, &args, &[])?;
            let rows = settings.iter().map(row).collect();
            let columns: &[Column] = &[
                ("SETTING", |row| text(row, "/key")),
                ("VALUE", |row| text(row, "/value")),
                ("FROM", |row| text(row, "/from")),
            ];
            Ok(output.list(&serde_json::Value::Array(rows), columns)?)
        }
        ConfigCommand::Check(args) => {
            load(global, &args, &[])?;
            Ok(output.one(&json!({ "usable": true }), |_| "The configuration can be used.".to_owned())?)
        }
    }
}

fn row(setting: &Setting) -> serde_json::Value {
    let from = match setting.origin {
        Origin::Default => "default",
        Origin::File => "file",
        Origin::Environment => "environment",
        Origin::CommandLine => "command line",
    };
    json!({ "key": setting.key, "value": setting.value, "from": from })
}

/// The configuration in force, from defaults, file, environment and flags.
pub(crate) fn load(
    global: &GlobalArgs,
    args: &ConfigArgs,
    flags: &[(&str, String)],
) -> Result<(Config, Vec<Setting>), Failure> {
    let read = |path: &std::path::PathBuf| {
        let refused = |source| Failure::ConfigFile { path: path.display().to_string(), source };
        fs::read_to_string(path).map_err(refused)
    };
    let file = args.config.as_ref().map(read).transpose()?;
    let environment: Environment = std::env::vars().collect();
    let mut flags = flags.to_vec();
    flags.extend(global.data_dir_flag().map(|folder| ("node.data_dir", folder.display().to_string())));
    Ok(Config::load(file.as_deref(), &environment, &flags)?)
}
