//! The command line does what the API can do.

use std::process::{Command, Output};

use prime_testkit::{Server, ServerOptions};
use serde_json::Value;

fn run(server: &Server, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_primedata"));
    command.arg("--data-dir").arg(server.data_dir()).args(args).output().unwrap()
}

fn json(server: &Server, args: &[&str]) -> Value {
    let output = run(server, &[&["--output", "json"], args].concat());
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}"))
}

#[tokio::test]
async fn sources_live_their_whole_life_on_the_command_line() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let created = json(&server, &["source", "create", "web-shop", "--name", "Web shop", "--type", "node"]);
    let id = created["id"].as_str().unwrap();
    let first_key = created["writeKeys"][0].as_str().unwrap();
    assert_eq!(json(&server, &["source", "list"]).as_array().unwrap().len(), 2);
    let rotated = json(&server, &["source", "add-key", id]);
    assert_eq!(rotated["writeKeys"].as_array().unwrap().len(), 2);
    json(&server, &["source", "disable-key", id, first_key]);
    assert_eq!(json(&server, &["source", "show", id])["keys"][0]["enabled"], false);
    json(&server, &["source", "delete-key", id, first_key]);
    json(&server, &["source", "disable", id]);
    assert_eq!(json(&server, &["source", "show", id])["enabled"], false);
    json(&server, &["source", "delete", id]);
    assert_eq!(run(&server, &["source", "show", id]).status.code(), Some(7));
    assert_eq!(run(&server, &["source", "create", "No Slug!"]).status.code(), Some(8));
}

#[tokio::test]
async fn a_destination_changes_only_in_what_is_given() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let source = json(&server, &["source", "list"])[0]["id"].as_str().unwrap().to_owned();
    let create = ["destination", "create", "--source", &source, "--type", "webhook", "--set", "url=http://a.test/"];
    let plain = json(&server, &create);
    assert_eq!(plain["delivery"], serde_json::json!({"inOrder": false, "eventsPerSecondMax": null}));
    let made = json(&server, &[&create[..], &["--set", "sharedSecret=s", "--in-order", "true"]].concat());
    let id = made["id"].as_str().unwrap();
    let rules = |in_order: bool, max: Option<u32>| serde_json::json!({"inOrder": in_order, "eventsPerSecondMax": max});
    assert_eq!(made["delivery"], rules(true, None));

    let update = |flags: &[&str]| json(&server, &[&["destination", "update", id], flags].concat());
    assert_eq!(update(&["--events-per-second", "50"])["delivery"], rules(true, Some(50)));
    assert_eq!(update(&["--in-order", "false"])["delivery"], rules(false, Some(50)));
    let moved = update(&["--name", "Moved", "--set", "url=http://b.test/"]);
    assert_eq!((&moved["name"], &moved["delivery"]), (&"Moved".into(), &rules(false, Some(50))));
    assert_eq!(
        (&moved["settings"]["url"], &moved["settings"]["sharedSecret"]),
        (&"http://b.test/".into(), &"********".into())
    );
    assert_eq!(update(&["--events-per-second", "none", "--in-order", "true"])["delivery"], rules(true, None));
    assert!(update(&["--unset", "sharedSecret"])["settings"].get("sharedSecret").is_none());
    assert_eq!(json(&server, &["destination", "show", id])["delivery"], rules(true, None));

    let code = |args: &[&str]| run(&server, &[&["destination", "update"], args].concat()).status.code();
    for unreadable in [&[id][..], &[id, "--in-order", "yes"], &[id, "--events-per-second", "0"]] {
        assert_eq!(code(unreadable), Some(2), "{unreadable:?}");
    }
    assert_eq!(code(&["nowhere", "--in-order", "true"]), Some(7));
    assert_eq!(code(&[id, "--set", "url=nothing"]), Some(8));
}

#[tokio::test]
async fn what_became_of_a_replay_is_listed_by_its_number() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let source = json(&server, &["source", "list"])[0]["id"].as_str().unwrap().to_owned();
    let create = ["destination", "create", "--source", &source, "--type", "webhook", "--set", "url=http://a.test/"];
    let id = json(&server, &create)["id"].as_str().unwrap().to_owned();
    // For no destination, so that nothing is sent anywhere.
    for event in ["One", "Two", "Three"] {
        let message = serde_json::json!({
            "event": event, "userId": "u", "writeKey": server.write_key(), "integrations": {"All": false},
        });
        assert_eq!(server.post("/v1/track", message.to_string()).await.0, 200);
    }
    let rows = async |args: &[&str], count: usize| {
        for _ in 0..400 {
            let rows = json(&server, args);
            if rows.as_array().unwrap().len() == count {
                return rows;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{args:?} never list {count}");
    };
    rows(&["delivery", "receipts", "--replay", "0"], 3).await;
    let range = ["--from", "2020-01-31T12:00:00Z", "--to", "2100-01-31T12:00:00Z"];
    let started = json(&server, &[&["replay", "start", "--destination", &id], &range[..]].concat());
    let number = started["id"].as_str().unwrap();
    let replayed = rows(&["delivery", "receipts", "--replay", number, "--state", "filtered"], 3).await;
    assert!(replayed.as_array().unwrap().iter().all(|row| row["replay"] == started["number"]), "{replayed}");
    rows(&["delivery", "receipts"], 6).await;
    for nothing in [&["--replay", number, "--state", "failed"][..], &["--replay", "99"]] {
        rows(&[&["delivery", "receipts"], nothing].concat(), 0).await;
    }
}

#[tokio::test]
async fn what_was_sent_is_listed_and_what_was_rejected_says_why() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let demo = json(&server, &["demo", "--count", "200", "--rate", "0", "--malformed", "0.2"]);
    assert!(demo["answered"].as_u64().unwrap() >= 150, "{demo}");
    assert_eq!(demo["unexpectedRequests"], 0);
    let status = json(&server, &["status"]);
    assert_eq!(status["totals"]["accepted"], demo["answered"]);
    let events = json(&server, &["events", "list", "--type", "track", "--limit", "5"]);
    assert!(events.as_array().unwrap().iter().all(|event| event["payload"]["type"] == "track"));
    let rejected = json(&server, &["rejected", "list", "--limit", "1"]);
    assert!(rejected[0]["sentence"].as_str().unwrap().ends_with('.'));
    let text = run(&server, &["events", "list", "--limit", "1"]);
    assert!(String::from_utf8_lossy(&text.stdout).starts_with("RECEIVED"));
}

#[tokio::test]
async fn what_a_sender_repeats_is_listed_with_the_first_one_and_the_ledger_adds_up() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let demo = json(&server, &["demo", "--count", "2000", "--rate", "0", "--duplicates", "30%", "--malformed", "0"]);
    let repeated = demo["repeated"].as_u64().unwrap();
    assert!(repeated > 20, "{demo}");
    let mut ledger = json(&server, &["ledger", "--hours", "2"]);
    for _ in 0..600 {
        if ledger["totals"]["accepted"] == demo["answered"] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        ledger = json(&server, &["ledger", "--hours", "2"]);
    }
    let totals = &ledger["totals"];
    assert_eq!((&totals["accepted"], &ledger["balanced"]), (&demo["answered"], &true.into()), "{ledger}");
    assert_eq!(totals["duplicates"], repeated, "{ledger}");

    let duplicates = json(&server, &["duplicates", "list", "--limit", "500"]);
    assert_eq!(duplicates.as_array().unwrap().len() as u64, repeated.min(500));
    let (id, message) = (duplicates[0]["id"].as_str().unwrap(), duplicates[0]["messageId"].as_str().unwrap());
    let of_one = json(&server, &["duplicates", "list", "--message-id", message]);
    assert!(of_one.as_array().unwrap().iter().all(|duplicate| duplicate["messageId"] == message), "{of_one}");
    assert_eq!(json(&server, &["duplicates", "show", id])["firstEvent"]["messageId"], message);
    let text = String::from_utf8(run(&server, &["ledger"]).stdout).unwrap();
    assert!(text.starts_with("HOUR") && text.contains("It adds up."), "{text}");
    assert_eq!(run(&server, &["duplicates", "show", "99999"]).status.code(), Some(7));
}

#[tokio::test]
async fn the_configuration_in_force_is_shown_with_its_origin() {
    let output = Command::new(env!("CARGO_BIN_EXE_primedata"))
        .args(["--output", "json", "config", "show"])
        .env("PRIMEDATA_DELIVER__TIMEOUT_MS", "1234")
        .output()
        .unwrap();
    let settings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let timeout = settings.as_array().unwrap().iter().find(|row| row["key"] == "deliver.timeout_ms").unwrap();
    assert_eq!((&timeout["value"], &timeout["from"]), (&1234.into(), &"environment".into()));
}

#[tokio::test]
async fn members_are_invited_and_any_call_can_be_made_from_the_command_line() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let invite = json(&server, &["member", "invite", "colleague@example.com", "--owner"]);
    assert!(invite["inviteUrl"].as_str().unwrap().contains("/setup?token="), "{invite}");
    assert!(json(&server, &["member", "list"]).as_array().unwrap().is_empty());
    let echoed = json(&server, &["api", "get", "/echo?message=hello"]);
    assert!(echoed.to_string().contains("hello"), "{echoed}");
    let renamed = json(&server, &["api", "PATCH", "/workspace", r#"{"name":"Shop"}"#]);
    assert_eq!(renamed["workspace"]["name"], "Shop");
    assert_eq!(run(&server, &["api", "GET", "nothing"]).status.code(), Some(1));
}
