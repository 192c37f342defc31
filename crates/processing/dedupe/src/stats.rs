/// What an index holds and has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub hot_ids: u64,
    pub sealed_ids: u64,
    /// Tables, filters, directories and ids that are not on disk yet.
    pub memory_bytes: u64,
    pub disk_bytes: u64,
    /// The clock's distance from the arrival of the oldest hot epoch's first id. Less than the hot time that was asked
    /// for means that there was not enough memory, or that the index is young.
    pub hot_span_ms: i64,
    pub epochs_hot: u64,
    pub epochs_sealed: u64,
    pub judged: u64,
    pub duplicates: u64,
    /// Fingerprint hits that were looked up in the id log.
    pub confirms: u64,
    /// Those of them where another id was found.
    pub false_hits: u64,
    /// Those of them, and sealed blocks, that could not be read: the message was kept.
    pub unconfirmed: u64,
    /// Messages that told no time.
    pub untimed: u64,
    /// Messages whose time was too far from their arrival.
    pub out_of_range: u64,
    /// Sections of sealed files that were asked, by their filter or on disk.
    pub sealed_probes: u64,
    /// Blocks of sealed files that were read.
    pub sealed_reads: u64,
}
