//! The webhook's settings, parsed once.

use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING, UPGRADE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use prime_destination::{SettingProblem, Settings};
use url::Url;

/// As many headers as a person would type; with 8 KiB of header lines most servers refuse more.
const HEADERS_MAX: usize = 50;
const OUR_USER_AGENT: HeaderValue = HeaderValue::from_static("PrimeData/1.0");

pub(super) struct WebhookSettings {
    pub(super) url: Url,
    pub(super) method: Method,
    /// Every header of a request but the signature.
    pub(super) headers: HeaderMap,
    pub(super) shared_secret: Option<String>,
}

impl WebhookSettings {
    pub(super) fn read(settings: Settings<'_>) -> Result<Self, Vec<SettingProblem>> {
        let mut problems = settings.problems();
        let url = match settings.text("url").map(parse_url) {
            Some(Ok(url)) => Some(url),
            Some(Err(sentence)) => {
                problems.push(SettingProblem::new("url", sentence));
                None
            }
            None => None,
        };
        let headers = parse_headers(settings, &mut problems);
        match url {
            Some(url) if problems.is_empty() => Ok(Self {
                url,
                method: method(settings),
                headers,
                shared_secret: settings.text("sharedSecret").map(str::to_owned),
            }),
            _ => Err(problems),
        }
    }
}

fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim())
        .map_err(|error| format!("The URL cannot be read ({error}); it should look like https://example.com/path."))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(format!("The URL must start with https:// or http://, not {other}://.")),
    }
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
