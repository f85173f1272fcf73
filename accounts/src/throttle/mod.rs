//! How fast somebody may try. Attempts are counted before the password is looked at, so a hundred at once are a hundred
//! attempts; a right password forgets the account's. The waiting grows and has a limit, so nobody is locked out for good.

pub(crate) mod store;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How one kind of attempt is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Attempts that cost nothing.
    pub free: u32,
    /// The wait after the first that costs; each further one doubles it.
    pub first_wait: SignedDuration,
    pub longest_wait: SignedDuration,
    /// After this time without an attempt, the count starts again.
    pub forgotten_after: SignedDuration,
}

impl Rule {
    /// For one account, wherever the attempts come from.
    pub const ACCOUNT: Self = Self {
        free: 5,
        first_wait: SignedDuration::from_secs(2),
        longest_wait: SignedDuration::from_mins(15),
        forgotten_after: SignedDuration::from_hours(24),
    };
    /// For one network address. A school's whole network may share one, so it is wide.
    pub const ADDRESS: Self = Self {
        free: 60,
        first_wait: SignedDuration::from_secs(1),
        longest_wait: SignedDuration::from_mins(15),
        forgotten_after: SignedDuration::from_hours(1),
    };
    /// For mails to one mailbox.
    pub const MAIL: Self = Self {
        free: 3,
        first_wait: SignedDuration::from_mins(5),
        longest_wait: SignedDuration::from_hours(6),
        forgotten_after: SignedDuration::from_hours(24),
    };
}

/// What is remembered of earlier attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub attempts: u32,
    pub last: Timestamp,
    pub blocked_until: Option<Timestamp>,
}

impl Rule {
    /// Counts an attempt at `now`: the new tally, or how long to wait.
    ///
    /// # Errors
    /// The time until the next attempt may be made.
    pub fn admit(&self, tally: Option<Tally>, now: Timestamp) -> Result<Tally, Duration> {
        let Some(tally) = tally.filter(|tally| self.is_remembered(tally, now)) else {
            return Ok(Tally { attempts: 1, last: now, blocked_until: None });
        };
        if let Some(end) = tally.blocked_until.filter(|end| now < *end) {
            return Err(Duration::try_from(end.duration_since(now)).unwrap_or_default());
        }
        let attempts = tally.attempts.saturating_add(1);
        let blocked_until = self.wait_after(attempts).and_then(|wait| now.checked_add(wait).ok());
        Ok(Tally { attempts, last: now, blocked_until })
    }

    /// A tally from the future is forgotten: the clock was turned back, and nobody shall wait until it has caught up.
    fn is_remembered(&self, tally: &Tally, now: Timestamp) -> bool {
        let age = now.duration_since(tally.last);
        !age.is_negative() && age < self.forgotten_after
    }

    fn wait_after(&self, attempts: u32) -> Option<SignedDuration> {
        let costly = attempts.checked_sub(self.free)?;
        if costly == 0 {
            return None;
        }
        let factor = 1_i32.checked_shl(costly - 1).filter(|factor| *factor > 0).unwrap_or(i32::MAX);
        Some(self.first_wait.checked_mul(factor).unwrap_or(self.longest_wait).min(self.longest_wait))
    }
}

/// The part of an address that one person cannot change at will: an IPv6 customer has a whole `/64`.
#[must_use]
pub fn network(address: &str) -> String {
    use std::net::IpAddr;
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        free: 3,
        first_wait: SignedDuration::from_secs(2),
        longest_wait: SignedDuration::from_secs(60),
        forgotten_after: SignedDuration::from_hours(1),
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("in range")
    }

    #[test]
    fn waiting_grows_and_has_a_limit() {
        let (mut tally, mut now, mut waits) = (None, at(0), Vec::new());
        for _ in 0..12 {
            let counted = RULE.admit(tally, now).expect("not blocked any more");
            let wait = counted.blocked_until.map_or(0, |end| end.duration_since(now).as_secs());
            waits.push(wait);
            if wait > 0 {
                let refused = RULE.admit(Some(counted), now).expect_err("blocked");
                assert_eq!(refused.as_secs(), u64::try_from(wait).expect("positive"));
                assert!(RULE.admit(Some(counted), now + SignedDuration::from_secs(wait - 1)).is_err());
            }
            (tally, now) = (Some(counted), now + SignedDuration::from_secs(wait));
        }
        assert_eq!(waits, [0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    }

    #[test]
    fn a_refused_attempt_does_not_make_the_wait_longer() {
        let tally = Tally { attempts: 9, last: at(0), blocked_until: Some(at(60)) };
        for (second, left) in [(0, 60), (10, 50), (59, 1)] {
            assert_eq!(RULE.admit(Some(tally), at(second)).expect_err("blocked").as_secs(), left);
        }
        assert_eq!(RULE.admit(Some(tally), at(60)).expect("free again").attempts, 10);
    }

    #[test]
    fn attempts_are_forgotten_and_clocks_may_go_back() {
        let tally = Tally { attempts: u32::MAX, last: at(0), blocked_until: Some(at(86_400)) };
        assert_eq!(RULE.admit(Some(tally), at(3_600)).expect("forgotten").attempts, 1);
        assert_eq!(RULE.admit(Some(tally), at(-1)).expect("the clock went back").attempts, 1);
        assert!(RULE.admit(Some(tally), at(1)).is_err());
        let open = Tally { blocked_until: None, ..tally };
        assert!(RULE.admit(Some(open), at(1)).is_ok(), "no overflow");
    }

    #[test]
    fn one_customer_is_one_network() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("proxy, 10.0.0.1", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(network(address), expected);
        }
    }
}
