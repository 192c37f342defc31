use crate::slots::{NONE, Slots};

/// Jobs one after the other, linked through their slots.
#[derive(Clone, Copy)]
pub(crate) struct List {
    head: u32,
    tail: u32,
}

impl List {
    pub(crate) const EMPTY: Self = Self { head: NONE, tail: NONE };

    pub(crate) fn is_empty(&self) -> bool {
        self.head == NONE
    }

    pub(crate) fn front(&self) -> Option<u32> {
        (self.head != NONE).then_some(self.head)
    }

    pub(crate) fn push_back(&mut self, slots: &mut Slots, index: u32) {
        slots[index].next = NONE;
        if self.tail == NONE {
            self.head = index;
        } else {
            slots[self.tail].next = index;
        }
        self.tail = index;
    }

    pub(crate) fn push_front(&mut self, slots: &mut Slots, index: u32) {
        slots[index].next = self.head;
        if self.tail == NONE {
            self.tail = index;
        }
        self.head = index;
    }

    pub(crate) fn pop_front(&mut self, slots: &Slots) -> Option<u32> {
        let index = self.front()?;
        self.head = slots[index].next;
        if self.head == NONE {
            self.tail = NONE;
        }
        Some(index)
    }
}
