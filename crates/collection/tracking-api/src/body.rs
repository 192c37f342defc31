//! Reads a request's body within its bounds of size, memory and time.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use prime_event::{BodyEncoding, InflateError};

use crate::Inner;
use crate::admission::Held;
use crate::answer::Refused;

/// A sender that has begun to send too much is heard out up to this, so that it can read the answer at all.
const DRAINED_BYTES_MAX: usize = 8 << 20;

/// A body as it arrived, with the memory it holds.
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    held: Held,
}

impl Inner {
    pub(crate) async fn receive(&self, headers: &HeaderMap, body: Body) -> Result<Received, Refused> {
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let arrival = self.arrive(body, declared);
        tokio::time::timeout(self.options.body_timeout, arrival).await.unwrap_or_else(|_| Err(Refused::too_slow()))
    }

    async fn arrive(&self, mut body: Body, declared: Option<u64>) -> Result<Received, Refused> {
        let bytes_max = self.options.request_bytes_max;
        if declared.is_some_and(|declared| declared > bytes_max as u64) {
            drain(&mut body).await;
            return Err(self.too_large());
        }
        let mut held = Held::default();
        let mut all = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refused::bad_request("The body was cut off before its end."))?;
            let Ok(data) = frame.into_data() else { continue };
            if all.len() + data.len() > bytes_max {
                drain(&mut body).await;
                return Err(self.too_large());
            }
            self.admission.cover(&mut held, all.len() + data.len())?;
            all.extend_from_slice(&data);
        }
        Ok(Received { bytes: all.freeze(), held })
    }

    /// The body's text bytes, decompressed where it is gzip, announced or not.
    pub(crate) fn text(&self, received: &mut Received) -> Result<(BodyEncoding, Bytes), Refused> {
        let encoding = BodyEncoding::sniff(&received.bytes);
        if encoding == BodyEncoding::Plain {
            return Ok((encoding, received.bytes.clone()));
        }
        let both = received.bytes.len() + self.options.request_bytes_max;
        self.admission.cover(&mut received.held, both)?;
        match prime_event::inflate(&received.bytes, encoding, self.options.request_bytes_max) {
            Ok(text) => Ok((encoding, Bytes::from(text.into_owned()))),
            Err(InflateError::TooLarge { .. }) => Err(self.too_large()),
            Err(InflateError::Damaged) => Err(Refused::bad_request("The gzip body is damaged or cut short.")),
        }
    }

    fn too_large(&self) -> Refused {
        let bytes_max = self.options.request_bytes_max;
        Refused::bad_request(format!("The body is larger than {bytes_max} bytes; send smaller batches."))
    }
}

async fn drain(body: &mut Body) {
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
        Self { bytes, held: Held::default() }
    }
}
