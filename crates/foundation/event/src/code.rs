//! Why a message or a request was discarded at the door, with the sentence a person reads.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $text:literal $sentence:literal $remedy:literal)*) => {
        /// Why a message or a request was discarded.
        ///
        /// The first block are Segment's published ingest codes, spelled the same; the second are ours, for refusals
        /// that Segment makes without naming them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DiscardCode { $($variant),* }

        impl DiscardCode {
            pub const ALL: &'static [DiscardCode] = &[$(DiscardCode::$variant),*];

            /// The code as it appears in the API, in metrics and in documents.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// What happened, in a sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }

            /// What the sender can do about it, in a sentence.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),* }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    EmptyBatch "empty_batch"
        "The batch holds no messages."
        "Send at least one message in `batch`; an SDK that sends empty batches can be ignored."
    EmptyBatchResult "empty_batch_result"
        "No message of the batch could be accepted."
        "Look at the reason of each message beside this one."
    MultiUserError "multi_user_error"
        "Some messages of the batch could not be accepted; the others were."
        "Look at the reason of each rejected message."
    SourceDisabled "source_disabled"
        "The source, or this write key of it, is switched off."
        "Switch the source or the write key on again, or stop sending to it."
    UnknownSource "unknown_source"
        "No source has this write key."
        "Copy the write key from the source's page; it may have been rotated or deleted."
    NoUserAnonId "no_user_anon_id"
        "The message has neither a `userId` nor an `anonymousId`."
        "Send at least one of the two with every call."
    IdRequired "id_required"
        "An id that this call needs is missing: `groupId` for group, `previousId` and `userId` for alias."
        "Send the missing id."
    IdNotString "id_not_string"
        "An id is empty or is not a string."
        "Send ids as non-empty strings; turn numbers into strings before the call."
    EventNotDefined "event_not_defined"
        "The track call has no event name."
        "Send the name of what happened in `event`."
    EventNotString "event_not_string"
        "The event name is not a string."
        "Send `event` as a string."
    PropertiesNotObject "properties_not_object"
        "`properties` is not an object."
        "Send `properties` as an object of names and values."
    TraitsNotObject "traits_not_object"
        "`traits` is not an object."
        "Send `traits` as an object of names and values."
    NameNotString "name_not_string"
        "The page or screen name is empty or is not a string."
        "Send `name` as a non-empty string, or leave it out."
    CategoryNotString "category_not_string"
        "The page or screen category is empty or is not a string."
        "Send `category` as a non-empty string, or leave it out."
    ConsentPreferencesMissing "consent_categorypreferences_should_exist"
        "`context.consent` has no `categoryPreferences`."
        "Send the person's choices in `context.consent.categoryPreferences`, or leave `consent` out."
    ConsentPreferencesNotObject "consent_categorypreferences_fields_should_be_object"
        "`context.consent.categoryPreferences` is not an object."
        "Send an object of category names and true or false."
    ConsentPreferencesNotBool "consent_categorypreferences_fields_should_be_bool"
        "A category in `context.consent.categoryPreferences` is neither true nor false."
        "Send true or false for each category."
    ConsentVersionNotNumber "consent_version_should_be_number"
        "`context.consent.version` is not a number."
        "Send the version as a number, or leave it out."
    AdvertisingIdNotString "device_advertisingid_should_be_string"
        "`context.device.advertisingId` is not a string."
        "Send the advertising id as a string, or leave it out."
    BadRequest "bad_request"
        "The request could not be read as a message or a batch of messages."
        "Send a JSON object; look at the original beside this reason for what arrived."
    InvalidSettings "invalid_settings"
        "The source's settings do not allow this request."
        "Check the settings of the source; where it asks for OAuth, send a valid access token."
    TooManyRequests "too_many_requests"
        "More arrived than the server may take right now."
        "Send again after the seconds in `Retry-After`; SDKs do that by themselves."

    MessageNotObject "message_not_object"
        "An item of the batch is not an object."
        "Send each message as a JSON object."
    TypeUnknown "type_unknown"
        "The message has no `type`, or one that is none of track, identify, page, screen, group and alias."
        "Send one of the six types."
    ContextNotObject "context_not_object"
        "`context` is not an object."
        "Send `context` as an object, or leave it out."
    IntegrationsNotObject "integrations_not_object"
        "`integrations` is not an object."
        "Send `integrations` as an object, or leave it out."
    MessageTooLarge "message_too_large"
        "The message is larger than 32 KiB."
        "Send less in one message: leave out large texts and lists, or send them as several messages."
    MessageIdInvalid "message_id_invalid"
        "The `messageId` is not a string of 1 to 100 characters."
        "Send a shorter messageId, a UUID for example, or leave it out."
    TooManyMessages "too_many_messages"
        "The batch holds more than 2,500 messages; those beyond were not taken."
        "Send smaller batches."
    NestedTooDeeply "nested_too_deeply"
        "Objects and lists are nested more than 64 levels deep."
        "Flatten the message."
}

impl fmt::Display for DiscardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_parses_back_and_speaks_in_sentences() {
        for &code in DiscardCode::ALL {
            assert_eq!(DiscardCode::parse(code.as_str()), Some(code));
            assert!(code.sentence().ends_with('.') && code.remedy().ends_with('.'), "{code}");
        }
    }
}
