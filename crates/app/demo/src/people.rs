//! The people of the shop and their devices.

use serde_json::{Value, json};

use crate::catalogue::{COMPANIES, Company, FIRST_NAMES, LAST_NAMES, PLACES, Place, USER_AGENTS};
use crate::chance::Chance;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// How wrong a device's clock may be: a little, an hour of daylight saving, a wrong day, a wrong year.
const CLOCK_SKEWS_MS: [i64; 5] = [95_000, -240_000, HOUR_MS, -24 * HOUR_MS, 400 * 24 * HOUR_MS];
const SHARE_WITH_WRONG_CLOCK: f64 = 0.08;
const SHARE_OF_COMPANIES: f64 = 0.15;

/// What a device is decides which library speaks for it and how it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceKind {
    /// analytics.js, one request per message.
    Browser,
    /// analytics.js with batching switched on.
    BatchingBrowser,
    Android,
    Ios,
}

pub(crate) struct Device {
    pub kind: DeviceKind,
    pub anonymous_id: String,
    pub user_agent: &'static str,
    /// Added to the true time to get what the device believes.
    pub clock_skew_ms: i64,
    /// Whether the person has told this device who they are.
    pub signed_in: bool,
}

pub(crate) struct Person {
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub place: &'static Place,
    pub company: Option<&'static Company>,
    /// Given at sign-up, which is not on the first visit for most.
    pub user_id: Option<String>,
    pub number: u64,
    pub orders: u64,
    pub devices: Vec<Device>,
}

/// Somebody whom the shop simulated, as whoever receives the messages should come to know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// None while they never said who they are.
    pub user_id: Option<String>,
    pub email: String,
    /// One to four.
    pub devices: Vec<DemoDevice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoDevice {
    pub anonymous_id: String,
    pub is_phone: bool,
    /// Whether the person told this device who they are; if not, nobody can know that it is theirs.
    pub signed_in: bool,
}

impl From<&Person> for DemoPerson {
    fn from(person: &Person) -> Self {
        let device = |device: &Device| DemoDevice {
            anonymous_id: device.anonymous_id.clone(),
            is_phone: device.is_phone(),
            signed_in: device.signed_in,
        };
        Self {
            user_id: person.user_id.clone(),
            email: person.email(),
            devices: person.devices.iter().map(device).collect(),
        }
    }
}

impl Device {
    pub(crate) fn new(kind: DeviceKind, chance: &mut Chance) -> Self {
        let wrong = chance.happens(SHARE_WITH_WRONG_CLOCK);
        Self {
            kind,
            anonymous_id: chance.uuid().to_string(),
            user_agent: chance.pick(USER_AGENTS),
            clock_skew_ms: if wrong { chance.pick(&CLOCK_SKEWS_MS) } else { 0 },
            signed_in: false,
        }
    }

    pub(crate) fn is_phone(&self) -> bool {
        matches!(self.kind, DeviceKind::Android | DeviceKind::Ios)
    }
}

impl DeviceKind {
    pub(crate) fn any(chance: &mut Chance) -> Self {
        match chance.between(1, 10) {
            1..=4 => Self::Browser,
            5..=6 => Self::BatchingBrowser,
            7..=8 => Self::Android,
            _ => Self::Ios,
        }
    }
}

impl Person {
    pub(crate) fn new(number: u64, chance: &mut Chance) -> Self {
        let kind = DeviceKind::any(chance);
        Self {
            first_name: chance.pick(FIRST_NAMES),
            last_name: chance.pick(LAST_NAMES),
            place: &PLACES[chance.index(PLACES.len())],
            company: chance.happens(SHARE_OF_COMPANIES).then(|| &COMPANIES[chance.index(COMPANIES.len())]),
            user_id: None,
            number,
            orders: 0,
            devices: vec![Device::new(kind, chance)],
        }
    }

    pub(crate) fn email(&self) -> String {
        // The number keeps addresses apart that share their letters.
        let letters = |name: &str| name.to_lowercase().replace('’', "");
        format!("{}.{}.{}@example.com", letters(self.first_name), letters(self.last_name), self.number)
    }

    /// What the shop knows of a person who signed up.
    pub(crate) fn traits(&self, created_at: &str) -> Value {
        let place = self.place;
        json!({
            "email": self.email(),
            "firstName": self.first_name,
            "lastName": self.last_name,
            "createdAt": created_at,
            "phone": null,
            "address": { "city": place.city, "postalCode": place.postal_code, "country": place.country },
            "orders": self.orders,
            // Beyond 2^53, where a reader that turns numbers into doubles would change it.
            "loyaltyNumber": 9_007_199_254_740_993 + self.number * 2,
            "interests": [["outdoors", "coffee"], []],
            "newsletter": self.number.is_multiple_of(3),
        })
    }
}
