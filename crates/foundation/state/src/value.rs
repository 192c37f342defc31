use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Bytes as they were stored, without a copy.
#[derive(Clone)]
pub struct Value(Repr);

#[derive(Clone)]
enum Repr {
    Stored(fjall::Slice),
    Shared(Arc<[u8]>),
}

impl Deref for Value {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Stored(bytes) => bytes,
            Repr::Shared(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Value {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<fjall::Slice> for Value {
    fn from(bytes: fjall::Slice) -> Self {
        Self(Repr::Stored(bytes))
    }
}

impl From<Arc<[u8]>> for Value {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self(Repr::Shared(bytes))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Value {}

/// Shows the size and not the bytes, which may hold customers' data.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({} bytes)", self.len())
    }
}
