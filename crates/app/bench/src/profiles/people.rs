//! People with three identifiers each, and what they do.

use bytes::Bytes;
use prime_event::{EventRecord, Origin, SourceId, Timestamp, WorkspaceId};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

pub(super) const SPACE: &str = "bench";
/// 2023-11-14T22:13:20Z, an arbitrary moment.
const START_MS: i64 = 1_700_000_000_000;

pub(super) struct People {
    pub(super) count: u64,
    random: SmallRng,
    next_message: u64,
}

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
];

impl People {
    pub(super) fn new(count: u64) -> Self {
        Self { count, random: SmallRng::seed_from_u64(1), next_message: 0 }
    }

    /// Somebody, the active ones more often: the share of the first x of all is the third root of x.
    pub(super) fn somebody(&mut self) -> u64 {
        let x: f64 = self.random.random();
        ((x * x * x * self.count as f64) as u64).min(self.count - 1)
    }

    /// Introduces a person with all three identifiers and ten traits.
    pub(super) fn introduce(&mut self, person: u64) -> Bytes {
        let call = format!(
            r#""traits":{{"email":"p{person}@example.com","firstName":"Jo{}","lastName":"Doe{}","plan":"pro","age":{},"city":"Town {}","newsletter":true,"score":{},"createdAt":"2023-01-01T00:00:00.000Z","locale":"de"}}"#,
            person % 997,
            person % 4_999,
            18 + person % 60,
            person % 800,
            person % 101
        );
        self.event("identify", person, &known(person), &call)
    }

    /// What people do on an ordinary day.
    pub(super) fn act(&mut self) -> Bytes {
        let person = self.somebody();
        let known = known(person);
        let anonymous = format!(r#""anonymousId":"{}","#, device(person));
        match self.random.random_range(0..100_u32) {
            0..3 => {
                let call =
                    format!(r#""traits":{{"email":"p{person}@example.com","score":{}}}"#, self.next_message % 1_000);
                self.event("identify", person, &known, &call)
            }
            3..30 => {
                self.event("page", person, &anonymous, r#""name":"Home","properties":{"path":"/","title":"Home"}"#)
            }
            _ => self.track(person, &known),
        }
    }

    pub(super) fn track(&mut self, person: u64, ids: &str) -> Bytes {
        let number = self.next_message;
        let call = format!(
            r#""event":"Product Viewed","properties":{{"product_id":"p-{}","name":"Lantern {}","category":"Camping","price":{}.90,"currency":"EUR","position":{}}}"#,
            number % 9_001,
            number % 77,
            number % 240,
            number % 12
        );
        self.event("track", person, ids, &call)
    }

    fn event(&mut self, kind: &str, person: u64, ids: &str, call: &str) -> Bytes {
        let number = self.next_message;
        self.next_message += 1;
        let time = Timestamp::from_millis(START_MS + number as i64);
        let id: u128 = self.random.random();
        let agent = AGENTS[(person % 4) as usize];
        let payload = format!(
            r#"{{"type":"{kind}","messageId":"ajs-next-{}-{id:032x}",{ids}{call},"_metadata":{{"bundled":["Segment.io"],"unbundled":[],"bundledIds":[]}},"channel":"client","context":{{"library":{{"name":"analytics.js","version":"next-1.84.0"}},"userAgent":"{agent}","locale":"en-US","timezone":"Europe/Berlin","page":{{"path":"/c/{}","referrer":"","search":"","title":"Birch","url":"https://shop.example.com/c/{}"}},"ip":"192.0.2.{}"}},"integrations":{{}},"timestamp":"{time}","originalTimestamp":"{time}","sentAt":"{time}","receivedAt":"{time}","projectId":"web"}}"#,
            START_MS + number as i64,
            number % 300,
            number % 300,
            person % 250
        );
        let record = EventRecord {
            origin: Origin { offset: number, index: 0 },
            received_at: time,
            workspace: WorkspaceId::new(SPACE),
            source: SourceId::new("web"),
            payload: payload.into(),
        };
        record.encode()
    }
}

/// The identifiers on what a person does who has signed in.
pub(super) fn known(person: u64) -> String {
    format!(r#""anonymousId":"{}","userId":"u{person}","#, device(person))
}

pub(super) fn device(person: u64) -> String {
    format!("{:08x}-5a3c-4d2b-9e1f-{person:012x}", person.wrapping_mul(2_654_435_761) as u32)
}
