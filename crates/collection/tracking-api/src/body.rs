//! Reads a request's body within its bounds of size, memory and time.

use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;

use axum::body::HttpBody as Body;
use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use prime_event::{BodyEncoding, InflateError, Inflater};

use crate::Inner;
use crate::admission::Held;
use crate::answer::Refused;

/// A sender that has begun to send too much is heard out up to this, so that it can read the answer at all.
const DRAINED_BYTES_MAX: usize = 8 << 20;

thread_local! {
    static INFLATER: RefCell<Inflater> = RefCell::default();
}

/// A body as it arrived, with the memory it holds.
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    _held: Held,
}

/// The body of a request that comes in.
pub(crate) trait Incoming: Body<Data = Bytes> + Unpin + Send {}
impl<B: Body<Data = Bytes> + Unpin + Send> Incoming for B {}

impl Inner {
    pub(crate) async fn receive(&self, headers: &HeaderMap, body: impl Incoming) -> Result<Received, Refused> {
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let mut arrival = pin!(self.arrive(body, declared));
        // Most bodies have arrived together with their head; only those that have not need a timer.
        if let Some(arrived) = arrival.as_mut().now_or_never() {
            return arrived;
        }
        tokio::time::timeout(self.options.body_timeout, arrival).await.unwrap_or_else(|_| Err(Refused::too_slow()))
    }

    async fn arrive(&self, mut body: impl Incoming, declared: Option<u64>) -> Result<Received, Refused> {
        let bytes_max = self.options.request_bytes_max;
        if declared.is_some_and(|declared| declared > bytes_max as u64) {
            drain(&mut body).await;
            return Err(self.too_large());
        }
        let mut held = Held::default();
        // A body that comes in one piece is taken as it is; one in several is put together.
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refused::bad_request("The body was cut off before its end."))?;
            let Ok(data) = frame.into_data() else { continue };
            let length = first.len().max(all.len()) + data.len();
            if length > bytes_max {
                drain(&mut body).await;
                return Err(self.too_large());
            }
            self.admission.cover(&mut held, length)?;
            if first.is_empty() && all.is_empty() {
                first = data;
                continue;
            }
            if all.is_empty() {
                // Memory is taken as bytes arrive: what a client merely declares costs nothing.
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
        let bytes = if all.is_empty() { first } else { all.freeze() };
        Ok(Received { bytes, _held: held })
    }

    /// Hands the body's text bytes to a function, decompressed where they are gzip, announced or not. The memory they are
    /// decompressed into is this thread's and used for one body after the other.
    pub(crate) fn with_text<T>(
        &self,
        received: &Received,
        use_text: impl FnOnce(BodyEncoding, &[u8]) -> T,
    ) -> Result<T, Refused> {
        let encoding = BodyEncoding::sniff(&received.bytes);
        INFLATER.with_borrow_mut(|inflater| {
            match inflater.inflate(&received.bytes, encoding, self.options.request_bytes_max) {
                Ok(text) => Ok(use_text(encoding, text)),
                Err(InflateError::TooLarge { .. }) => Err(self.too_large()),
                Err(InflateError::Damaged) => Err(Refused::bad_request("The gzip body is damaged or cut short.")),
            }
        })
    }

    fn too_large(&self) -> Refused {
        let bytes_max = self.options.request_bytes_max;
        Refused::bad_request(format!("The body is larger than {bytes_max} bytes; send smaller batches."))
    }
}

async fn drain(body: &mut impl Incoming) {
    let mut drained = 0;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            drained += frame.data_ref().map_or(0, Bytes::len);
            if drained > DRAINED_BYTES_MAX {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
}

impl Received {
    /// A body that was part of something else and holds no memory of its own.
    pub(crate) fn of(bytes: Bytes) -> Self {
        Self { bytes, _held: Held::default() }
    }
}
