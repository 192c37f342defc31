//! How often one may try to sign in: a pure decision over times that it is given.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use prime_event::Timestamp;

const WINDOW_MS: i64 = 15 * 60 * 1_000;
/// Per account: a person who mistypes has given up or found the password by then, and 40 guesses an hour find nothing.
const PER_ACCOUNT_MAX: usize = 10;
/// Per address: a whole office may sit behind one.
const PER_ADDRESS_MAX: usize = 50;
/// Entries kept of each kind, about 1 MiB at worst. When more fail at once, the one idle for longest is forgotten.
const ENTRIES_MAX: usize = 10_000;

/// The attempts of the last quarter of an hour.
#[derive(Default)]
pub(crate) struct SignInLimits {
    accounts: HashMap<String, Vec<Timestamp>>,
    addresses: HashMap<IpAddr, Vec<Timestamp>>,
}

impl SignInLimits {
    /// Takes note of an attempt that is about to be made, or says after how many seconds one may be made.
    pub(crate) fn attempt(&mut self, email: &str, address: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let account = email.trim().to_lowercase();
        let by_account = wait(self.accounts.get(&account), PER_ACCOUNT_MAX, now);
        let by_address = address.and_then(|address| wait(self.addresses.get(&address), PER_ADDRESS_MAX, now));
        if let Some(wait_s) = by_account.max(by_address) {
            return Err(wait_s);
        }
        note(&mut self.accounts, account, PER_ACCOUNT_MAX, now);
        if let Some(address) = address {
            note(&mut self.addresses, address, PER_ADDRESS_MAX, now);
        }
        Ok(())
    }

    /// Forgets the attempts at an account whose owner has signed in.
    pub(crate) fn succeeded(&mut self, email: &str) {
        self.accounts.remove(&email.trim().to_lowercase());
    }
}

/// The seconds until the oldest of too many attempts is past; none when there is room for one more.
fn wait(attempts: Option<&Vec<Timestamp>>, max: usize, now: Timestamp) -> Option<u64> {
    let attempts = attempts?;
    let oldest = attempts.len().checked_sub(max).map(|index| attempts[index])?;
    let wait_ms = oldest.as_millis() + WINDOW_MS - now.as_millis();
    (wait_ms > 0).then(|| (wait_ms as u64).div_ceil(1_000))
}

fn note<K: Eq + Hash + Clone>(entries: &mut HashMap<K, Vec<Timestamp>>, key: K, max: usize, now: Timestamp) {
    if entries.len() >= ENTRIES_MAX && !entries.contains_key(&key) {
        let idle = entries.iter().min_by_key(|(_, attempts)| attempts.last().copied()).map(|(key, _)| key.clone());
        idle.map(|key| entries.remove(&key));
    }
    let attempts = entries.entry(key).or_default();
    attempts.retain(|attempt| attempt.as_millis() + WINDOW_MS > now.as_millis());
    attempts.push(now);
    let surplus = attempts.len().saturating_sub(max);
    attempts.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn the_eleventh_attempt_at_an_account_waits_until_the_first_is_a_quarter_of_an_hour_old() {
        let mut limits = SignInLimits::default();
        for second in 0..10 {
            assert_eq!(limits.attempt("Ada@example.com", None, at(second)), Ok(()));
        }
        assert_eq!(limits.attempt("ada@EXAMPLE.com ", None, at(10)), Err(890));
        assert_eq!(limits.attempt("grace@example.com", None, at(10)), Ok(()), "another account is not held up");
        assert_eq!(limits.attempt("ada@example.com", None, at(900)), Ok(()));
        assert_eq!(limits.attempt("ada@example.com", None, at(900)), Err(1));
    }

    #[test]
    fn one_address_cannot_try_one_account_after_another() {
        let mut limits = SignInLimits::default();
        let address = Some(IpAddr::from([203, 0, 113, 9]));
        for number in 0..PER_ADDRESS_MAX {
            assert_eq!(limits.attempt(&format!("{number}@example.com"), address, at(0)), Ok(()));
        }
        assert_eq!(limits.attempt("another@example.com", address, at(0)), Err(900));
        assert_eq!(limits.attempt("another@example.com", Some(IpAddr::from([203, 0, 113, 10])), at(0)), Ok(()));
    }

    #[test]
    fn signing_in_gives_the_account_all_its_attempts_back() {
        let mut limits = SignInLimits::default();
        for _ in 0..10 {
            limits.attempt("ada@example.com", None, at(0)).unwrap();
        }
        limits.succeeded("ada@example.com");
        assert_eq!(limits.attempt("ada@example.com", None, at(0)), Ok(()));
    }

    #[test]
    fn memory_stays_bounded_under_ever_new_addresses() {
        let mut limits = SignInLimits::default();
        for number in 0..ENTRIES_MAX + 100 {
            limits.attempt(&format!("{number}@example.com"), None, at(number as i64 / 100)).unwrap();
        }
        assert_eq!(limits.accounts.len(), ENTRIES_MAX);
        assert!(!limits.accounts.contains_key("0@example.com"));
    }
}
