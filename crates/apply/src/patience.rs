//! How often a step is tried, and how long it rests in between.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;
use trueup_repair::ATTEMPTS;

/// The rest after the first try; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);

/// The longest rest, before chance is added.
const LONGEST: Duration = Duration::from_secs(10);

/// How often a step is tried that can't have its lock, and how long others go before it in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The tries altogether, at least one.
    pub attempts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { attempts: ATTEMPTS }
    }
}

impl Patience {
    /// How long to rest after this try, counted from 1; `None` when it was the last. While a step rests, what queued up behind it
    /// is served. Between half and one and a half times the exact back-off, so that two that collide don't collide again.
    pub(crate) fn rest(self, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = FIRST.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        Some(doubled.min(LONGEST).mul_f64(0.5 + chance()))
    }
}

/// Between 0 and 1. The standard library's random hasher is seeded by the system; sharing out time needs no better.
fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_to_a_limit_and_end() {
        let patience = Patience { attempts: 40 };
        let within = |attempt: u32, exact: f64| {
            let rest = patience.rest(attempt).unwrap().as_secs_f64();
            assert!((exact * 0.5..=exact * 1.5).contains(&rest), "{attempt}: {rest}");
        };
        within(1, 0.5);
        within(2, 1.0);
        within(3, 2.0);
        within(5, 8.0);
        within(6, 10.0);
        within(39, 10.0);
        assert_eq!(patience.rest(40), None);
        assert_eq!(Patience { attempts: 1 }.rest(1), None);
    }

    #[test]
    fn no_two_rests_are_alike() {
        let rests: std::collections::BTreeSet<Duration> =
            (0..20).filter_map(|_| Patience::default().rest(1)).collect();
        assert!(rests.len() > 10, "{rests:?}");
    }
}
