use crate::codec::{FormatError, Reader, Writer};

/// Below it each millisecond has a bucket of its own; above it there are eight in each doubling.
const EXACT: u64 = 8;
/// Longer ones count as this long: 99 days.
const LONGEST_MS: u64 = (1 << 33) - 1;

/// How long something took, as a histogram. What is read from it is at most an eighth too long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    /// By bucket, each once; those without any are absent.
    buckets: Vec<(u8, u64)>,
}

impl Latencies {
    pub fn add(&mut self, latency_ms: u64) {
        self.put(bucket(latency_ms), 1);
    }

    pub fn merge(&mut self, other: &Self) {
        other.buckets.iter().for_each(|(bucket, count)| self.put(*bucket, *count));
    }

    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }

    /// How long the fastest `share` of them took at most: 0.5 for the median. None where there are none.
    pub fn percentile_ms(&self, share: f64) -> Option<u64> {
        let wanted = ((self.count() as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.buckets.iter().find(|(_, count)| {
            seen += count;
            seen >= wanted
        });
        found.map(|(bucket, _)| longest(*bucket))
    }

    fn put(&mut self, bucket: u8, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(place) => self.buckets[place].1 += count,
            Err(place) => self.buckets.insert(place, (bucket, count)),
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.number(self.buckets.len() as u64);
        for (bucket, count) in &self.buckets {
            out.tag(*bucket);
            out.number(*count);
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let buckets = (0..reader.count()?).map(|_| Ok((reader.tag()?, reader.number()?))).collect::<Result<_, _>>()?;
        Ok(Self { buckets })
    }
}

fn bucket(latency_ms: u64) -> u8 {
    let latency = latency_ms.min(LONGEST_MS);
    if latency < EXACT {
        return latency as u8;
    }
    // 3 for 8 to 15, up to 32: the bucket is the number of the doubling and the three bits after the highest.
    let doubling = latency.ilog2();
    (u64::from(doubling - 2) * EXACT + ((latency >> (doubling - 3)) & 7)) as u8
}

/// The longest latency of a bucket.
fn longest(bucket: u8) -> u64 {
    let next = u64::from(bucket) + 1;
    if next <= EXACT { next - 1 } else { ((EXACT + next % EXACT) << (next / EXACT - 1)) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_is_told_at_most_an_eighth_too_long_and_never_too_short() {
        for latency in (0..5_000).chain([14_400_000, LONGEST_MS]) {
            let told = longest(bucket(latency));
            assert!(told >= latency && told <= latency + latency / 8, "{latency}: {told}");
        }
        assert_eq!(bucket(u64::MAX), bucket(LONGEST_MS));
    }

    #[test]
    fn percentiles_are_those_of_all_that_were_added_in_any_order() {
        let (mut odd, mut even) = (Latencies::default(), Latencies::default());
        (0..1_000u64).for_each(|number| if number % 2 == 1 { odd.add(number) } else { even.add(number) });
        odd.merge(&even);
        assert_eq!(odd.count(), 1_000);
        let told = [0.5, 0.95, 0.99].map(|share| odd.percentile_ms(share).unwrap());
        assert!(
            told.iter().zip([499, 949, 989]).all(|(told, true_one)| (true_one..=true_one * 9 / 8).contains(told)),
            "{told:?}"
        );
        assert_eq!(Latencies::default().percentile_ms(0.5), None);
    }
}
