//! What customers decide about identity.

mod blocked;
mod compiled;
mod defaults;
mod limit;
mod problem;

use serde::{Deserialize, Serialize};

use crate::identifier::Collection;

pub use blocked::BlockedValues;
pub use compiled::CompiledRules;
pub use limit::{Limit, Window};
pub use problem::RulesProblem;
pub(crate) use problem::is_type_name;

/// The rules of one workspace. [`Rules::default`] is what a new one begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Grows with each change; whoever changes the rules says so. Profiles name the version that made them.
    #[serde(default)]
    pub version: u32,
    pub types: Vec<TypeRule>,
    #[serde(default)]
    pub caps: Caps,
    #[serde(default)]
    pub hairballs: Hairballs,
    #[serde(default)]
    pub lateness: Lateness,
}

/// The rule of one type of identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeRule {
    /// In lower case.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub collection: Collection,
    pub read: Reading,
    pub limit: Limit,
    /// 1 is the highest. Equal ones are ordered by the name of their type.
    pub priority: u32,
    #[serde(default = "BlockedValues::suggested")]
    pub blocked: BlockedValues,
    /// Values are put into lower case when they are read. On for `email` by default: a mailbox has one owner, however a
    /// form spelled it. Off for all else: what an SDK calls `Abc` and `abc` may be two people.
    #[serde(default)]
    pub lower_case: bool,
}

/// Where on an event the values of a type stand. Values in `context.externalIds` are read for every type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reading {
    /// `userId`
    UserId,
    /// `anonymousId`
    AnonymousId,
    /// `groupId`, in a group call; `context.groupId` elsewhere.
    GroupId,
    /// `traits.<key>` and `context.traits.<key>`, as it stands. With `properties`, which older spaces read, also there.
    Traits { key: String, properties: bool },
    /// `traits.<key>`, `context.traits.<key>` and `properties.<key>`, the key in camel case and in snake case.
    Key(String),
    /// `context.device.<field>`, where `context.device.type` is the platform and, for advertising ids, tracking is on.
    Device { platform: String, field: DeviceField },
    /// `context.integrations['Google Analytics'].clientId`
    GoogleAnalytics,
    /// In `context.externalIds` only.
    ExternalIds,
}

/// A field of `context.device`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceField {
    Id,
    /// `advertisingId`, only with `adTrackingEnabled: true`.
    AdvertisingId,
    Token,
}

/// What no profile goes beyond, whatever the limits of types say. Events still resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// Merges that made a profile, those of the profiles merged into it included.
    pub merges: u32,
    /// Identifiers of a profile.
    pub mappings: u32,
}

/// When an identifier joins more than one person can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hairballs {
    /// An identifier that was seen in more different sets of identifiers than this is taken for a shared device or a test
    /// id and no longer used, as if it was blocked, until a person releases it.
    pub sets: u32,
}

/// How far the time on an event may be from its arrival. Beyond it the time of arrival counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lateness {
    /// Hours that an event may come after it happened.
    pub late_hours: u32,
}

impl Rules {
    /// These rules with a rule for a type that was first seen in `context.externalIds`: the default limit, and its place
    /// in the alphabet among the types without a priority of their own. Unchanged where the type is known.
    ///
    /// It decides as the rules without it do, so no history has to be looked at again.
    pub fn with_new_type(&self, collection: Collection, kind: &str) -> Self {
        let mut rules = self.clone();
        if self.rule(collection, kind).is_none() {
            rules.types.push(defaults::new_type(&self.types, collection, kind));
            rules.version += 1;
        }
        rules
    }

    pub fn rule(&self, collection: Collection, kind: &str) -> Option<&TypeRule> {
        self.types.iter().find(|rule| rule.collection == collection && rule.kind == kind)
    }

    /// Every reason why these rules cannot be used; none if they can.
    pub fn problems(&self) -> Vec<RulesProblem> {
        problem::problems(self)
    }

    /// Ready for use, or all that is wrong.
    pub fn compile(self) -> Result<CompiledRules, Vec<RulesProblem>> {
        CompiledRules::new(self)
    }
}
