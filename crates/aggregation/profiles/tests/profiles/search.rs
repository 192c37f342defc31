//! People are found by the beginning of a word of what they are called.

use std::collections::BTreeSet;

use prime_profiles::{FragmentId, search_words};
use prime_state::conformance::Random;

use crate::town::{self, IDENTIFIERS, Step};

fn found(store: &prime_profiles::ProfileStore, beginning: &str) -> BTreeSet<FragmentId> {
    store.reader().with_word(beginning).map(|fragment| fragment.unwrap()).collect()
}

/// The people whose name or email now begins a word so, by looking at all of them.
fn looked_through(store: &prime_profiles::ProfileStore, beginning: &str) -> BTreeSet<FragmentId> {
    let reader = store.reader();
    let everybody = (0..IDENTIFIERS).map(town::fragment).chain((0..town::ACCOUNTS).map(town::account));
    let fits = |fragment: &FragmentId| {
        let Some(row) = reader.row(*fragment).unwrap() else { return false };
        let traits = row.traits().unwrap();
        let texts = ["name", "email"].into_iter().filter_map(|name| traits.get(name));
        texts.flat_map(|text| search_words(text.value.trim_matches('"'))).any(|word| word.starts_with(beginning))
    };
    everybody.filter(fits).collect()
}

#[test]
fn words_lead_to_those_who_are_called_so_now_and_to_nobody_who_was_once() {
    let mut hits = 0;
    for seed in 0..20 {
        let mut random = Random(seed);
        let mut events: Vec<_> = (0..120).map(|number| Step::of(town::event(&mut random, number))).collect();
        town::shuffle(&mut events, &mut random);
        let store = town::store();
        town::write(&store, &events, &mut random);
        for beginning in ["a", "ad", "ada", "b", "ba", "bad"] {
            let words = looked_through(&store, beginning).into_iter().collect::<Vec<_>>();
            assert_eq!(found(&store, beginning).into_iter().collect::<Vec<_>>(), words, "seed {seed}, {beginning}");
        }
        hits += found(&store, "ad").len();
    }
    assert!(hits > 0, "nobody was called anything that was looked for");
}
