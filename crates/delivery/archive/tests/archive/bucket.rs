//! Against a server that speaks S3. `TEST_S3_URL` names its address, as in `http://127.0.0.1:5555`; without it these tests
//! pass without looking. `make test` starts `moto_server`, a public fake that speaks the real protocol. The
//! tests make their bucket without credentials, as such fakes allow.

use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use prime_destination::AttemptOutcome;
use prime_outbound::Networks;
use serde_json::{Value, json};

use crate::house::{House, MIDNIGHT, eventually, gunzip, line};

const BUCKET: &str = "primedata-test";

/// The address, with the bucket made.
async fn endpoint() -> Option<String> {
    let address = std::env::var("TEST_S3_URL").ok().filter(|address| !address.is_empty())?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = reqwest::Client::new().put(format!("{address}/{BUCKET}")).send().await;
    made.and_then(reqwest::Response::error_for_status).expect("the S3 server makes a bucket");
    Some(address)
}

fn settings(endpoint: &str, prefix: &str) -> Value {
    json!({
        "location": "s3", "bucket": BUCKET, "endpoint": endpoint, "prefix": prefix,
        "accessKeyId": "test", "secretAccessKey": "test",
    })
}

fn reader(endpoint: &str) -> impl ObjectStore {
    AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_bucket_name(BUCKET)
        .with_region("us-east-1")
        .with_access_key_id("test")
        .with_secret_access_key("test")
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_receives_the_same_layout_and_content() {
    let Some(endpoint) = endpoint().await else { return };
    let house = House::build();
    let copy = house.another_archive(settings(&endpoint, "copy"));
    house.append(&house.source, 0..100, MIDNIGHT).await;
    let service = house.start();
    eventually("it is written", || house.committed_of(&copy) == Some(100)).await;
    service.stop().await;
    let path = format!("copy/segment-logs/{}/{MIDNIGHT}/{MIDNIGHT}.{copy}.{:020}.gz", house.source.id, 0);
    let content = reader(&endpoint).get(&Path::from(path)).await.unwrap().bytes().await.unwrap();
    assert_eq!(gunzip(&content), (0..100).map(|number| line(number) + "\n").collect::<String>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_writes_the_dummy_object_and_names_what_is_wrong() {
    let Some(endpoint) = endpoint().await else { return };
    let house = House::build();
    let service = house.start();
    let good = house.another_archive(settings(&endpoint, "probe"));
    let mut wrong = settings(&endpoint, "probe");
    wrong["bucket"] = "no-such-bucket".into();
    let wrong = house.another_archive(wrong);
    let definitions = house.streams.control.definitions();

    let report = service.handle.test(definitions.destination(&good).unwrap()).await;
    assert_eq!(report.outcome, AttemptOutcome::Delivered, "{}", report.reason);
    let dummy = reader(&endpoint).get(&Path::from("probe/segment-logs/dummy-object.txt")).await.unwrap();
    assert!(!dummy.bytes().await.unwrap().is_empty());

    let report = service.handle.test(definitions.destination(&wrong).unwrap()).await;
    assert_eq!(report.outcome, AttemptOutcome::Failed);
    assert!(report.reason.contains("bucket"), "{}", report.reason);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_in_the_server_s_own_network_is_out_of_reach_unless_the_operator_allows_it() {
    let Some(endpoint) = endpoint().await else { return };
    let mut house = House::build();
    house.options.networks = Networks::public();
    let id = house.another_archive(settings(&endpoint, "guarded"));
    let definitions = house.streams.control.definitions();
    let service = house.start();
    let report = service.handle.test(definitions.destination(&id).unwrap()).await;
    assert_eq!((report.outcome, report.code.as_str()), (AttemptOutcome::Failed, "STORAGE"));
    assert!(report.reason.contains("may not be reached"), "{}", report.reason);
    service.stop().await;
}
