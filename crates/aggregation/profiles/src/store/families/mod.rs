//! All keys of profiles, one family a file.
//!
//! | family | key | value | lives |
//! | --- | --- | --- | --- |
//! | `fragments` | fragment | what its events add up to | until the identifier is deleted with its person |
//! | `history` | fragment, time, fingerprint | one event | as its fragment |
//! | `links` | fragment, fragment of the other collection | the first event that linked them | as the fragments |
//! | `members` | fragment | its profile, where it is not its founder | as the profile |
//! | `profiles` | profile | its fragments, where there are several | as the profile |
//! | `words` | word, fragment | nothing | as the fragment's row says |
//! | `lives` | first fragment of an identifier | the one it has now, where that is another | as the identifier |

pub(crate) mod fragments;
pub(crate) mod history;
pub(crate) mod links;
pub(crate) mod lives;
pub(crate) mod members;
pub(crate) mod profiles;
pub(crate) mod words;

use prime_state::{Family, State, StateError};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Families {
    pub(crate) fragments: Family,
    pub(crate) history: Family,
    pub(crate) links: Family,
    pub(crate) members: Family,
    pub(crate) profiles: Family,
    pub(crate) lives: Family,
    pub(crate) words: Family,
}

impl Families {
    pub(crate) fn open(state: &State) -> Result<Self, StateError> {
        Ok(Self {
            fragments: state.family(fragments::OPTIONS)?,
            history: state.family(history::OPTIONS)?,
            links: state.family(links::OPTIONS)?,
            members: state.family(members::OPTIONS)?,
            profiles: state.family(profiles::OPTIONS)?,
            lives: state.family(lives::OPTIONS)?,
            words: state.family(words::OPTIONS)?,
        })
    }
}
