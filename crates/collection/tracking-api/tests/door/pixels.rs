use base64::Engine;
use http::StatusCode;

use crate::harness::{Answer, Door};

fn assert_image(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "image/gif");
    assert!(answer.body.starts_with(b"GIF89a"));
}

#[tokio::test]
async fn a_pixel_carries_its_message_in_base64() {
    let door = Door::open();
    let message = format!(r#"{{"writeKey":"{}","userId":"u","event":"Email Opened"}}"#, door.write_key);
    let data = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(message);
    assert_image(&door.get(&format!("/v1/pixel/track?data={data}")).await);
    assert_eq!(door.journaled().len(), 1);
}

#[tokio::test]
async fn a_pixel_carries_its_message_name_by_name() {
    let door = Door::open();
    let query = format!("writeKey={}&userId=u&event=Email%20Opened&properties.subject=Hi", door.write_key);
    assert_image(&door.get(&format!("/v1/pixel/track?{query}")).await);
    let body: serde_json::Value = serde_json::from_slice(&door.journaled()[0].body).unwrap();
    assert_eq!(body["properties"]["subject"], "Hi");
}

#[tokio::test]
async fn a_pixel_shows_its_image_whatever_it_carries() {
    let door = Door::open();
    for query in ["", "?data=garbage", "?data=", "?userId=u", "?writeKey=unknownunknownunknown&userId=u"] {
        assert_image(&door.get(&format!("/v1/pixel/track{query}")).await);
    }
    assert!(door.journaled().is_empty());
}
