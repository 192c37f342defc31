-- Tokens that read the profiles of a workspace through the Profile API.
CREATE TABLE profile_tokens (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

-- Secrets that sign tokens for one person. In clear, as a signature cannot be checked with a digest.
CREATE TABLE person_secrets (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    secret TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
