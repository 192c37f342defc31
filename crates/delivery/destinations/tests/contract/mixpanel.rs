use prime_destination_testkit::{Kit, Recording};
use prime_destinations::mixpanel::Mixpanel;
use serde_json::json;

use crate::{ALIAS, GROUP, IDENTIFY, PAGE, TRACK, check};

/// All are taken, whatever was sent: `/import` counts, `/engage` and `/groups` have a status.
const SUCCESS: &str = r#"{"code":200,"status":1,"error":null}"#;

const IMPORTED: Recording = Recording {
    name: "imported",
    events: &[TRACK, PAGE, ALIAS],
    status: 200,
    headers: &[("content-type", "application/json")],
    body: r#"{"code":200,"num_records_imported":3,"status":"OK"}"#,
};
const PARTLY: Recording = Recording {
    name: "partly imported",
    status: 400,
    body: r#"{"code":400,"error":"some data points in the request failed validation","failed_records":[{"index":1,"insert_id":"{key:1}","field":"properties.time","message":"'properties.time' is invalid: must be specified as seconds since epoch"}],"num_records_imported":2,"status":"Bad Request"}"#,
    ..IMPORTED
};
const OLDER: Recording = Recording {
    name: "partly imported, in the older form",
    body: r#"{"code":400,"error":"some data points in the request failed validation","failed_records":[{"index":0,"$insert_id":"{key:0}","field":"properties.utm_source","message":"string should be valid utf8"},{"index":2,"$insert_id":"{key:2}","field":"event","message":"is empty"}],"num_records_imported":1,"status":"Bad Request"}"#,
    ..PARTLY
};
const UNAUTHORIZED: Recording = Recording {
    name: "unauthorized",
    status: 401,
    body: r#"{"code":401,"error":"Invalid credentials","status":"Unauthorized"}"#,
    ..IMPORTED
};
const TOO_LARGE: Recording = Recording {
    name: "too large",
    status: 413,
    body: r#"{"code":413,"error":"request exceeds max limit of 1048576 bytes","status":"Request Entity Too Large"}"#,
    ..IMPORTED
};
const SLOW_DOWN: Recording = Recording {
    name: "over the rate limit",
    status: 429,
    body: r#"{"code":429,"error":"Project exceeded rate limits. Please retry the request with exponential backoff.","status":"Too Many Requests"}"#,
    ..IMPORTED
};
const PROFILES: Recording =
    Recording { name: "profiles taken", events: &[IDENTIFY, GROUP], body: r#"{"error":null,"status":1}"#, ..IMPORTED };
const PROFILES_REFUSED: Recording =
    Recording { name: "profiles refused", body: r#"{"error":"missing $token","status":0}"#, ..PROFILES };

#[test]
fn mixpanel_keeps_the_contract_with_a_project_token() {
    let kit = Kit::new(&Mixpanel, json!({"projectToken": "0123456789abcdef", "groupKey": "company"}), SUCCESS);
    check(&kit, &[IMPORTED, PARTLY, OLDER, UNAUTHORIZED, TOO_LARGE, SLOW_DOWN, PROFILES, PROFILES_REFUSED]);
}

#[test]
fn mixpanel_keeps_the_contract_with_a_service_account() {
    let settings = json!({
        "projectToken": "0123456789abcdef", "residency": "eu", "projectId": "42",
        "serviceAccountUsername": "account.mp-service", "serviceAccountSecret": "hunter2hunter2",
    });
    check(&Kit::new(&Mixpanel, settings, SUCCESS), &[IMPORTED, PARTLY, PROFILES]);
}
