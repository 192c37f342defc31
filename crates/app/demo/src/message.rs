//! Drafts wrapped the way each library wraps them.

use prime_event::{DiscardCode, MessageType, Timestamp};
use serde_json::{Map, Value, json};

use crate::chance::Chance;
use crate::people::{Device, DeviceKind, Person};
use crate::visit::{Draft, Visit};

/// One message of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoMessage {
    /// Empty where a malformed message has none that could be read.
    pub message_id: String,
    /// The message exactly as it is sent: the item of a batch, or the whole body of a single request.
    pub json: String,
    pub expected: Expected,
}

/// What the tracking contract says becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is processed and stands in `events`.
    Accepted,
    /// It is answered with 200 and kept in `rejected` under this code.
    Rejected(DiscardCode),
}

/// A message as an object, in the order of its library's fields. `path` is where in the shop the visitor stands.
pub(crate) fn from_device(
    draft: Draft,
    who: &Person,
    visit: &Visit,
    path: &str,
    believed: Timestamp,
    chance: &mut Chance,
) -> Map<String, Value> {
    let device = &who.devices[visit.device];
    let mut message = Map::new();
    put_call(&mut message, draft, who, &device.anonymous_id);
    message.insert("anonymousId".into(), json!(device.anonymous_id));
    if device.signed_in
        && let Some(user_id) = &who.user_id
    {
        message.insert("userId".into(), json!(user_id));
    }
    let uuid = chance.uuid();
    let (id, context) = match device.kind {
        DeviceKind::Browser | DeviceKind::BatchingBrowser => {
            message.insert("_metadata".into(), json!({ "bundled": ["Segment.io"], "unbundled": [], "bundledIds": [] }));
            (format!("ajs-next-{}-{uuid}", believed.as_millis()), browser_context(device, who, visit, path))
        }
        DeviceKind::Android | DeviceKind::Ios => (uuid.to_string(), phone_context(device, who)),
    };
    message.insert("context".into(), context);
    message.insert("integrations".into(), json!({}));
    message.insert("messageId".into(), json!(id));
    message.insert("timestamp".into(), json!(believed.to_string()));
    message
}

/// A message that the shop's own server sends. It has no context: the batch that holds it has.
pub(crate) fn from_server(draft: Draft, who: &Person, at: Timestamp, chance: &mut Chance) -> Map<String, Value> {
    let mut message = Map::new();
    put_call(&mut message, draft, who, "");
    message.insert("userId".into(), json!(who.user_id));
    message.insert("messageId".into(), json!(chance.uuid().to_string()));
    // Servers write microseconds and an offset where browsers write milliseconds and Z.
    message.insert("timestamp".into(), json!(at.to_string().replace('Z', "000+00:00")));
    message
}

pub(crate) fn server_context() -> Value {
    json!({ "library": { "name": "analytics-go", "version": "3.3.0" }, "app": { "name": "shop-orders" } })
}

/// The fields that make the call what it is.
fn put_call(message: &mut Map<String, Value>, draft: Draft, who: &Person, anonymous_id: &str) {
    message.insert("type".into(), json!(draft.kind.as_str()));
    match draft.kind {
        MessageType::Track => {
            message.insert("event".into(), json!(draft.name));
            message.insert("properties".into(), draft.body);
        }
        MessageType::Page | MessageType::Screen => {
            message.insert("name".into(), json!(draft.name));
            if let Some(category) = draft.category {
                message.insert("category".into(), json!(category));
            }
            message.insert("properties".into(), draft.body);
        }
        MessageType::Identify => {
            message.insert("traits".into(), draft.body);
        }
        MessageType::Group => {
            message.insert("groupId".into(), json!(who.company.map(|company| company.id)));
            message.insert("traits".into(), draft.body);
        }
        MessageType::Alias => {
            message.insert("previousId".into(), json!(anonymous_id));
        }
    }
}

fn browser_context(device: &Device, who: &Person, visit: &Visit, path: &str) -> Value {
    let mut context = json!({
        "library": { "name": "analytics.js", "version": "next-1.84.0" },
        "userAgent": device.user_agent,
        "locale": who.place.locale,
        "timezone": who.place.timezone,
        "page": {
            "path": path,
            "referrer": "",
            "search": "",
            "title": "Birch & Brook",
            "url": format!("https://shop.example.com{path}"),
        },
    });
    if let Some([name, source, medium]) = visit.campaign {
        context["campaign"] = json!({ "name": name, "source": source, "medium": medium });
    }
    if let Some(company) = who.company.filter(|_| device.signed_in) {
        context["groupId"] = json!(company.id);
    }
    context
}

fn phone_context(device: &Device, who: &Person) -> Value {
    let android = device.kind == DeviceKind::Android;
    let (library, os, manufacturer, model) = if android {
        ("analytics-kotlin", "Android", "Google", "Pixel 8")
    } else {
        ("analytics-swift", "iOS", "Apple", "iPhone15,2")
    };
    json!({
        "library": { "name": library, "version": if android { "1.19.1" } else { "1.7.3" } },
        "app": { "name": "Birch & Brook", "version": "4.2.0", "build": "4203", "namespace": "com.example.shop" },
        "device": { "id": device.anonymous_id, "manufacturer": manufacturer, "model": model, "type": os.to_lowercase() },
        "os": { "name": os, "version": if android { "14" } else { "18.1" } },
        "network": { "bluetooth": false, "cellular": true, "wifi": false },
        "screen": { "density": 2.75, "height": 2400, "width": 1080 },
        "locale": who.place.locale,
        "timezone": who.place.timezone,
    })
}
