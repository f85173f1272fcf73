use std::time::Duration;

use models::Random;

/// How long to wait before another attempt: twice as long each time, up to a longest wait, of which a random half is
/// taken off, so that what failed together does not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Default for Backoff {
    /// From 10 seconds to an hour: ten attempts span about three hours.
    fn default() -> Self {
        Self { first: Duration::from_secs(10), longest: Duration::from_hours(1) }
    }
}

impl Backoff {
    /// The wait after attempt `attempt`, counted from 1.
    #[must_use]
    pub fn wait(&self, attempt: u32, random: &dyn Random) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        let full = doubled.min(self.longest);
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        full / 2 + (full / 2).mul_f64(f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use models::SeededRandom;

    use super::*;

    #[test]
    fn waits_grow_and_differ() {
        let random = SeededRandom::new([7; 32]);
        let backoff = Backoff::default();
        let mut distinct = std::collections::BTreeSet::new();
        for attempt in 1..=40 {
            let full = Duration::from_secs(10 << (attempt - 1).min(20)).min(backoff.longest);
            let wait = backoff.wait(attempt, &random);
            assert!(wait >= full / 2 && wait <= full, "attempt {attempt}: {wait:?} of {full:?}");
            distinct.insert(wait);
        }
        assert!(distinct.len() > 35, "{} different waits", distinct.len());
    }
}
