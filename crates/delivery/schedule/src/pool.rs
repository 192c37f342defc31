use std::ops::{Index, IndexMut};

/// A piece but the first is made as a whole and never moves: growing copies next to nothing and never doubles.
const PIECE_BITS: u32 = 13;
const PIECE: usize = 1 << PIECE_BITS;

/// Things that are known by their numbers, so that one costs no allocation and a link four bytes.
pub(crate) struct Pool<T> {
    pieces: Vec<Vec<T>>,
    /// The last one freed is the first to be used again: it is still near in memory.
    free: Vec<u32>,
}

impl<T> Pool<T> {
    pub(crate) fn new() -> Self {
        Self { pieces: Vec::new(), free: Vec::new() }
    }

    #[cfg(test)]
    pub(crate) fn used(&self) -> u32 {
        let made: usize = self.pieces.iter().map(Vec::len).sum();
        (made - self.free.len()) as u32
    }

    #[inline]
    pub(crate) fn put(&mut self, thing: T) -> u32 {
        match self.free.pop() {
            Some(number) => {
                self[number] = thing;
                number
            }
            None => self.add(thing),
        }
    }

    fn add(&mut self, thing: T) -> u32 {
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            let room = if self.pieces.is_empty() { 0 } else { PIECE };
            self.pieces.push(Vec::with_capacity(room));
        }
        let place = self.pieces.len() - 1;
        let piece = &mut self.pieces[place];
        piece.push(thing);
        ((place << PIECE_BITS) + piece.len() - 1) as u32
    }

    pub(crate) fn free(&mut self, number: u32) {
        self.free.push(number);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.pieces.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>()
            + self.pieces.capacity() * size_of::<Vec<T>>()
            + self.free.capacity() * size_of::<u32>()
    }
}

impl<T> Index<u32> for Pool<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.pieces[(number >> PIECE_BITS) as usize][number as usize & (PIECE - 1)]
    }
}

impl<T> IndexMut<u32> for Pool<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        &mut self.pieces[(number >> PIECE_BITS) as usize][number as usize & (PIECE - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_place_is_used_again_before_memory_grows() {
        let mut pool = Pool::new();
        let places: Vec<_> = (0..20_000_u64).map(|thing| pool.put(thing)).collect();
        for &place in &places {
            pool.free(place);
        }
        let bytes = pool.memory_bytes();
        for thing in 0..20_000 {
            let place = pool.put(thing);
            assert_eq!(pool[place], thing);
        }
        assert_eq!((pool.memory_bytes(), pool.used()), (bytes, 20_000));
    }
}
