/// Asks for the cache line in which something begins, without waiting for it.
///
/// A plain read would bring it too. But nothing behind a read that waits can end before it, and a core has room for a few
/// hundred instructions: it would wait for a few lines at a time where it could for twenty.
#[inline]
pub(crate) fn near<T>(thing: &T) {
    prefetch_index::prefetch_index(std::slice::from_ref(thing), 0);
}
