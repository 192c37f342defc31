//! The shop's expectations against the contract as the server reads it.

use prime_demo::{DemoRequest, Expected, Shop, ShopOptions};
use prime_event::{
    Arrival, Endpoint, Message, MessageType, RequestBody, RequestId, SourceId, Timestamp, WriteKey, normalize,
};

#[test]
fn every_message_becomes_what_the_shop_expects_of_it() {
    let options = ShopOptions {
        seed: 11,
        start: Timestamp::parse("2026-03-01T08:00:00Z").unwrap(),
        write_key: WriteKey::new("contract-test-key"),
        rate: 100.0,
        duplicates: 0.0,
        malformed: 0.3,
        batch: 25,
        count: Some(5_000),
    };
    let requests: Vec<_> = Shop::new(options.clone()).unwrap().collect();
    let alone: Vec<_> = Shop::new(ShopOptions { batch: 1, ..options }).unwrap().collect();
    for request in requests.iter().chain(&alone) {
        let outcomes = outcomes(request);
        match request.status {
            400 => assert_eq!(outcomes, None, "{} is readable", request.body),
            _ => {
                let expected = request.messages.iter().map(|message| (message.message_id.clone(), message.expected));
                assert_eq!(outcomes, Some(expected.collect()), "{} {}", request.path, request.body);
            }
        }
    }
}

/// The id and the fate of each message by the server's own rules; none when the whole body is refused.
fn outcomes(request: &DemoRequest) -> Option<Vec<(String, Expected)>> {
    let source = SourceId::new("shop");
    let arrival = Arrival {
        request: RequestId([3; 16]),
        index: 0,
        received_at: request.at,
        endpoint: endpoint(request.path),
        client: None,
        source: &source,
    };
    let body = RequestBody::parse(request.body.as_bytes(), arrival.endpoint).ok()?;
    assert_eq!(body.len(), request.messages.len(), "{}", request.body);
    let fate = |message: Message<'_, '_>| match message
        .value
        .and_then(|value| normalize(value, &message.envelope, &arrival))
    {
        Ok(normalized) => (normalized.facts.message_id, Expected::Accepted),
        Err(rejection) => (String::new(), Expected::Rejected(rejection.code)),
    };
    let fates = body.messages().map(fate);
    // A refused message keeps its id in the shop's report; the server's verdict has none to compare with.
    let named = fates.zip(request.messages.iter()).map(|((id, fate), message)| match fate {
        Expected::Accepted => (id, fate),
        Expected::Rejected(_) => (message.message_id.clone(), fate),
    });
    Some(named.collect())
}

fn endpoint(path: &str) -> Endpoint {
    let name = path.trim_end_matches('/').trim_start_matches("/v1/");
    let kind = MessageType::ALL.into_iter().find(|kind| kind.as_str() == name || kind.as_str()[..1] == *name);
    match (name, kind) {
        ("b", _) => Endpoint::Batch { client_side: true },
        ("batch" | "import", _) => Endpoint::Batch { client_side: false },
        (_, Some(kind)) => Endpoint::Single { kind: Some(kind), client_side: name.len() == 1 },
        _ => panic!("the shop posts to {path}"),
    }
}
