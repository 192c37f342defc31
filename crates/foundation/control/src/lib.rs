//! The control store: definitions, accounts and the ledger of changes.
