/// Bounds that all destinations share.
#[derive(Clone, Debug)]
pub struct Options {
    /// Jobs held in memory at most: 13 to 50 bytes each, and 88 for each queue. The rest waits as ranges of offsets.
    pub jobs_max: u32,
    /// Requests in flight at most.
    pub in_flight_max: u32,
    pub backoff: Backoff,
    /// How long after its first attempt a job is still tried.
    pub expiry_ms: u64,
}

/// The pause before attempt n + 1 is drawn evenly from 0 to `min(most, base * 2^(n - 1))`: full jitter, which of the
/// usual kinds makes the fewest attempts for the same delay (Brooker, "Exponential Backoff And Jitter", 2015).
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub base_ms: u64,
    pub most_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs_max: 4_000_000,
            in_flight_max: 4_096,
            // From seconds to ten minutes: 4 hours hold about 50 attempts.
            backoff: Backoff { base_ms: 2_000, most_ms: 600_000 },
            expiry_ms: 4 * 3_600_000,
        }
    }
}

/// What is set for one destination. What is learned about it comes on top and only ever asks for less.
#[derive(Clone, Debug)]
pub struct DestinationOptions {
    /// Its share of requests against other destinations while all have work. At least 1.
    pub weight: u16,
    /// Jobs in one request at most, up to 16,384. 1: not batched.
    pub batch_max: u16,
    /// Requests in flight at most, of the shared ones.
    pub in_flight_max: u32,
    /// Jobs a second at most, over any time, give or take a tenth of a second's worth or one batch.
    pub rate_max: Option<f64>,
    /// Jobs held in memory at most.
    pub jobs_max: u32,
    /// While so many jobs wait for another attempt, none is attempted for the first time. Bounds what has to be
    /// remembered one by one.
    pub retries_max: u32,
}

impl Default for DestinationOptions {
    fn default() -> Self {
        Self { weight: 1, batch_max: 1, in_flight_max: 256, rate_max: None, jobs_max: 1_000_000, retries_max: 200_000 }
    }
}
