//! One signal to stop, seen by everyone who works.

use tokio_util::sync::CancellationToken;

/// Asks for the stop.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

/// Sees that a stop was asked for.
#[derive(Clone, Debug)]
pub struct ShutdownSignal(CancellationToken);

impl Shutdown {
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everyone to finish. Asking again changes nothing.
    pub fn begin(&self) {
        self.0.cancel();
    }

    pub fn signal(&self) -> ShutdownSignal {
        ShutdownSignal(self.0.clone())
    }
}

impl ShutdownSignal {
    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns once a stop was asked for. Safe to drop and call again.
    pub async fn asked(&self) {
        self.0.cancelled().await;
    }
}
