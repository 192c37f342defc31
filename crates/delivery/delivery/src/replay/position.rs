//! Places in all stretches of a replay as one ascending number, which is what the schedule takes.

/// 17 trillion records to a stretch, and a million stretches.
const OFFSET_BITS: u32 = 44;

/// The place of an offset in a stretch.
pub(super) fn position(stretch: usize, offset: u64) -> u64 {
    ((stretch as u64) << OFFSET_BITS) | offset.min((1 << OFFSET_BITS) - 1)
}

/// Stretch and offset.
pub(super) fn place(position: u64) -> (usize, u64) {
    ((position >> OFFSET_BITS) as usize, position & ((1 << OFFSET_BITS) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_go_up_through_one_stretch_after_the_other() {
        let places = [(0, 0), (0, 1), (0, (1 << OFFSET_BITS) - 1), (1, 0), (7, 123_456_789_012), (1 << 19, 5)];
        let positions = places.map(|(stretch, offset)| position(stretch, offset));
        assert!(positions.is_sorted());
        assert_eq!(positions.map(place), places);
    }
}
