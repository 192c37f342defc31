//! From messages over HTTP to the people behind them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use prime_demo::{DemoDevice, DemoOptions, Expected, Shop, ShopOptions};
use prime_event::{Timestamp, WriteKey};
use prime_testkit::{Server, ServerOptions, read_events};
use serde_json::{Value, json};

use crate::senders::long_or;

fn options() -> ServerOptions {
    ServerOptions::new(env!("CARGO_BIN_EXE_primedata"))
}

/// A server of somebody's, which reads profiles with a token of its own.
struct Reader<'a> {
    server: &'a Server,
    space: String,
    authorization: String,
}

impl<'a> Reader<'a> {
    async fn new(server: &'a Server) -> Self {
        let (status, made) = server.api_post("/profile-tokens", &json!({ "name": "shop" })).await;
        assert_eq!(status, 200, "{made}");
        let token = made["data"]["token"].as_str().unwrap();
        let space = server.api("/").await["workspace"]["slug"].as_str().unwrap().to_owned();
        Self { server, space, authorization: format!("Basic {}", BASE64_STANDARD.encode(format!("{token}:"))) }
    }

    /// What the Profile API answers; with a position, at least what was there then.
    async fn read(&self, profile: &str, resource: &str, position: Option<&str>) -> (u16, Value) {
        let (url, space) = (self.server.url(), &self.space);
        let address = format!("{url}/v1/spaces/{space}/collections/users/profiles/{profile}/{resource}");
        let mut request = self.server.http().get(address).header("authorization", &self.authorization);
        if let Some(position) = position {
            request = request.header("x-primedata-position", position).header("x-primedata-wait-ms", "10000");
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

/// Sends one identify call and gives the position that was answered.
async fn identify(server: &Server, user: &str, traits: Value) -> String {
    let body = json!({ "writeKey": server.write_key(), "userId": user, "traits": traits });
    let request = server.http().post(format!("{}/v1/identify", server.url())).body(body.to_string());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.headers()["x-primedata-position"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_the_position_of_an_answer_reads_what_was_sent() {
    let server = options().start().await;
    let reader = Reader::new(&server).await;
    let rounds = long_or(2_000, 100);
    let began = Instant::now();
    let writers = (0..4).map(async |writer| {
        let user = format!("w{writer}");
        for round in 0..rounds {
            let position = identify(&server, &user, json!({ "round": round, "name": format!("W {round}") })).await;
            let (status, read) = reader.read(&format!("user_id:{user}"), "traits", Some(&position)).await;
            assert_eq!((status, &read["traits"]["round"]), (200, &json!(round)), "{user} after {position}: {read}");
        }
    });
    futures::future::join_all(writers).await;
    println!("{} writes, each read back, in {:?}", 4 * rounds, began.elapsed());
    let (status, refused) = reader.read("user_id:w0", "traits", Some("nonsense")).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("invalid_request_error")));
    assert_eq!(reader.read("user_id:nobody", "traits", None).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_after_kills_under_load_are_those_of_a_fresh_start_over_all_events() {
    let mut server = options().start().await;
    let demo = DemoOptions { rate: 2_000.0, duplicates: 0.1, connections: 8, ..demo(&server, 7) };
    let sending = tokio::spawn(async move { prime_demo::run(demo, |_| {}).await });
    for kill in 0..long_or(50, 8) {
        tokio::time::sleep(Duration::from_millis(150 + kill * 37 % 400)).await;
        server.kill();
        server.restart().await;
    }
    sending.abort();
    let _ = sending.await;
    server.await_profiles().await;
    assert!(server.stop().await.success());
    let names = anonymous_ids(&server).await;
    assert!(names.len() > 50, "too few people to prove anything: {}", names.len());

    server.restart().await;
    server.await_profiles().await;
    let killed = everybody(&server, &names).await;
    assert!(server.stop().await.success());
    std::fs::remove_dir_all(server.data_dir().join("profiles")).unwrap();
    server.restart().await;
    server.await_profiles().await;
    let fresh = everybody(&server, &names).await;
    for name in &names {
        assert_eq!(killed[name], fresh[name], "{name}");
    }
    println!("{} profiles of {} devices are the same", distinct(&fresh), names.len());
}

fn distinct(people: &BTreeMap<String, Value>) -> usize {
    people.values().filter_map(|it| it["profile"]["id"].as_str()).collect::<HashSet<_>>().len()
}

/// The devices that sent something which was processed, up to some hundred.
async fn anonymous_ids(server: &Server) -> BTreeSet<String> {
    let events = read_events(server.data_dir()).await;
    let ids = events.iter().filter_map(|event| {
        let payload: Value = serde_json::from_slice(&event.payload).unwrap();
        Some(payload["anonymousId"].as_str()?.to_owned())
    });
    ids.collect::<BTreeSet<_>>().into_iter().take(300).collect()
}

/// All that the API tells of each.
async fn everybody(server: &Server, anonymous_ids: &BTreeSet<String>) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for id in anonymous_ids {
        let profile = server.api(&format!("/profiles/anonymous_id:{id}")).await["profile"].take();
        let events = server.api(&format!("/profiles/anonymous_id:{id}/events?limit=200")).await["events"].take();
        all.insert(id.clone(), json!({ "profile": profile, "events": events }));
    }
    all
}

fn demo(server: &Server, seed: u64) -> DemoOptions {
    DemoOptions {
        seed,
        start: Some(Timestamp::from_millis(Timestamp::now().as_millis() - 3_600_000)),
        ..DemoOptions::new(server.url(), WriteKey::new(server.write_key()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_people_of_the_demo_come_out_as_exactly_those_it_simulated() {
    for seed in 0..long_or(20, 2) {
        people_of_seed(seed).await;
    }
}

async fn people_of_seed(seed: u64) {
    let server = options().start().await;
    let options = DemoOptions {
        rate: f64::INFINITY,
        count: Some(15_000),
        malformed: 0.05,
        duplicates: 0.1,
        ..demo(&server, seed)
    };
    let (shop, heard) = simulated(&options);
    prime_demo::run(options, |_| {}).await.unwrap();
    server.await_profiles().await;

    let (mut profiles, mut with_several) = (HashSet::new(), 0);
    for person in shop.people() {
        let told: Vec<_> =
            person.devices.iter().filter(|it| heard.devices.get(&it.anonymous_id) == Some(&true)).collect();
        let mut theirs: BTreeSet<String> = told.iter().flat_map(|device| names(device)).collect();
        theirs.extend(person.user_id.as_ref().filter(|id| heard.users.contains(*id)).map(|id| format!("user_id:{id}")));
        if let Some(user) = theirs.iter().find(|name| name.starts_with("user_id:")) {
            let (id, found) = profile(&server, user, &person.email).await;
            assert_eq!(found, theirs, "seed {seed}, {person:?}");
            assert!(profiles.insert(id), "two people are one");
        }
        with_several += usize::from(told.len() > 1);
        for device in person.devices.iter().filter(|it| heard.devices.get(&it.anonymous_id) == Some(&false)) {
            let (id, found) = profile(&server, &format!("anonymous_id:{}", device.anonymous_id), &person.email).await;
            assert_eq!(found, names(device).collect(), "seed {seed}: nobody said whose device it is");
            assert!(profiles.insert(id), "two people are one");
        }
    }
    let identity = server.api("/identity").await["identity"].take();
    println!(
        "seed {seed}: {} people on {} devices, {with_several} on several; {identity}",
        profiles.len(),
        heard.devices.len()
    );
    assert!(with_several > 5, "too few people with several devices to prove anything");
    assert_eq!(
        identity["profiles"],
        profiles.len() + heard.groups.len(),
        "there is nobody besides them and their companies"
    );
}

/// The identifiers of a device: a phone has the same text under another type, too.
fn names(device: &DemoDevice) -> impl Iterator<Item = String> + use<> {
    let id = &device.anonymous_id;
    [Some(format!("anonymous_id:{id}")), device.is_phone.then(|| format!("device:{id}"))].into_iter().flatten()
}

/// What anybody who reads the accepted messages has heard of.
#[derive(Default)]
struct Heard {
    /// And whether it ever told who uses it.
    devices: HashMap<String, bool>,
    users: HashSet<String>,
    groups: HashSet<String>,
}

/// The shop that sends the same.
fn simulated(options: &DemoOptions) -> (Shop, Heard) {
    let mut shop = Shop::new(ShopOptions {
        seed: options.seed,
        start: options.start.unwrap(),
        write_key: options.write_key.clone(),
        rate: options.rate,
        duplicates: options.duplicates,
        malformed: options.malformed,
        batch: options.batch,
        count: options.count,
    })
    .unwrap();
    let mut heard = Heard::default();
    for request in &mut shop {
        for message in request.messages.iter().filter(|message| message.expected == Expected::Accepted) {
            let message: Value = serde_json::from_str(&message.json).unwrap();
            let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let (user, is_alias) = (text("/userId"), message["type"] == "alias");
            if !is_alias {
                heard.groups.extend(text("/groupId").or_else(|| text("/context/groupId")));
            }
            if let Some(device) = text("/anonymousId").filter(|_| !is_alias || user.is_none()) {
                *heard.devices.entry(device).or_default() |= user.is_some();
            }
            heard.users.extend(user);
        }
    }
    (shop, heard)
}

/// The profile's id and identifiers, of which the email can only be the person's.
async fn profile(server: &Server, name: &str, email: &str) -> (String, BTreeSet<String>) {
    let profile = server.api(&format!("/profiles/{name}")).await["profile"].take();
    let name = |it: &Value| {
        let kind = it["identifier"]["type"].as_str().unwrap();
        let kind = if ["ios.id", "android.id"].contains(&kind) { "device" } else { kind };
        format!("{kind}:{}", it["identifier"]["value"].as_str().unwrap())
    };
    let mut names: BTreeSet<String> = profile["identifiers"].as_array().unwrap().iter().map(name).collect();
    names.remove(&format!("email:{email}"));
    (profile["id"].as_str().unwrap().to_owned(), names)
}
