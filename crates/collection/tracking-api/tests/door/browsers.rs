use axum::body::Body;
use http::{Request, StatusCode};

use crate::harness::{Door, TRACK};

#[tokio::test]
async fn a_preflight_grants_what_it_asks_for_on_every_path() {
    let door = Door::open();
    for path in ["/v1/t", "/v1/b", "/v1/m", "/v1/projects/k/settings", "/v1/pixel/track"] {
        let request = Request::options(path)
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type,x-retry-count,x-own")
            .body(Body::empty())
            .unwrap();
        let answer = door.send(request).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert_eq!(answer.header("access-control-allow-methods"), "POST, GET, OPTIONS");
        assert_eq!(answer.header("access-control-allow-headers"), "authorization,content-type,x-retry-count,x-own");
        assert!(!answer.header("access-control-max-age").is_empty());
    }
}

#[tokio::test]
async fn every_answer_can_be_read_by_the_page_errors_too() {
    let door = Door::open();
    for body in [door.batch(TRACK), "nonsense".to_owned()] {
        let answer = door.post("/v1/b", &[("origin", "https://shop.example")], body).await;
        assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example");
        assert_eq!(
            answer.header("access-control-expose-headers"),
            "Retry-After, X-RateLimit-Reset, X-PrimeData-Position"
        );
    }
    assert_eq!(door.get("/v1/projects/k/settings").await.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_beacon_without_any_header_is_taken() {
    let door = Door::open();
    let body = format!(r#"{{"writeKey":"{}","event":"Left","anonymousId":"a"}}"#, door.write_key);
    assert!(door.post("/v1/t", &[("content-type", "text/plain;charset=UTF-8")], body).await.is_success());
    assert_eq!(door.journaled()[0].client.map(|address| address.to_string()).as_deref(), Some("203.0.113.9"));
}
