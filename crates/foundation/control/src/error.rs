use thiserror::Error;

use crate::snapshot::SnapshotError;

/// Why the store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("the control store could not be created: {0}")]
    Create(#[from] std::io::Error),
    #[error("the control store could not be read: {0}")]
    Store(#[from] rusqlite::Error),
    #[error("the control store has schema {found} and this program knows up to {known}; start a newer program")]
    Newer { found: u32, known: u32 },
    #[error("the control store holds a definition that cannot be read: {0}")]
    Definition(#[from] ControlError),
    #[error("the definitions that were followed last cannot be read: {0}")]
    Followed(#[from] SnapshotError),
}

/// Why a change or a question was not carried out. A refused change left no trace.
#[derive(Debug, Error)]
pub enum ControlError {
    /// There is no such resource in this workspace.
    #[error("there is no {resource} with the id {id}")]
    NotFound { resource: Resource, id: String },
    /// A value was refused; `sentence` says why and what to do, `field` is the API's name of the value.
    #[error("{field}: {sentence}")]
    Invalid { field: &'static str, sentence: String },
    #[error("the control store failed: {0}")]
    Store(#[from] rusqlite::Error),
    #[error("a stored {what} cannot be read")]
    Damaged { what: &'static str },
    #[error("the password could not be hashed: {0}")]
    Password(argon2::password_hash::Error),
    /// This node follows the definitions of another.
    #[error("definitions and accounts are kept on the node with the console role; ask there")]
    Elsewhere,
}

impl ControlError {
    pub(crate) fn not_found(resource: Resource, id: impl Into<String>) -> Self {
        Self::NotFound { resource, id: id.into() }
    }

    pub(crate) fn invalid(field: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid { field, sentence: sentence.into() }
    }
}

/// The kinds of thing that the store keeps and the ledger speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    Workspace,
    Source,
    WriteKey,
    Destination,
    Account,
    Invite,
    Token,
    OauthApp,
    OauthKey,
    OauthToken,
    ProfileToken,
    PersonSecret,
    Profile,
    IdentityRules,
}

impl Resource {
    /// The word in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Source => "source",
            Self::WriteKey => "write key",
            Self::Destination => "destination",
            Self::Account => "account",
            Self::Invite => "invite",
            Self::Token => "token",
            Self::OauthApp => "OAuth app",
            Self::OauthKey => "OAuth key",
            Self::OauthToken => "access token",
            Self::ProfileToken => "profile token",
            Self::PersonSecret => "person token secret",
            Self::Profile => "profile",
            Self::IdentityRules => "identity rules",
        }
    }

    /// The name in the ledger and in audit events.
    pub fn code(self) -> &'static str {
        match self {
            Self::Workspace => "WORKSPACE",
            Self::Source => "SOURCE",
            Self::WriteKey => "WRITE_KEY",
            Self::Destination => "DESTINATION",
            Self::Account => "USER",
            Self::Invite => "INVITE",
            Self::Token => "TOKEN",
            Self::OauthApp => "OAUTH_APP",
            Self::OauthKey => "OAUTH_KEY",
            Self::OauthToken => "OAUTH_TOKEN",
            Self::ProfileToken => "PROFILE_TOKEN",
            Self::PersonSecret => "PERSON_TOKEN_SECRET",
            Self::Profile => "PROFILE",
            Self::IdentityRules => "IDENTITY_RULES",
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
