use crate::codec::{FormatError, Reader, Writer};

/// Stands for all values that have no row of their own.
pub const OTHER: &str = "(other)";

/// By what counts are told apart. A value that an event does not have is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dimensions {
    pub event_name: String,
    pub event_type: String,
    pub app_version: String,
    /// Why it ended so; of a success `successes.attempt.1` and so on, at most `.10`.
    pub discard_reason: String,
    pub subscription_id: String,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    EventName,
    EventType,
    AppVersion,
    DiscardReason,
    SubscriptionId,
}

impl Dimension {
    pub const ALL: [Self; 5] =
        [Self::EventName, Self::EventType, Self::AppVersion, Self::DiscardReason, Self::SubscriptionId];

    /// As the public API names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventName => "eventName",
            Self::EventType => "eventType",
            Self::AppVersion => "appVersion",
            Self::DiscardReason => "discardReason",
            Self::SubscriptionId => "subscriptionId",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == text)
    }
}

impl Dimensions {
    pub fn get(&self, dimension: Dimension) -> &str {
        match dimension {
            Dimension::EventName => &self.event_name,
            Dimension::EventType => &self.event_type,
            Dimension::AppVersion => &self.app_version,
            Dimension::DiscardReason => &self.discard_reason,
            Dimension::SubscriptionId => &self.subscription_id,
        }
    }

    /// Without what there may be any number of.
    pub(crate) fn among_others(&self) -> Self {
        Self { event_name: OTHER.into(), app_version: OTHER.into(), ..self.clone() }
    }

    pub(crate) fn all_others() -> Self {
        let [event_name, event_type, app_version, discard_reason, subscription_id] = [(); 5].map(|()| OTHER.to_owned());
        Self { event_name, event_type, app_version, discard_reason, subscription_id }
    }

    pub(crate) fn is_others(&self) -> bool {
        self.event_name == OTHER && self.app_version == OTHER
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        Dimension::ALL.into_iter().for_each(|dimension| out.text(self.get(dimension)));
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        Ok(Self {
            event_name: reader.text()?,
            event_type: reader.text()?,
            app_version: reader.text()?,
            discard_reason: reader.text()?,
            subscription_id: reader.text()?,
        })
    }
}
