//! The destination contract: what a destination declares and how replies become outcomes.
