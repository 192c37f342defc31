//! One connection with at most one request under way.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use rustix::event::epoll::EventFlags;

use super::answer::{self, Answer};
use crate::bar::MeasureError;

/// Every answer of a server under test is far smaller.
const ANSWER_BYTES_MAX: usize = 4096;

pub(super) struct Connection {
    stream: TcpStream,
    /// The request under way.
    request: usize,
    written: usize,
    due: Instant,
    received: usize,
    buffer: Box<[u8; ANSWER_BYTES_MAX]>,
}

/// What became of the request under way.
pub(super) enum Progress {
    Waiting,
    Answered { due: Instant, success: bool },
}

impl Connection {
    pub(super) fn open(address: SocketAddr) -> Result<Self, MeasureError> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let buffer = Box::new([0; ANSWER_BYTES_MAX]);
        Ok(Self { stream, request: 0, written: usize::MAX, due: Instant::now(), received: 0, buffer })
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(super) fn send(&mut self, request: usize, due: Instant, requests: &[Box<[u8]>]) -> Result<(), MeasureError> {
        (self.request, self.written, self.due) = (request, 0, due);
        self.write(requests)
    }

    /// Goes on where the socket has become ready.
    pub(super) fn advance(&mut self, ready: EventFlags, requests: &[Box<[u8]>]) -> Result<Progress, MeasureError> {
        if ready.contains(EventFlags::OUT) {
            self.write(requests)?;
        }
        // A connection that broke is found by reading, too.
        if ready.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
            return self.read();
        }
        Ok(Progress::Waiting)
    }

    fn write(&mut self, requests: &[Box<[u8]>]) -> Result<(), MeasureError> {
        while let Some(rest) = requests[self.request].get(self.written..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(written) => self.written += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Progress, MeasureError> {
        match self.stream.read(&mut self.buffer[self.received..]) {
            Ok(0) => return Err(MeasureError::Wrong("the server closed a connection".to_owned())),
            Ok(received) => self.received += received,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Progress::Waiting),
            Err(error) => return Err(error.into()),
        }
        let received = &self.buffer[..self.received];
        let (success, bytes) = match answer::read(received) {
            Answer::Partial if self.received < ANSWER_BYTES_MAX => return Ok(Progress::Waiting),
            Answer::Success { bytes } => (true, bytes),
            Answer::Refused { bytes } => (false, bytes),
            Answer::Partial | Answer::Wrong => {
                let text = String::from_utf8_lossy(received);
                return Err(MeasureError::Wrong(format!("the server answered {text:?}")));
            }
        };
        if bytes != self.received {
            return Err(MeasureError::Wrong("the server answered more than it was asked".to_owned()));
        }
        self.received = 0;
        Ok(Progress::Answered { due: self.due, success })
    }
}
