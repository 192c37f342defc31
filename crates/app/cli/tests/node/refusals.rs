//! What cannot work is refused at the start, in a sentence, with its exit code.

use std::process::{Command, Output};

use prime_testkit::ServerOptions;

fn primedata() -> Command {
    Command::new(env!("CARGO_BIN_EXE_primedata"))
}

fn refused(output: &Output, code: i32, sentence: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(sentence), "{sentence:?} is missing in {stderr}");
}

#[test]
fn all_mistakes_of_the_configuration_are_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    std::fs::write(&file, "[http]\nlisten_on = \"x\"\n[deliver]\ntimeout_ms = 0\n").unwrap();
    let output = primedata().args(["serve", "--config"]).arg(&file).output().unwrap();
    refused(&output, 3, "did you mean `http.listen`?");
    refused(&output, 3, "`deliver.timeout_ms` must be above 0");
    let output = primedata().args(["serve", "--config", "/nowhere.toml"]).output().unwrap();
    refused(&output, 3, "/nowhere.toml");
}

#[tokio::test]
async fn a_port_or_a_folder_in_use_is_refused_and_its_owner_goes_on() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let address = server.url().trim_start_matches("http://").to_owned();
    let folder = tempfile::tempdir().unwrap();
    let output = primedata().args(["serve", "--listen", &address, "--data-dir"]).arg(folder.path()).output().unwrap();
    refused(&output, 4, "cannot be listened on");
    let same =
        primedata().args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(server.data_dir()).output().unwrap();
    refused(&same, 4, "in use by another process");
    assert_eq!(server.api("/").await["workspace"]["slug"], "my-workspace");
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let output =
        primedata().args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(file.join("data")).output().unwrap();
    refused(&output, 4, "the data folder");
}

#[test]
fn a_command_without_a_server_says_how_to_get_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = primedata().args(["source", "list", "--data-dir"]).arg(folder.path()).output().unwrap();
    refused(&output, 5, "start one with `primedata serve`");
    let output = primedata().args(["source", "list", "--url", "http://127.0.0.1:9", "--token", "t"]).output().unwrap();
    refused(&output, 5, "no server answers");
}
