//! On a folder of this machine, and on buckets that must not be reached. The archive's tests are on a server that speaks S3.

use bytes::Bytes;
use prime_objects::{AccessKey, Bucket, Location, Objects, Path};
use prime_outbound::Networks;

#[tokio::test]
async fn what_was_put_is_listed_by_path_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(Location::Folder(folder.path().join("files"))).await.unwrap();
    for (path, text) in [("a/2", "two"), ("a/1", "one"), ("b/3", "three"), ("a/1", "again")] {
        objects.put(&Path::from(path), Bytes::from_static(text.as_bytes())).await.unwrap();
    }
    let listed = objects.list(&Path::from("a")).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|file| (file.path.as_ref(), file.bytes)).collect();
    assert_eq!(listed, [("a/1", 5), ("a/2", 3)]);
    assert_eq!(objects.get(&Path::from("a/1")).await.unwrap(), "again");
    assert!(objects.get(&Path::from("a/9")).await.is_err());
    assert_eq!(objects.list(&Path::from("c")).await.unwrap(), []);
}

/// A bucket of a customer at this endpoint.
fn bucket(endpoint: &str) -> Location {
    let key = AccessKey { id: "id".to_owned(), secret: "hunter2".to_owned() };
    let bucket = Bucket {
        name: "events".to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        key: Some(key),
    };
    Location::Bucket { bucket, guard: Some(Networks::public()) }
}

#[tokio::test]
async fn a_bucket_of_a_customer_is_not_reached_on_addresses_that_are_not_allowed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let objects = Objects::open(bucket(&format!("http://{host}:{port}"))).await.unwrap();
        let refused = objects.put(&Path::from("a"), Bytes::from_static(b"a")).await.unwrap_err().to_string();
        assert!(!refused.contains("hunter2"), "{refused}");
        assert!(listener.accept().is_err(), "{host} was connected to: {refused}");
    }
}
