//! The published codes that deliveries are counted and searched by, beside HTTP statuses as text.
//!
//! They are part of the public API: a code keeps its meaning and its spelling for good.

/// A filter of the destination left the event out.
pub const FILTERED_BY_RULES: &str = "FILTERED_BY_RULES";
/// The event's own `integrations` object leaves the destination out.
pub const FILTERED_BY_INTEGRATIONS_OBJECT: &str = "FILTERED_BY_INTEGRATIONS_OBJECT";
/// The program has no such destination.
pub const UNKNOWN_INTEGRATION: &str = "UNKNOWN_INTEGRATION";
/// An SDK sent the event to the destination itself.
pub const MESSAGE_SENT_CLIENT_SIDE: &str = "MESSAGE_SENT_CLIENT_SIDE";
/// The destination has no use for this type of event.
pub const UNSUPPORTED_EVENT_TYPE: &str = "UNSUPPORTED_EVENT_TYPE";
/// The settings cannot be used.
pub const INVALID_SETTINGS: &str = "INVALID_SETTINGS";
/// No mapping of the destination takes the event.
pub const NO_MATCHING_MAPPING: &str = "NO_MATCHING_MAPPING";
/// A mapping left the event out.
pub const FILTERED_AT_MAPPING: &str = "FILTERED_AT_MAPPING";
/// The person did not consent.
pub const FILTERED_BY_END_USER_CONSENT: &str = "FILTERED_BY_END_USER_CONSENT";
/// A function may not run.
pub const FUNCTIONS_LOCK_OUT: &str = "FUNCTIONS_LOCK_OUT";
/// A value could not be encrypted.
pub const FAILED_DATA_ENCRYPTION: &str = "FAILED_DATA_ENCRYPTION";
/// The destination was switched off while the event waited for it.
pub const DESTINATION_DISABLED: &str = "DESTINATION_DISABLED";
/// A mistake of this program.
pub const INTERNAL: &str = "INTERNAL";
/// The far side understood the event and will never take it.
pub const MESSAGE_REJECTED: &str = "MESSAGE_REJECTED";
/// The event lacks something or holds something that no request can carry.
pub const PAYLOAD_VALIDATION_FAILED: &str = "PAYLOAD_VALIDATION_FAILED";
/// The credentials are wrong, or no longer valid.
pub const INVALID_AUTHENTICATION: &str = "INVALID_AUTHENTICATION";
/// The far side asks to try again, and not by a status.
pub const RETRY: &str = "RETRY";
/// The exchange failed or was refused on this side.
pub const EREFUSED: &str = "EREFUSED";
/// No answer in time.
pub const ETIMEDOUT: &str = "ETIMEDOUT";
/// The name has no address.
pub const ENOTFOUND: &str = "ENOTFOUND";
/// Names cannot be looked up just now.
pub const EAI_AGAIN: &str = "EAI_AGAIN";
/// Nobody listens.
pub const ECONNREFUSED: &str = "ECONNREFUSED";
/// The far side ended the connection.
pub const ECONNRESET: &str = "ECONNRESET";
/// This side ended the connection, as it could not be trusted.
pub const ECONNABORTED: &str = "ECONNABORTED";
/// No way leads to the address.
pub const EHOSTUNREACH: &str = "EHOSTUNREACH";
/// A replay was ended while the event waited for another attempt.
pub const REPLAY_CANCELLED: &str = "REPLAY_CANCELLED";
/// The event was gone from where it was kept before it could be tried again.
pub const EVENT_GONE: &str = "EVENT_GONE";

/// Every code here.
pub const ALL: [&str; 27] = [
    FILTERED_BY_RULES,
    FILTERED_BY_INTEGRATIONS_OBJECT,
    UNKNOWN_INTEGRATION,
    MESSAGE_SENT_CLIENT_SIDE,
    UNSUPPORTED_EVENT_TYPE,
    INVALID_SETTINGS,
    NO_MATCHING_MAPPING,
    FILTERED_AT_MAPPING,
    FILTERED_BY_END_USER_CONSENT,
    FUNCTIONS_LOCK_OUT,
    FAILED_DATA_ENCRYPTION,
    DESTINATION_DISABLED,
    INTERNAL,
    MESSAGE_REJECTED,
    PAYLOAD_VALIDATION_FAILED,
    INVALID_AUTHENTICATION,
    RETRY,
    EREFUSED,
    ETIMEDOUT,
    ENOTFOUND,
    EAI_AGAIN,
    ECONNREFUSED,
    ECONNRESET,
    ECONNABORTED,
    EHOSTUNREACH,
    REPLAY_CANCELLED,
    EVENT_GONE,
];

/// Whether this is a published code: one of [`ALL`], or an HTTP status as text.
pub fn is_published(code: &str) -> bool {
    let status = code.len() == 3 && code.parse::<u16>().is_ok_and(|status| (100..1000).contains(&status));
    status || ALL.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_listed_codes_are_published_and_nothing_else() {
        for code in ["200", "307", "429", "503", "ENOTFOUND", "RETRY", "NO_MATCHING_MAPPING"] {
            assert!(is_published(code), "{code}");
        }
        for code in ["", "20", "2000", "+20", "099", "unknown", "enotfound"] {
            assert!(!is_published(code), "{code}");
        }
    }
}
