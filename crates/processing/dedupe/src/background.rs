//! Work that would keep messages waiting: one piece at a time, on a thread that exists only while there is some.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Where work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Thread,
    /// At once, by whoever asks for it: so that tests are the same each time.
    #[cfg(test)]
    Here,
}

pub(crate) struct Background<T> {
    place: Place,
    running: Option<Running<T>>,
}

enum Running<T> {
    Thread {
        handle: JoinHandle<io::Result<T>>,
        cancelled: Arc<AtomicBool>,
    },
    #[cfg(test)]
    Done(io::Result<T>),
}

impl<T: Send + 'static> Background<T> {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, running: None }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_none()
    }

    /// Begins a piece of work, which asks now and then whether it is cancelled. Only when idle.
    pub(crate) fn begin(
        &mut self,
        work: impl FnOnce(&dyn Fn() -> bool) -> io::Result<T> + Send + 'static,
    ) -> io::Result<()> {
        debug_assert!(self.is_idle());
        let running = match self.place {
            Place::Thread => {
                let cancelled = Arc::new(AtomicBool::new(false));
                let told = cancelled.clone();
                let run = move || work(&|| told.load(Ordering::Relaxed));
                Running::Thread { handle: std::thread::Builder::new().name("dedupe".to_owned()).spawn(run)?, cancelled }
            }
            #[cfg(test)]
            Place::Here => Running::Done(work(&|| false)),
        };
        self.running = Some(running);
        Ok(())
    }

    /// What came of it, if it has ended.
    pub(crate) fn poll(&mut self) -> Option<io::Result<T>> {
        let ended = match self.running.as_ref()? {
            Running::Thread { handle, .. } => handle.is_finished(),
            #[cfg(test)]
            Running::Done(_) => true,
        };
        if ended { self.wait() } else { None }
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> Option<io::Result<T>> {
        match self.running.take()? {
            Running::Thread { handle, .. } => {
                Some(handle.join().unwrap_or_else(|_| Err(io::Error::other("the thread ended in a panic"))))
            }
            #[cfg(test)]
            Running::Done(result) => Some(result),
        }
    }
}

/// Nobody may find a thread at work in a folder that was given up.
impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        if let Some(Running::Thread { handle, cancelled }) = self.running.take() {
            cancelled.store(true, Ordering::Relaxed);
            let _ = handle.join();
        }
    }
}
