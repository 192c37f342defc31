//! What a token or an account may do.

use std::fmt;

/// One permission. A scope that ends in `:write` contains the one that ends in `:read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everything, also what later versions add.
    All,
    WorkspaceRead,
    WorkspaceWrite,
    SourcesRead,
    SourcesWrite,
    DestinationsRead,
    DestinationsWrite,
    EventsRead,
    ProfilesRead,
    /// Removing, splitting and keeping apart identifiers, and undoing it.
    ProfilesWrite,
    /// Rules of identity.
    IdentityWrite,
    MembersWrite,
    TokensWrite,
}

impl Scope {
    pub const EVERY: [Scope; 13] = [
        Self::All,
        Self::WorkspaceRead,
        Self::WorkspaceWrite,
        Self::SourcesRead,
        Self::SourcesWrite,
        Self::DestinationsRead,
        Self::DestinationsWrite,
        Self::EventsRead,
        Self::ProfilesRead,
        Self::ProfilesWrite,
        Self::IdentityWrite,
        Self::MembersWrite,
        Self::TokensWrite,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "*",
            Self::WorkspaceRead => "workspace:read",
            Self::WorkspaceWrite => "workspace:write",
            Self::SourcesRead => "sources:read",
            Self::SourcesWrite => "sources:write",
            Self::DestinationsRead => "destinations:read",
            Self::DestinationsWrite => "destinations:write",
            Self::EventsRead => "events:read",
            Self::ProfilesRead => "profiles:read",
            Self::ProfilesWrite => "profiles:write",
            Self::IdentityWrite => "identity:write",
            Self::MembersWrite => "members:write",
            Self::TokensWrite => "tokens:write",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Whether holding this scope is enough where `wanted` is asked for.
    pub fn contains(self, wanted: Scope) -> bool {
        let written = match self {
            Self::All => return true,
            Self::WorkspaceWrite => Some(Self::WorkspaceRead),
            Self::SourcesWrite => Some(Self::SourcesRead),
            Self::DestinationsWrite => Some(Self::DestinationsRead),
            Self::ProfilesWrite => Some(Self::ProfilesRead),
            _ => None,
        };
        self == wanted || written == Some(wanted)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an account is in its workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything.
    Owner,
    /// Works with data, and leaves members, tokens and who is who alone.
    Member,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "Workspace Owner",
            Self::Member => "Workspace Member",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Owner, Self::Member].into_iter().find(|role| role.as_str() == text)
    }

    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Owner => &[Scope::All],
            Self::Member => &[
                Scope::WorkspaceRead,
                Scope::SourcesWrite,
                Scope::DestinationsWrite,
                Scope::EventsRead,
                Scope::ProfilesRead,
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_and_roles_parse_back() {
        for scope in Scope::EVERY {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
            assert!(Scope::All.contains(scope) && scope.contains(scope));
        }
        for role in [Role::Owner, Role::Member] {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Scope::parse("sources"), None);
    }

    #[test]
    fn writing_contains_reading_and_nothing_else() {
        assert!(Scope::SourcesWrite.contains(Scope::SourcesRead));
        assert!(!Scope::SourcesRead.contains(Scope::SourcesWrite));
        assert!(!Scope::SourcesWrite.contains(Scope::DestinationsRead));
    }

    #[test]
    fn a_member_touches_neither_members_nor_tokens_nor_who_is_who() {
        for scope in Role::Member.scopes() {
            for kept in [Scope::MembersWrite, Scope::TokensWrite, Scope::ProfilesWrite, Scope::IdentityWrite] {
                assert!(!scope.contains(kept));
            }
        }
    }
}
