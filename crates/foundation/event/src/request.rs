//! A request as the journal keeps it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::{BufMut, Bytes, BytesMut};

use crate::code::DiscardCode;
use crate::gzip::BodyEncoding;
use crate::id::{SourceId, WorkspaceId};
use crate::message::MessageType;
use crate::record::{Reader, RecordError, put_text};
use crate::timestamp::Timestamp;

const VERSION: u8 = 1;

/// What kind of endpoint a request came to; decides how its body is read and whether the address is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v1/batch` and `/v1/import` (server side), `/v1/b` (client side).
    Batch { client_side: bool },
    /// One message: its type as the path says it, where the path does.
    Single { kind: Option<MessageType>, client_side: bool },
}

impl Endpoint {
    pub fn is_client_side(self) -> bool {
        match self {
            Self::Batch { client_side } | Self::Single { client_side, .. } => client_side,
        }
    }
}

/// Names one request for good: drawn at random when it arrives, kept in the journal. Message ids that senders left
/// out are made from it, so that reading the journal again gives the same ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub [u8; 16]);

impl RequestId {
    pub fn random() -> Self {
        Self(*uuid::Uuid::new_v4().as_bytes())
    }

    /// The id of the message at `index` of the request, where its sender gave none: a version 4 UUID.
    pub fn message_id(self, index: u32) -> String {
        let mut bytes = self.0;
        for (byte, add) in bytes[12..].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= add;
        }
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).fmt(f)
    }
}

/// Why a request was answered with an error; what it held is kept for people to look at, not processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: DiscardCode,
    pub detail: String,
}

/// One request: a value of the `journal` topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    pub id: RequestId,
    pub received_at: Timestamp,
    pub workspace: WorkspaceId,
    pub source: SourceId,
    pub endpoint: Endpoint,
    /// The sender's address, proxies that are trusted left out.
    pub client: Option<IpAddr>,
    /// Set for a request that was refused; such a record may be lost in a crash, for nothing was promised.
    pub refusal: Option<Refusal>,
    pub encoding: BodyEncoding,
    /// As it came.
    pub body: Bytes,
}

impl RequestRecord {
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(128 + self.body.len());
        out.put_u8(VERSION);
        out.put_slice(&self.id.0);
        out.put_i64_le(self.received_at.as_millis());
        put_text(&mut out, self.workspace.as_str());
        put_text(&mut out, self.source.as_str());
        put_endpoint(&mut out, self.endpoint);
        match self.client {
            None => out.put_u8(0),
            Some(IpAddr::V4(address)) => {
                out.put_u8(4);
                out.put_slice(&address.octets());
            }
            Some(IpAddr::V6(address)) => {
                out.put_u8(6);
                out.put_slice(&address.octets());
            }
        }
        match &self.refusal {
            None => out.put_u8(0),
            Some(refusal) => {
                out.put_u8(1);
                put_text(&mut out, refusal.code.as_str());
                put_text(&mut out, &refusal.detail);
            }
        }
        out.put_u8(match self.encoding {
            BodyEncoding::Plain => 0,
            BodyEncoding::Gzip => 1,
        });
        out.put_slice(&self.body);
        out.freeze()
    }

    pub fn decode(bytes: Bytes) -> Result<Self, RecordError> {
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            VERSION => {}
            other => return Err(RecordError::Version(other)),
        }
        Ok(Self {
            id: RequestId(reader.array()?),
            received_at: Timestamp::from_millis(i64::from_le_bytes(reader.array()?)),
            workspace: WorkspaceId::new(reader.text()?),
            source: SourceId::new(reader.text()?),
            endpoint: take_endpoint(&mut reader)?,
            client: match reader.u8()? {
                0 => None,
                4 => Some(Ipv4Addr::from(reader.array::<4>()?).into()),
                6 => Some(Ipv6Addr::from(reader.array::<16>()?).into()),
                tag => return Err(RecordError::Tag(tag)),
            },
            refusal: match reader.u8()? {
                0 => None,
                1 => {
                    let code = DiscardCode::parse(&reader.text()?).unwrap_or(DiscardCode::BadRequest);
                    Some(Refusal { code, detail: reader.text()? })
                }
                tag => return Err(RecordError::Tag(tag)),
            },
            encoding: match reader.u8()? {
                0 => BodyEncoding::Plain,
                1 => BodyEncoding::Gzip,
                tag => return Err(RecordError::Tag(tag)),
            },
            body: reader.rest(),
        })
    }
}

fn put_endpoint(out: &mut BytesMut, endpoint: Endpoint) {
    let (tag, kind) = match endpoint {
        Endpoint::Batch { .. } => (0, None),
        Endpoint::Single { kind, .. } => (1, kind),
    };
    out.put_u8(tag);
    out.put_u8(u8::from(endpoint.is_client_side()));
    put_text(out, kind.map_or("", MessageType::as_str));
}

fn take_endpoint(reader: &mut Reader) -> Result<Endpoint, RecordError> {
    let (tag, client_side, kind) = (reader.u8()?, reader.u8()? != 0, MessageType::parse(&reader.text()?));
    match tag {
        0 => Ok(Endpoint::Batch { client_side }),
        1 => Ok(Endpoint::Single { kind, client_side }),
        other => Err(RecordError::Tag(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> RequestRecord {
        RequestRecord {
            id: RequestId([7; 16]),
            received_at: Timestamp::from_millis(1_700_000_000_000),
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            endpoint: Endpoint::Single { kind: Some(MessageType::Page), client_side: true },
            client: Some(IpAddr::from([127, 0, 0, 1])),
            refusal: Some(Refusal { code: DiscardCode::BadRequest, detail: "why".into() }),
            encoding: BodyEncoding::Gzip,
            body: Bytes::from_static(b"body"),
        }
    }

    #[test]
    fn a_request_reads_back_as_it_was_written() {
        let variations = [
            record(),
            RequestRecord { client: None, refusal: None, encoding: BodyEncoding::Plain, ..record() },
            RequestRecord {
                client: Some(Ipv6Addr::LOCALHOST.into()),
                endpoint: Endpoint::Batch { client_side: false },
                ..record()
            },
            RequestRecord { endpoint: Endpoint::Single { kind: None, client_side: false }, ..record() },
        ];
        for request in variations {
            assert_eq!(RequestRecord::decode(request.encode()), Ok(request));
        }
    }

    #[test]
    fn a_cut_request_is_an_error_and_never_a_panic() {
        let bytes = record().encode();
        for length in 0..bytes.len() - record().body.len() {
            assert!(RequestRecord::decode(bytes.slice(..length)).is_err());
        }
    }

    #[test]
    fn ids_made_for_messages_differ_and_repeat() {
        let id = RequestId::random();
        assert_eq!(id.message_id(3), id.message_id(3));
        assert_ne!(id.message_id(3), id.message_id(4));
        assert_ne!(id.message_id(3), RequestId::random().message_id(3));
    }
}
