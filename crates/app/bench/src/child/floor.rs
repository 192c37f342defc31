//! The floor: as little as a program can do that still keeps the promise.
//!
//! Two threads read requests from their connections, inflate them where they are gzip, let a JSON parser go over the
//! whole text once, and put the body into a buffer. A third writes what has gathered to a file, syncs it once, and
//! answers everybody whose body was in it. It looks at no path, no header but the length, no write key and no member
//! of the JSON; it keeps no checksums, cuts no files, counts nothing and refuses nothing.

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use libdeflater::Decompressor;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use crate::bar::MeasureError;

const READERS: u64 = 2;
const EVENTS_MAX: usize = 256;
const READ_BYTES: usize = 64 << 10;
/// Largest request that is sent, with room.
const REQUEST_BYTES_MAX: usize = 1 << 20;
const SUCCESS: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"success\":true}";
/// The file is begun again past this, so that a long run does not fill the disk.
const FILE_BYTES_MAX: u64 = 4 << 30;

/// Runs until it is killed. Says on standard output where it listens.
pub(crate) fn run(data_dir: &Path) -> Result<(), MeasureError> {
    let file = File::create(data_dir.join("journal"))?;
    let commit = Arc::new(Commit::default());
    let writer = Arc::clone(&commit);
    thread::spawn(move || end_when_failed(write(file, &writer)));
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let reader = Arc::new(Reader { epoll: epoll::create(CreateFlags::CLOEXEC)?, arrived: Mutex::default() });
        readers.push(Arc::clone(&reader));
        let commit = Arc::clone(&commit);
        thread::spawn(move || end_when_failed(reader.run(&commit)));
    }
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    for (stream, number) in listener.incoming().zip(0..) {
        let stream = Arc::new(stream?);
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let reader = &readers[(number % READERS) as usize];
        reader.arrived.lock().unwrap_or_else(PoisonError::into_inner).push((number, Connection::new(&stream)));
        epoll::add(&reader.epoll, &*stream, EventData::new_u64(number), EventFlags::IN | EventFlags::ET)?;
    }
    Ok(())
}

/// A floor without one of its threads would be measured as a slow one.
fn end_when_failed(outcome: Result<(), MeasureError>) {
    if let Err(error) = outcome {
        let _ = writeln!(std::io::stderr(), "the floor cannot go on: {error}");
        std::process::exit(1);
    }
}

/// What waits for the disk.
#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    senders: Vec<Arc<TcpStream>>,
}

#[derive(Default)]
struct Commit {
    waiting: Mutex<Waiting>,
    gathered: Condvar,
}

fn write(mut file: File, commit: &Commit) -> Result<(), MeasureError> {
    let mut taken = Waiting::default();
    let mut written = 0;
    loop {
        let mut waiting = commit.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.senders.is_empty() {
            waiting = commit.gathered.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        mem::swap(&mut *waiting, &mut taken);
        drop(waiting);
        file.write_all(&taken.bytes)?;
        file.sync_data()?;
        written += taken.bytes.len() as u64;
        taken.bytes.clear();
        for sender in taken.senders.drain(..) {
            // So small an answer always fits; a sender that has gone needs none.
            let _ = (&*sender).write(SUCCESS);
        }
        if written > FILE_BYTES_MAX {
            file.set_len(0)?;
            std::io::Seek::rewind(&mut file)?;
            written = 0;
        }
    }
}

struct Reader {
    epoll: OwnedFd,
    /// Connections that were accepted and have not been seen yet.
    arrived: Mutex<Vec<(u64, Connection)>>,
}

impl Reader {
    fn run(&self, commit: &Commit) -> Result<(), MeasureError> {
        let mut connections: HashMap<u64, Connection> = HashMap::new();
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS_MAX);
        let mut body = Inflating { decompressor: Decompressor::new(), text: vec![0; REQUEST_BYTES_MAX] };
        loop {
            events.clear();
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(std::io::Error::from(error).into()),
            }
            for event in &events {
                let number = event.data.u64();
                if !connections.contains_key(&number) {
                    connections.extend(self.arrived.lock().unwrap_or_else(PoisonError::into_inner).drain(..));
                }
                let Some(connection) = connections.get_mut(&number) else { continue };
                if !connection.read(&mut body, commit)? {
                    connections.remove(&number);
                }
            }
        }
    }
}

struct Connection {
    stream: Arc<TcpStream>,
    buffer: Vec<u8>,
    received: usize,
}

impl Connection {
    fn new(stream: &Arc<TcpStream>) -> Self {
        Self { stream: Arc::clone(stream), buffer: Vec::new(), received: 0 }
    }

    /// Reads what there is and hands over the request once it is whole. False when the sender has gone.
    fn read(&mut self, body: &mut Inflating, commit: &Commit) -> Result<bool, MeasureError> {
        loop {
            if self.buffer.len() < self.received + READ_BYTES {
                self.buffer.resize(self.received + READ_BYTES, 0);
            }
            match (&*self.stream).read(&mut self.buffer[self.received..]) {
                Ok(0) => return Ok(false),
                Ok(received) => self.received += received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(_) => return Ok(false),
            }
            let received = &self.buffer[..self.received];
            if let Some(request) = whole_body(received) {
                let request = request?;
                body.check(request)?;
                let mut waiting = commit.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.bytes.extend_from_slice(request);
                waiting.senders.push(Arc::clone(&self.stream));
                let is_first = waiting.senders.len() == 1;
                drop(waiting);
                if is_first {
                    commit.gathered.notify_one();
                }
                self.received = 0;
                // Senders wait for their answer before they send again, and that wakes this thread again.
                return Ok(true);
            }
        }
    }
}

/// The body of a request that has arrived as a whole, by the length that its head tells.
fn whole_body(received: &[u8]) -> Option<Result<&[u8], MeasureError>> {
    const LENGTH: &[u8] = b"Content-Length: ";
    // Requests of the generator end their head with the length.
    let head = &received[..received.len().min(1024)];
    let place = head.windows(LENGTH.len()).position(|name| name == LENGTH)? + LENGTH.len();
    let digits = head[place..].iter().position(|byte| *byte == b'\r')?;
    let length = std::str::from_utf8(&head[place..place + digits]).ok().and_then(|text| text.parse::<usize>().ok());
    let Some(length) = length else {
        return Some(Err(MeasureError::Wrong("a request without a length".to_owned())));
    };
    let begin = place + digits + b"\r\n\r\n".len();
    received.get(begin..begin + length).map(Ok)
}

struct Inflating {
    decompressor: Decompressor,
    text: Vec<u8>,
}

impl Inflating {
    fn check(&mut self, body: &[u8]) -> Result<(), MeasureError> {
        let text = if body.starts_with(&[0x1f, 0x8b]) {
            let length = self.decompressor.gzip_decompress(body, &mut self.text);
            let length = length.map_err(|error| MeasureError::Wrong(format!("a damaged body: {error}")))?;
            &self.text[..length]
        } else {
            body
        };
        // Members one by one, each skipped with all checks: the fastest of the parser's ways over the whole text.
        for member in sonic_rs::to_object_iter(text) {
            member.map_err(|error| MeasureError::Wrong(format!("a body that is no JSON: {error}")))?;
        }
        Ok(())
    }
}
