//! The raw archive: events as gzip NDJSON by source and day in object storage.
