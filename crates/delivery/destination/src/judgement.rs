//! What one reply means for each event of a request.

use crate::code;
use crate::outcome::{Outcome, Reason, Verdict};

/// What a reply means for the items of the request it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The same for every item.
    Alike(Verdict),
    /// One verdict for each item, in the order of the items.
    Each(Vec<Verdict>),
    /// The far side took none of the items, because of one among them that it does not name, or because they are too
    /// much together. Halves are sent instead, so that one bad item of n is alone after at most log2(n) requests more. The
    /// verdict is that of an item that was alone in its request.
    Split(Verdict),
}

/// What the engine does after a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// One verdict for each item, in the order of the items.
    Verdicts(Vec<Verdict>),
    /// None was taken: send the two halves as requests of their own, at once. It is not an attempt of any item.
    Halve(Reason),
}

impl Judgement {
    /// The usual judgement where the far side answers with one status for all: a refusal of the data may be due to a
    /// single item, everything else concerns them alike.
    pub fn of_whole(verdict: Verdict) -> Self {
        match verdict.outcome {
            Outcome::DataWrong => Self::Split(verdict),
            _ => Self::Alike(verdict),
        }
    }

    /// What to do with the items of a request that had this many.
    ///
    /// Total: there is a verdict for every item, whatever the connection returned. Verdicts that are missing or in excess are a
    /// mistake in the destination; items without one are tried again, with the code `INTERNAL`.
    pub fn next(self, items: usize) -> Next {
        match self {
            Self::Split(verdict) if items > 1 => Next::Halve(verdict.reason),
            Self::Split(verdict) | Self::Alike(verdict) => Next::Verdicts(vec![verdict; items]),
            Self::Each(mut verdicts) => {
                verdicts.resize(items, unjudged());
                Next::Verdicts(verdicts)
            }
        }
    }
}

fn unjudged() -> Verdict {
    let sentence =
        "The destination did not say what became of this event, which is a mistake in this program; it is tried again.";
    Verdict::new(Outcome::RetryWithBackoff, code::INTERNAL, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(outcome: Outcome) -> Verdict {
        Verdict::new(outcome, "400", "The receiver refused the event.")
    }

    #[test]
    fn a_refusal_of_data_halves_a_batch_and_ends_a_single_event() {
        let refused = Judgement::of_whole(verdict(Outcome::DataWrong));
        assert_eq!(refused.clone().next(8), Next::Halve(verdict(Outcome::DataWrong).reason));
        assert_eq!(refused.next(1), Next::Verdicts(vec![verdict(Outcome::DataWrong)]));
    }

    #[test]
    fn every_other_answer_to_the_whole_holds_for_every_item() {
        for outcome in [Outcome::Delivered, Outcome::RetryWithBackoff, Outcome::SettingsWrong, Outcome::NotWanted] {
            assert_eq!(Judgement::of_whole(verdict(outcome)).next(3), Next::Verdicts(vec![verdict(outcome); 3]));
        }
    }

    #[test]
    fn an_item_without_a_verdict_is_tried_again_and_never_taken_for_delivered() {
        let Next::Verdicts(verdicts) = Judgement::Each(vec![verdict(Outcome::Delivered)]).next(3) else { panic!() };
        assert_eq!(verdicts.len(), 3);
        assert!(verdicts[1..].iter().all(|verdict| verdict.outcome == Outcome::RetryWithBackoff));
        let Next::Verdicts(verdicts) = Judgement::Each(vec![verdict(Outcome::Delivered); 3]).next(2) else { panic!() };
        assert_eq!(verdicts.len(), 2);
    }
}
