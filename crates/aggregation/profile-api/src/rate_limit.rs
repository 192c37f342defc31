use std::collections::HashMap;

/// Requests of each space in each second. Time comes from outside, in milliseconds.
pub(crate) struct RateLimit {
    per_second: u64,
    spaces: HashMap<String, Second>,
}

#[derive(Clone, Copy)]
struct Second {
    number: u64,
    requests: u64,
}

/// Spaces are created by people, so there are few; more than this were made up by somebody.
const SPACES_MAX: usize = 100_000;

impl RateLimit {
    pub(crate) fn new(per_second: u64) -> Self {
        Self { per_second, spaces: HashMap::new() }
    }

    /// Counts a request and says whether it is within the limit.
    pub(crate) fn admit(&mut self, space: &str, now_ms: u64) -> bool {
        let now = now_ms / 1_000;
        if let Some(second) = self.spaces.get_mut(space) {
            if second.number != now {
                *second = Second { number: now, requests: 0 };
            }
            second.requests += 1;
            return second.requests <= self.per_second;
        }
        if self.spaces.len() >= SPACES_MAX {
            self.spaces.clear();
        }
        self.spaces.insert(space.to_owned(), Second { number: now, requests: 1 });
        self.per_second > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_space_has_its_requests_in_each_second() {
        let mut limit = RateLimit::new(2);
        let admitted = |limit: &mut RateLimit, space, now| limit.admit(space, now);
        assert!(admitted(&mut limit, "a", 1_000) && admitted(&mut limit, "a", 1_500));
        assert!(!admitted(&mut limit, "a", 1_999));
        assert!(admitted(&mut limit, "b", 1_999), "another space is not affected");
        assert!(admitted(&mut limit, "a", 2_000), "the next second is new");
    }
}
