use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use prime_control::{AssertionForm, OauthApp, OauthError};
use prime_event::Timestamp;
use serde_json::{Value, json};

use super::{Home, at, by, home, is_missing, refused};

const PRIVATE: &str = include_str!("../fixtures/oauth_private.pem");
const PUBLIC: &str = include_str!("../fixtures/oauth_public.pem");
const OTHER_PRIVATE: &str = include_str!("../fixtures/other_private.pem");
const OTHER_PUBLIC: &str = include_str!("../fixtures/other_public.pem");
const SHORT_PUBLIC: &str = include_str!("../fixtures/short_public.pem");
const HERE: &str = "https://data.example.com";

fn app(home: &Home) -> OauthApp {
    home.store.create_oauth_app(home.workspace(), "backend", PUBLIC, &by(0)).unwrap()
}

/// The claims that SDKs send at a time.
fn claims(app: &OauthApp, now: Timestamp, jti: &str) -> Value {
    let now_s = now.as_millis() / 1_000;
    json!({ "iss": app.id, "sub": app.id, "aud": HERE, "iat": now_s - 5, "exp": now_s + 55, "jti": jti })
}

fn signed(private: &str, kid: &str, claims: &Value) -> String {
    let header = Header { kid: Some(kid.into()), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, &EncodingKey::from_rsa_pem(private.as_bytes()).unwrap()).unwrap()
}

fn form(assertion: &str) -> AssertionForm<'_> {
    AssertionForm {
        grant_type: "client_credentials",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
        scope: "tracking_api:write",
    }
}

fn refusal(home: &Home, assertion: &str, now: Timestamp) -> (&'static str, &'static str) {
    let error = home.store.exchange_assertion(&form(assertion), &[HERE], now).unwrap_err();
    (error.code(), error.description())
}

#[test]
fn a_signed_assertion_is_exchanged_for_a_token_that_works_for_a_day() {
    let home = home();
    let app = app(&home);
    let assertion = signed(PRIVATE, &app.keys[0].id, &claims(&app, at(1), "one"));
    let token = home.store.exchange_assertion(&form(&assertion), &["http://other", HERE], at(1)).unwrap();
    assert_eq!((token.expires_in_s, token.scope), (86_400, "tracking_api:write"));
    let grant = home.store.access_token(token.token.reveal(), at(86_400)).unwrap();
    assert_eq!((&grant.workspace, &grant.app), (home.workspace(), &app.id));
    assert_eq!(home.store.access_token(token.token.reveal(), at(86_401)), None);
    assert_eq!(home.store.access_token("pd_nothing", at(1)), None);
    let reopened = home.reopened();
    assert!(reopened.access_token(token.token.reveal(), at(2)).is_some(), "a token survives a restart");
}

#[test]
fn an_assertion_serves_once() {
    let home = home();
    let app = app(&home);
    let assertion = signed(PRIVATE, &app.keys[0].id, &claims(&app, at(1), "one"));
    home.store.exchange_assertion(&form(&assertion), &[HERE], at(1)).unwrap();
    assert_eq!(refusal(&home, &assertion, at(2)), ("invalid_request", "The client_assertion was used before."));
}

#[test]
fn sdks_are_told_about_a_wrong_clock_in_the_words_that_they_know() {
    let home = home();
    let app = app(&home);
    let assertion = signed(PRIVATE, &app.keys[0].id, &claims(&app, at(1_000), "one"));
    assert_eq!(refusal(&home, &assertion, at(1_061)), ("invalid_request", "Token is expired"));
    assert_eq!(refusal(&home, &assertion, at(980)), ("invalid_request", "Token used before issued"));
}

#[test]
fn an_assertion_that_is_not_signed_by_the_app_itself_is_refused() {
    let home = home();
    let ours = app(&home);
    let other = home.store.create_oauth_app(home.workspace(), "other", OTHER_PUBLIC, &by(0)).unwrap();
    let (kid, good) = (&ours.keys[0].id, claims(&ours, at(1), "one"));
    for (private, kid, claims) in [
        (OTHER_PRIVATE, kid, good.clone()),
        (PRIVATE, &"nothing".to_owned(), good.clone()),
        (PRIVATE, kid, claims(&other, at(1), "one")),
        (OTHER_PRIVATE, &other.keys[0].id, good.clone()),
    ] {
        assert_eq!(refusal(&home, &signed(private, kid, &claims), at(1)).0, "invalid_client");
    }
    let forged = encode(
        &Header { kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) },
        &good,
        &EncodingKey::from_secret(PUBLIC.as_bytes()),
    );
    assert_eq!(refusal(&home, &forged.unwrap(), at(1)).0, "invalid_client", "a public key is no shared secret");
}

#[test]
fn requests_that_are_not_what_they_have_to_be_are_refused_by_name() {
    let home = home();
    let app = app(&home);
    let kid = &app.keys[0].id;
    let good = signed(PRIVATE, kid, &claims(&app, at(1), "one"));
    let code = |form: AssertionForm<'_>| home.store.exchange_assertion(&form, &[HERE], at(1)).unwrap_err().code();
    assert_eq!(code(AssertionForm { grant_type: "password", ..form(&good) }), "unsupported_grant_type");
    assert_eq!(code(AssertionForm { client_assertion_type: "", ..form(&good) }), "invalid_request");
    assert_eq!(code(AssertionForm { scope: "public_api:read_write", ..form(&good) }), "invalid_scope");
    assert_eq!(code(form("no.jwt")), "invalid_request");
    for (name, value) in [
        ("aud", json!("https://elsewhere.example.com")),
        ("exp", json!(at(1_000).as_millis() / 1_000)),
        ("jti", json!("")),
        ("sub", json!(null)),
    ] {
        let mut bad = claims(&app, at(1), "two");
        bad[name] = value;
        assert_eq!(refusal(&home, &signed(PRIVATE, kid, &bad), at(1)).0, "invalid_request", "{name}");
    }
    assert!(home.store.exchange_assertion(&form(&good), &[HERE], at(1)).is_ok());
}

#[test]
fn a_revoked_token_and_those_of_a_deleted_app_end_at_once() {
    let home = home();
    let app = app(&home);
    let obtain = |jti: &str| {
        let assertion = signed(PRIVATE, &app.keys[0].id, &claims(&app, at(1), jti));
        home.store.exchange_assertion(&form(&assertion), &[HERE], at(1)).unwrap().token
    };
    let (first, second) = (obtain("one"), obtain("two"));
    let held = home.store.oauth_tokens(home.workspace(), &app.id, at(2)).unwrap();
    assert_eq!(held.len(), 2);
    home.store.revoke_oauth_token(home.workspace(), &app.id, &held[0].id, &by(3)).unwrap();
    let works = |token: &prime_control::Secret| home.store.access_token(token.reveal(), at(3)).is_some();
    assert!(works(&first) != works(&second), "one of the two ended");
    home.store.delete_oauth_app(home.workspace(), &app.id, &by(4)).unwrap();
    assert!(!works(&first) && !works(&second));
    assert!(is_missing(home.store.oauth_tokens(home.workspace(), &app.id, at(5))));
}

#[test]
fn an_app_moves_from_one_key_to_another() {
    let home = home();
    let app = app(&home);
    let second = home.store.add_oauth_key(home.workspace(), &app.id, OTHER_PUBLIC, &by(1)).unwrap();
    assert_eq!(refused(home.store.add_oauth_key(home.workspace(), &app.id, PUBLIC, &by(1))), "publicKey");
    home.store.delete_oauth_key(home.workspace(), &app.id, &app.keys[0].id, &by(2)).unwrap();
    let old = signed(PRIVATE, &app.keys[0].id, &claims(&app, at(3), "one"));
    assert_eq!(refusal(&home, &old, at(3)).0, "invalid_client");
    let new = signed(OTHER_PRIVATE, &second.id, &claims(&app, at(3), "one"));
    assert!(home.store.exchange_assertion(&form(&new), &[HERE], at(3)).is_ok());
    assert_eq!(home.store.oauth_apps(home.workspace()).unwrap()[0].keys, [second]);
}

#[test]
fn only_public_rsa_keys_of_enough_length_are_taken() {
    let home = home();
    for bad in ["", "no key", PRIVATE, SHORT_PUBLIC] {
        assert_eq!(refused(home.store.create_oauth_app(home.workspace(), "bad", bad, &by(1))), "publicKey");
    }
    assert!(home.store.oauth_apps(home.workspace()).unwrap().is_empty());
}

#[test]
fn one_app_cannot_fill_the_memory_with_tokens() {
    let home = home();
    let app = app(&home);
    let file = rusqlite::Connection::open(home.folder.path().join("control.sqlite")).unwrap();
    for number in 0..1_000_u32 {
        let digest = [&number.to_le_bytes()[..], &[0; 28]].concat();
        file.execute(
            "INSERT INTO oauth_tokens (id, app, digest, scope, created_at, expires_at) VALUES (?1, ?2, ?3, 's', 0, ?4)",
            rusqlite::params![number.to_string(), app.id, digest, at(100).as_millis()],
        )
        .unwrap();
    }
    let assertion = signed(PRIVATE, &app.keys[0].id, &claims(&app, at(1), "one"));
    let full = home.store.exchange_assertion(&form(&assertion), &[HERE], at(1));
    assert!(matches!(full, Err(OauthError::TooManyTokens)));
    let later = signed(PRIVATE, &app.keys[0].id, &claims(&app, at(101), "two"));
    assert!(home.store.exchange_assertion(&form(&later), &[HERE], at(101)).is_ok(), "expired tokens make room");
}
