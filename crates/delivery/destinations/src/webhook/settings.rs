//! The webhook's settings, parsed once.

use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING, UPGRADE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use prime_destination::{SettingProblem, Settings};
use url::Url;

use super::data_path::DataPath;

/// As many headers as a person would type; with 8 KiB of header lines most servers refuse more.
const HEADERS_MAX: usize = 50;
/// Beside the first, as many as Segment's webhooks have.
const MORE_URLS_MAX: usize = 4;
/// Events of one kilobyte fill a batch's bytes with a thousand.
const BATCH_SIZE_MAX: u64 = 1_000;
const OUR_USER_AGENT: HeaderValue = HeaderValue::from_static("PrimeData/1.0");

pub(super) struct WebhookSettings {
    pub(super) url: Url,
    pub(super) more_urls: Vec<Url>,
    pub(super) method: Method,
    /// Every header of a request but the signature and the idempotency key.
    pub(super) headers: HeaderMap,
    pub(super) data: DataPath,
    /// How many events share a request at most. At 1 a body is the event, above it is an array of events.
    pub(super) batch_size: usize,
    pub(super) shared_secret: Option<String>,
}

impl WebhookSettings {
    pub(super) fn read(settings: Settings<'_>) -> Result<Self, Vec<SettingProblem>> {
        let mut problems = settings.problems();
        let url = settings.text("url").and_then(|text| parse_url("url", text, &mut problems));
        let more_urls = parse_more_urls(settings, &mut problems);
        let headers = parse_headers(settings, &mut problems);
        let data = parse_data(settings, &mut problems);
        let batch_size = batch_size(settings, &mut problems);
        match url {
            Some(url) if problems.is_empty() => Ok(Self {
                url,
                more_urls,
                method: method(settings),
                headers,
                data,
                batch_size,
                shared_secret: settings.text("sharedSecret").map(str::to_owned),
            }),
            _ => Err(problems),
        }
    }

    pub(super) fn is_batched(&self) -> bool {
        self.batch_size > 1
    }
}

fn parse_url(name: &str, text: &str, problems: &mut Vec<SettingProblem>) -> Option<Url> {
    let sentence = match Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => return Some(url),
        Ok(url) => format!("The URL must start with https:// or http://, not {}://.", url.scheme()),
        Err(error) => format!("The URL cannot be read ({error}); it should look like https://example.com/path."),
    };
    problems.push(SettingProblem::new(name, sentence));
    None
}

fn parse_more_urls(settings: Settings<'_>, problems: &mut Vec<SettingProblem>) -> Vec<Url> {
    let texts: Vec<_> = settings.text("moreUrls").unwrap_or_default().split_whitespace().collect();
    if texts.len() > MORE_URLS_MAX {
        let sentence = format!("At most {MORE_URLS_MAX} further URLs can be set; remove some.");
        problems.push(SettingProblem::new("moreUrls", sentence));
        return Vec::new();
    }
    texts.into_iter().filter_map(|text| parse_url("moreUrls", text, problems)).collect()
}

fn parse_data(settings: Settings<'_>, problems: &mut Vec<SettingProblem>) -> DataPath {
    DataPath::parse(settings.text("data").unwrap_or_default()).unwrap_or_else(|| {
        let sentence = "The path cannot be read; it should look like $.properties, or be $. for the whole event.";
        problems.push(SettingProblem::new("data", sentence));
        DataPath::default()
    })
}

fn batch_size(settings: Settings<'_>, problems: &mut Vec<SettingProblem>) -> usize {
    let size = settings.number("batchSize").unwrap_or(1);
    if !(1..=BATCH_SIZE_MAX).contains(&size) {
        let sentence = format!("The batch size must be from 1 to {BATCH_SIZE_MAX}.");
        problems.push(SettingProblem::new("batchSize", sentence));
    }
    size as usize
}

fn method(settings: Settings<'_>) -> Method {
    match settings.text("method") {
        Some("PUT") => Method::PUT,
        Some("PATCH") => Method::PATCH,
        _ => Method::POST,
    }
}

fn parse_headers(settings: Settings<'_>, problems: &mut Vec<SettingProblem>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, OUR_USER_AGENT);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut problem = |sentence: String| problems.push(SettingProblem::new("headers", sentence));
    if settings.pairs("headers").count() > HEADERS_MAX {
        problem(format!("At most {HEADERS_MAX} headers can be sent; remove some."));
    }
    for (name, value) in settings.pairs("headers") {
        let Ok(parsed) = HeaderName::from_bytes(name.trim().as_bytes()) else {
            problem(format!("\"{name}\" is not a header name; use letters, digits and hyphens."));
            continue;
        };
        if belongs_to_the_exchange(&parsed) {
            problem(format!("\"{name}\" is set by the exchange itself; remove it."));
            continue;
        }
        // Of what people type here, any value may be a credential.
        match HeaderValue::from_str(value.trim()) {
            Ok(mut value) => {
                value.set_sensitive(true);
                headers.insert(parsed, value);
            }
            Err(_) => problem(format!("The value of \"{name}\" holds characters that a header cannot carry.")),
        }
    }
    headers
}

/// Headers that frame the message or name the connection: set by hand, they would garble it.
fn belongs_to_the_exchange(name: &HeaderName) -> bool {
    [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE].contains(name) || *name == "x-signature"
}
