use prime_event::MessageType;

/// Events by kind, in the order of [`MessageType::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub(crate) [u64; MessageType::ALL.len()]);

impl Counts {
    pub fn of(&self, kind: MessageType) -> u64 {
        self.0[place(kind)]
    }

    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) fn count(&mut self, kind: MessageType) {
        self.0[place(kind)] += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}

fn place(kind: MessageType) -> usize {
    match kind {
        MessageType::Track => 0,
        MessageType::Identify => 1,
        MessageType::Page => 2,
        MessageType::Screen => 3,
        MessageType::Group => 4,
        MessageType::Alias => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_list_of_all_kinds() {
        assert_eq!(MessageType::ALL.map(place), [0, 1, 2, 3, 4, 5]);
    }
}
