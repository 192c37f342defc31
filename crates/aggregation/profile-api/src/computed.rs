use prime_event::Timestamp;

/// What kind of computation a trait comes from: the `class` of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputedClass {
    Audience,
    ComputedTrait,
}

/// One trait that nobody sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputedTrait {
    /// The key of the audience or trait.
    pub name: String,
    pub class: ComputedClass,
    /// JSON; `true` or `false` for an audience.
    pub value: String,
    /// What computed it.
    pub source_id: String,
    pub updated_at: Timestamp,
}

impl ComputedClass {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "audience" => Some(Self::Audience),
            "computed_trait" => Some(Self::ComputedTrait),
            _ => None,
        }
    }
}
