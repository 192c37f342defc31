use prime_destination::{Destination, Settings};
use serde_json::{Value, json};

use super::{Archive, ArchiveSettings, Location};

fn read(settings: Value) -> Result<ArchiveSettings, Vec<String>> {
    let read = ArchiveSettings::read(Settings::new(Archive.metadata(), settings.as_object().unwrap()));
    read.map_err(|problems| problems.into_iter().map(|problem| problem.name).collect())
}

#[test]
fn without_settings_the_archive_is_the_folder_on_the_server() {
    assert_eq!(read(json!({})), Ok(ArchiveSettings { location: Location::Local, prefix: String::new() }));
    assert_eq!(read(json!({"prefix": "/exports/events/"})).unwrap().prefix, "exports/events");
}

#[test]
fn a_prefix_cannot_leave_the_archive_folder() {
    for prefix in ["..", "a/../b", "a//b", "./a", "a\\b", "a b", "ä", "a/\0"] {
        assert_eq!(read(json!({"prefix": prefix})), Err(vec!["prefix".to_owned()]), "{prefix}");
    }
}

#[test]
fn an_s3_bucket_needs_a_name_and_a_key() {
    assert_eq!(
        read(json!({"location": "s3"})),
        Err(vec!["bucket".to_owned(), "accessKeyId".to_owned(), "secretAccessKey".to_owned()])
    );
    let complete = json!({
        "location": "s3", "bucket": "events", "accessKeyId": "id", "secretAccessKey": "hunter2",
        "endpoint": "http://localhost:9000",
    });
    let Location::S3(bucket) = read(complete).unwrap().location else { panic!("the location is the bucket") };
    assert_eq!((bucket.name.as_str(), bucket.region.as_str()), ("events", "us-east-1"));
    assert!(!format!("{bucket:?}").contains("hunter2"));
    let bad = json!({"location": "s3", "bucket": "b", "accessKeyId": "i", "secretAccessKey": "s", "endpoint": "minio"});
    assert_eq!(read(bad), Err(vec!["endpoint".to_owned()]));
}
