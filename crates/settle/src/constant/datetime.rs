//! Dates and times in ISO form, or with the month's name (`datetime.c`; manual, appendix B).
//!
//! What depends on DateStyle or the time zone (`01/02/2024`, a `timestamptz` without a zone) is read with the settings that
//! introspection pins, and said to. What depends on the clock (`now`) is left to the server.

use super::Usual;
use super::number::trim;
use crate::canon::Setting;

/// Days since 2000-01-01 (`date2j`), checked.
fn days(year: i64, month: u32, day: u32) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day == 0 || day > last || !(1..=294_276).contains(&year) {
        return None;
    }
    let (y, m) = if month > 2 { (year, i64::from(month) - 3) } else { (year - 1, i64::from(month) + 9) };
    let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let of_year = (153 * m + 2) / 5 + i64::from(day) - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    // Days since 1970-01-01 are 719468 less, and 2000-01-01 is 10957 later.
    Some(era * 146_097 + of_era - 719_468 - 10_957)
}

fn special(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "infinity" | "+infinity" => Some("infinity"),
        "-infinity" => Some("-infinity"),
        _ => None,
    }
}

fn month(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    let position =
        NAMES.iter().position(|name| *name == word || (word.len() == 3 && name.starts_with(&word)))?;
    u32::try_from(position + 1).ok()
}

fn digits(text: &str, least: usize, most: usize) -> Option<i64> {
    ((least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// A date that needs no DateStyle: `2024-01-31`, `20240131`, `Jan 31, 2024`, `31 Jan 2024`; or one that does: `01/31/2024`.
fn day_number(text: &str, usual: &mut Usual) -> Option<i64> {
    let short = |text: &str| digits(text, 1, 2).and_then(|n| u32::try_from(n).ok());
    for separator in ['-', '/'] {
        if let [y, m, d] = text.split(separator).collect::<Vec<_>>().as_slice()
            && let (Some(year), Some(m), Some(d)) = (digits(y, 4, 6), short(m), short(d))
        {
            return days(year, m, d);
        }
    }
    for separator in ['-', '/', '.'] {
        if let [m, d, y] = text.split(separator).collect::<Vec<_>>().as_slice()
            && let (Some(m), Some(d)) = (short(m), short(d))
        {
            usual.set(Setting::DateStyle);
            // `ValidateDate`: two digits are of the years 1970 to 2069.
            let year = match digits(y, 1, 2) {
                Some(year) if year < 70 => year + 2000,
                Some(year) => year + 1900,
                None => digits(y, 4, 6)?,
            };
            return days(year, m, d);
        }
    }
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return days(
            text.get(..4)?.parse().ok()?,
            text.get(4..6)?.parse().ok()?,
            text.get(6..)?.parse().ok()?,
        );
    }
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let [a, b, year] = words.as_slice() else { return None };
    let year = digits(year, 4, 6)?;
    match (month(a), month(b)) {
        (Some(m), None) => days(year, m, short(b)?),
        (None, Some(m)) => days(year, m, short(a)?),
        _ => None,
    }
}

/// Microseconds of `HH:MM[:SS[.ffffff]]`.
pub(super) fn micros(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?, 1, 2)?;
    let minute = digits(parts.next()?, 1, 2)?;
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(part) => {
            let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
            (digits(whole, 1, 2)?, micro_fraction(fraction)?)
        }
    };
    let fits = hour < 24 || (hour == 24 && minute == 0 && second == 0 && fraction == 0);
    // A leap second carries over; the server may do that.
    if parts.next().is_some() || !fits || minute > 59 || second > 59 {
        return None;
    }
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

/// The digits behind a point as microseconds; more than six are rounded by the server.
pub(super) fn micro_fraction(text: &str) -> Option<i64> {
    if text.len() > 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{text:0<6}").parse().ok()
}

/// `date_in`
pub(super) fn date(text: &str, usual: &mut Usual) -> Option<String> {
    let text = trim(text);
    if let Some(word) = special(text) {
        return Some(word.into());
    }
    if text.eq_ignore_ascii_case("epoch") {
        return Some("-10957".into());
    }
    // The time of a timestamp is dropped.
    if let Some(day) = day_number(text, usual) {
        return Some(day.to_string());
    }
    let (date, time) = split(text)?;
    micros(time)?;
    Some(day_number(date, usual)?.to_string())
}

/// `time_in`
pub(super) fn time(text: &str) -> Option<String> {
    micros(trim(text)).map(|m| m.to_string())
}

/// `timetz_in`; without an offset in the text, it is the session's.
pub(super) fn timetz(text: &str, usual: &mut Usual) -> Option<String> {
    let (time, offset) = zone_or_usual(trim(text), usual);
    Some(format!("{}{offset:+}", micros(time)?))
}

/// Date and time at the blank or the `T` between them.
fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.find(':')?;
    let before = text.get(..at)?;
    let gap = before.rfind([' ', 'T', 't'])?;
    Some((text.get(..gap)?.trim_end(), text.get(gap + 1..)?))
}

/// `timestamp_in`; a zone in the text is ignored.
pub(super) fn timestamp(text: &str, usual: &mut Usual) -> Option<String> {
    let text = trim(text);
    if let Some(word) = special(text) {
        return Some(word.into());
    }
    if text.eq_ignore_ascii_case("epoch") {
        return Some((-10_957_i64 * 86_400_000_000).to_string());
    }
    if let Some(day) = day_number(text, usual) {
        return Some((day * 86_400_000_000).to_string());
    }
    let (date, time) = split(text)?;
    let (time, _) = zone(time).unwrap_or((time, 0));
    Some((day_number(date, usual)? * 86_400_000_000 + micros(time)?).to_string())
}

/// A time and its offset from UTC in seconds.
fn zone(time: &str) -> Option<(&str, i64)> {
    let time = time.trim_end();
    if let Some(bare) = time.strip_suffix(['Z', 'z']) {
        return Some((bare.trim_end(), 0));
    }
    for name in [" UTC", " utc", " GMT", " gmt"] {
        if let Some(bare) = time.strip_suffix(name) {
            return Some((bare.trim_end(), 0));
        }
    }
    let at = time.rfind(['+', '-'])?;
    let (bare, offset) = (time.get(..at)?, time.get(at..)?);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let offset = offset.get(1..)?;
    let seconds = match offset.split(':').collect::<Vec<_>>().as_slice() {
        [h, m] => digits(h, 1, 2)? * 3600 + digits(m, 2, 2)? * 60,
        [h] if h.len() == 4 => digits(h.get(..2)?, 2, 2)? * 3600 + digits(h.get(2..)?, 2, 2)? * 60,
        [h] => digits(h, 1, 2)? * 3600,
        _ => return None,
    };
    (seconds <= 15 * 3600 + 3599).then_some((bare.trim_end(), sign * seconds))
}

/// A time and its offset, which is the session's where none is written.
fn zone_or_usual<'t>(time: &'t str, usual: &mut Usual) -> (&'t str, i64) {
    zone(time).unwrap_or_else(|| {
        usual.set(Setting::TimeZone);
        (time, 0)
    })
}

/// `timestamptz_in`; without an offset in the text, it is the session's.
pub(super) fn timestamptz(text: &str, usual: &mut Usual) -> Option<String> {
    let text = trim(text);
    if let Some(word) = special(text) {
        return Some(word.into());
    }
    if text.eq_ignore_ascii_case("epoch") {
        return Some((-10_957_i64 * 86_400_000_000).to_string());
    }
    if let Some(day) = day_number(text, usual) {
        usual.set(Setting::TimeZone);
        return Some((day * 86_400_000_000).to_string());
    }
    let (date, time) = split(text)?;
    let (time, offset) = zone_or_usual(time, usual);
    let local = day_number(date, usual)? * 86_400_000_000 + micros(time)?;
    Some((local - offset * 1_000_000).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Reader = fn(&str, &mut Usual) -> Option<String>;

    /// What is read, and by which setting.
    fn by(read: Reader, text: &str) -> (Option<String>, Option<Setting>) {
        let mut usual = Usual::default();
        let found = read(text, &mut usual);
        (found, usual.setting())
    }

    fn exact(read: Reader, text: &str) -> Option<String> {
        let (found, setting) = by(read, text);
        assert_eq!(setting, None, "{text}");
        found
    }

    #[test]
    fn days_count_from_2000() {
        assert_eq!(exact(date, "2000-01-01").as_deref(), Some("0"));
        assert_eq!(exact(date, "1970-01-01"), exact(date, "epoch"));
        assert_eq!(exact(date, "2024-02-29").as_deref(), Some("8825"));
        assert_eq!(exact(date, "Jan 31, 2024"), exact(date, "2024-01-31"));
        assert_eq!(exact(date, "31 January 2024"), exact(date, "20240131"));
        for open in ["2023-02-29", "today", "2024-13-01", ""] {
            assert_eq!(exact(date, open), None, "{open}");
        }
    }

    #[test]
    fn date_style_tells_month_from_day() {
        for text in ["01/02/2024", "1/2/24", "01-02-2024", "01.02.2024"] {
            assert_eq!(by(date, text), (exact(date, "2024-01-02"), Some(Setting::DateStyle)), "{text}");
        }
        assert_eq!(by(date, "01/02/70").0, exact(date, "1970-01-02"));
        assert_eq!(by(date, "24-01-01").0, None);
        assert_eq!(
            by(timestamp, "2/1/2024 10:00"),
            (exact(timestamp, "2024-02-01 10:00:00"), Some(Setting::DateStyle))
        );
    }

    #[test]
    fn instants_need_an_offset_or_a_session() {
        assert_eq!(
            exact(timestamptz, "2024-01-31 10:00:00+02"),
            exact(timestamptz, "2024-01-31 08:00:00+00")
        );
        assert_eq!(exact(timestamptz, "2024-01-31T08:00:00Z"), exact(timestamptz, "2024-01-31 08:00+00"));
        for (text, usual) in
            [("2024-01-31 08:00:00", "2024-01-31 08:00+00"), ("2024-01-31", "2024-01-31 00:00+00")]
        {
            assert_eq!(by(timestamptz, text), (exact(timestamptz, usual), Some(Setting::TimeZone)), "{text}");
        }
        assert_eq!(by(timestamptz, "01/31/2024").1, Some(Setting::DateStyle));
        assert_eq!(by(timetz, "10:00"), (exact(timetz, "10:00+00"), Some(Setting::TimeZone)));
        assert_eq!(exact(timestamp, "2024-01-31"), exact(timestamp, "2024-01-31 00:00:00"));
        assert_ne!(exact(timestamp, "2024-01-31 00:00:00.1"), exact(timestamp, "2024-01-31 00:00:00"));
        assert_eq!(exact(timestamp, "now"), None);
    }
}
