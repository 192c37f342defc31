use prime_log::{Offset, Partition};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::intake::{InputKind, Intake, Stretch};
use crate::processor::ProcessError;

/// Decodes the next stretch of the input while the last one is judged and written.
pub(crate) struct Ahead {
    input: Partition,
    next: Offset,
    state: State,
}

/// The intake comes back with what it found.
type Decoding = (Box<Intake>, Result<Option<Stretch>, ProcessError>);

enum State {
    Idle(Box<Intake>),
    Decoding(JoinHandle<Decoding>),
    /// A stretch panicked.
    Lost,
}

impl Ahead {
    pub(crate) fn new(input: Partition, kind: InputKind, batch_bytes_max: usize) -> Self {
        let intake = Box::new(Intake::new(input.clone(), kind, batch_bytes_max));
        Self { input, next: 0, state: State::Idle(intake) }
    }

    /// Goes on from an offset, whatever was decoded before.
    pub(crate) async fn seek(&mut self, next: Offset) -> Result<(), ProcessError> {
        if matches!(self.state, State::Decoding(_)) {
            // What it found is read again.
            let _ = self.decoded().await;
        }
        let State::Idle(intake) = &mut self.state else { return Err(ProcessError::Panicked) };
        intake.seek(next);
        self.next = next;
        Ok(())
    }

    /// The next stretch, none at the end of the input. Goes on decoding in the background if there is more.
    pub(crate) async fn next(&mut self) -> Result<Option<Stretch>, ProcessError> {
        self.begin();
        let stretch = self.decoded().await?;
        if let Some(stretch) = &stretch {
            self.next = stretch.next;
            if self.input.bounds().end > self.next {
                self.begin();
            }
        }
        Ok(stretch)
    }

    fn begin(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Lost) {
            State::Idle(mut intake) => State::Decoding(spawn_blocking(move || {
                let stretch = intake.next();
                (intake, stretch)
            })),
            other => other,
        };
    }

    async fn decoded(&mut self) -> Result<Option<Stretch>, ProcessError> {
        let State::Decoding(task) = &mut self.state else { return Err(ProcessError::Panicked) };
        let done = task.await;
        self.state = State::Lost;
        let (intake, stretch) = done.map_err(|_| ProcessError::Panicked)?;
        self.state = State::Idle(intake);
        stretch
    }
}
