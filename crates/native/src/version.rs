//! Versions of new migrations, in the style of those that are there and always after them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How versions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `20261121043717`.
    Seconds,
    /// `20261121043717123`.
    Milliseconds,
    /// `1795235837`.
    Unix,
    /// `1795235837123`.
    UnixMilliseconds,
    /// `0007`, with as many digits at least.
    Count(usize),
}

/// The digits that a text begins with.
pub(crate) fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

impl Style {
    /// By the looks of one that is there.
    pub fn of(digits: &str) -> Self {
        match (digits.len(), civil(digits.get(..14).unwrap_or_default())) {
            (14, Some(_)) => Style::Seconds,
            (17, Some(_)) => Style::Milliseconds,
            (10, _) if digits.starts_with(['1', '2']) => Style::Unix,
            (13, _) if digits.starts_with(['1', '2']) => Style::UnixMilliseconds,
            (width, _) => Style::Count(width),
        }
    }
}

fn civil(digits: &str) -> Option<DateTime> {
    DateTime::strptime("%Y%m%d%H%M%S", digits).ok()
}

/// The time in UTC.
pub(crate) fn utc(now: Timestamp) -> DateTime {
    now.to_zoned(TimeZone::UTC).datetime()
}

/// So many versions after the last of those that are there: by the clock, or by counting on, as the last one looks. Without any, in the
/// tool's own style.
pub(crate) fn next<'a>(
    there: impl Iterator<Item = &'a str>,
    usual: Style,
    now: Timestamp,
    many: usize,
) -> Vec<String> {
    let number = |digits: &str| digits.parse::<u128>().unwrap_or(0);
    let last = there.map(digits).filter(|digits| !digits.is_empty()).max_by_key(|digits| number(digits));
    let style = last.map_or(usual, Style::of);
    let mut out: Vec<String> = Vec::with_capacity(many);
    let mut before = last.map(str::to_owned);
    for _ in 0..many {
        let version = after(before.as_deref(), style, now);
        out.push(version.clone());
        before = Some(version);
    }
    out
}

fn after(before: Option<&str>, style: Style, now: Timestamp) -> String {
    let clock = match style {
        Style::Seconds => utc(now).strftime("%Y%m%d%H%M%S").to_string(),
        Style::Milliseconds => {
            format!("{}{:03}", utc(now).strftime("%Y%m%d%H%M%S"), now.as_millisecond().rem_euclid(1000))
        }
        Style::Unix => now.as_second().to_string(),
        Style::UnixMilliseconds => now.as_millisecond().to_string(),
        Style::Count(width) => format!("{:0width$}", 1),
    };
    let Some(before) = before else { return clock };
    let number = |digits: &str| digits.parse::<u128>().unwrap_or(0);
    if number(&clock) > number(before) {
        return clock;
    }
    let counted = format!("{:0width$}", number(before) + 1, width = before.len());
    match style {
        // The next second may be in the next minute.
        Style::Seconds => civil(before)
            .and_then(|time| time.checked_add(1.second()).ok())
            .map_or(counted, |time| time.strftime("%Y%m%d%H%M%S").to_string()),
        Style::Milliseconds | Style::Unix | Style::UnixMilliseconds | Style::Count(_) => counted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T04:37:17.5Z".parse().unwrap()
    }

    #[test]
    fn the_next_version_looks_like_the_last_and_comes_after_it() {
        let next = |there: &[&str], many| next(there.iter().copied(), Style::Seconds, now(), many);
        assert_eq!(next(&[], 2), ["20261121043717", "20261121043718"]);
        assert_eq!(next(&["20240101000000", "20240201000000"], 1), ["20261121043717"]);
        assert_eq!(next(&["20270101000059"], 2), ["20270101000100", "20270101000101"]);
        assert_eq!(next(&["000009", "000010"], 2), ["000011", "000012"]);
        assert_eq!(next(&["1", "9"], 2), ["10", "11"]);
        assert_eq!(next(&["1704067200000"], 1), ["1795235837500"]);
        assert_eq!(next(&["1704067200"], 1), ["1795235837"]);
        assert_eq!(next(&["20240101000000123"], 1), ["20261121043717500"]);
    }
}
