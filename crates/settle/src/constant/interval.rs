//! Intervals: months, days and microseconds (`DecodeInterval`, `DecodeISO8601Interval` in
//! `datetime.c`; manual, 8.5.4).

use super::Usual;
use super::datetime::micro_fraction;
use super::number::trim;
use crate::canon::Setting;
use crate::types::field;

#[derive(Default)]
struct Interval {
    months: i64,
    days: i64,
    micros: i64,
}

/// The canonical form; `None` for fractions of large units that are not exact, and what is not retold.
pub(super) fn read(text: &str, typmod: i32, usual: &mut Usual) -> Option<String> {
    let text = trim(text);
    if first_sign_is_the_only_one(text) {
        usual.set(Setting::IntervalStyle);
    }
    let range = if typmod < 0 { field::ALL } else { (typmod >> 16) & field::ALL };
    let precision = if typmod < 0 { field::FULL_PRECISION } else { typmod & 0xffff };
    let parsed = match text.strip_prefix(['P', 'p']) {
        Some(iso) => iso8601(iso)?,
        None => words(text, range)?,
    };
    // `AdjustIntervalForTypmod`: fields that the type leaves out are cut off.
    let Interval { mut months, mut days, mut micros } = parsed;
    if range != field::ALL {
        use field::{DAY, HOUR, MINUTE, MONTH, SECOND, YEAR};
        let to = |micros: i64, unit: i64| micros / unit * unit;
        match range {
            YEAR => (months, days, micros) = (months / 12 * 12, 0, 0),
            _ if range == MONTH || range == YEAR | MONTH => (days, micros) = (0, 0),
            DAY => micros = 0,
            _ if range & SECOND != 0 => {}
            _ if range & MINUTE != 0 => micros = to(micros, 60_000_000),
            _ if range & HOUR != 0 => micros = to(micros, 3_600_000_000),
            _ => return None,
        }
    }
    if precision < 6 {
        let unit = 10_i64.pow(u32::try_from(6 - precision).ok()?);
        if micros % unit != 0 {
            return None;
        }
    }
    Some(format!("{months} {days} {micros}"))
}

/// Whether `sql_standard` would give the sign of the first field to all others (`DecodeInterval`; manual, 8.5.4).
fn first_sign_is_the_only_one(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| {
        let numbers = |text: &str| {
            text.split_whitespace().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).count()
        };
        !rest.contains(['+', '-']) && numbers(&separate(rest)) > 1
    })
}

/// `1 year 2 mons -3 days 04:05:06`, each with its sign, `ago` at the end.
fn words(text: &str, range: i32) -> Option<Interval> {
    let text = text.strip_prefix('@').map_or(text, str::trim_start).to_ascii_lowercase();
    let mut out = Interval::default();
    let mut ago = false;
    let spaced = separate(&text);
    let mut parts = spaced.split_whitespace().peekable();
    let mut any = false;
    while let Some(part) = parts.next() {
        if part == "ago" && parts.peek().is_none() && any {
            ago = true;
            continue;
        }
        any = true;
        if part.contains(':') {
            let (sign, time) = sign_of(part);
            out.micros += sign * clock(time, range)?;
            continue;
        }
        let (sign, number) = sign_of(part);
        if let Some((years, months)) = number.split_once('-') {
            // SQL's years and months.
            let months: i64 = months.parse().ok().filter(|months| (0..12).contains(months))?;
            let years: i64 = years.parse().ok()?;
            out.months = out.months.checked_add(sign * years.checked_mul(12)?.checked_add(months)?)?;
            continue;
        }
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let value: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let unit = match parts.peek() {
            Some(word) if word.starts_with(|c: char| c.is_ascii_alphabetic()) && *word != "ago" => {
                let word = *word;
                parts.next();
                word
            }
            // A number before a time of day is days; a lone one is the last field of the type.
            Some(next) if next.contains(':') => "day",
            _ => default_unit(range),
        };
        add(&mut out, sign, value, fraction, unit)?;
    }
    if !any {
        return None;
    }
    if ago {
        out = Interval { months: -out.months, days: -out.days, micros: -out.micros };
    }
    Some(out)
}

/// Puts blanks between numbers and the letters behind them: `1d2h`.
fn separate(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut digit_before = false;
    for c in text.chars() {
        if c.is_ascii_alphabetic() && digit_before {
            out.push(' ');
        }
        if c.is_ascii_digit() && out.ends_with(|p: char| p.is_ascii_alphabetic()) {
            out.push(' ');
        }
        digit_before = c.is_ascii_digit() || c == '.';
        out.push(c);
    }
    out
}

fn sign_of(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// `DecodeInterval`: which unit a bare number has.
fn default_unit(range: i32) -> &'static str {
    use field::{DAY, HOUR, MINUTE, MONTH, SECOND, YEAR};
    if range == field::ALL || range & SECOND != 0 {
        "second"
    } else if range & MINUTE != 0 {
        "minute"
    } else if range & HOUR != 0 {
        "hour"
    } else if range & DAY != 0 {
        "day"
    } else if range & MONTH != 0 {
        "month"
    } else if range & YEAR != 0 {
        "year"
    } else {
        "second"
    }
}

/// `HH:MM`, `HH:MM:SS.ffffff`; with MINUTE TO SECOND two parts are minutes and seconds.
fn clock(text: &str, range: i32) -> Option<i64> {
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str| -> Option<i64> {
        (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let seconds = |part: &str| -> Option<i64> {
        let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
        number(whole)?.checked_mul(1_000_000)?.checked_add(micro_fraction(fraction)?)
    };
    let (hours, minutes, rest) = match parts.as_slice() {
        [m, s] if range == field::MINUTE | field::SECOND || s.contains('.') => (0, number(m)?, seconds(s)?),
        [h, m] => (number(h)?, number(m)?, 0),
        [h, m, s] => (number(h)?, number(m)?, seconds(s)?),
        _ => return None,
    };
    if minutes > 59 && hours > 0 {
        return None;
    }
    hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60_000_000)?.checked_add(rest)
}

fn add(out: &mut Interval, sign: i64, value: i64, fraction: &str, unit: &str) -> Option<()> {
    let micros_per: Option<i64> =
        match unit {
            "us" | "usec" | "usecs" | "usecond" | "useconds" | "microsecond" | "microseconds"
            | "microsecon" => Some(1),
            "ms" | "msec" | "msecs" | "msecond" | "mseconds" | "millisecond" | "milliseconds"
            | "millisecon" => Some(1_000),
            "s" | "sec" | "secs" | "second" | "seconds" => Some(1_000_000),
            "m" | "min" | "mins" | "minute" | "minutes" => Some(60_000_000),
            "h" | "hr" | "hrs" | "hour" | "hours" => Some(3_600_000_000),
            _ => None,
        };
    if let Some(per) = micros_per {
        let mut micros = value.checked_mul(per)?;
        if !fraction.is_empty() {
            // Exact where it comes to whole microseconds.
            let digits = u32::try_from(fraction.len()).ok().filter(|n| *n <= 6)?;
            let product = fraction.parse::<i64>().ok()?.checked_mul(per)?;
            let scale = 10_i64.pow(digits);
            if product % scale != 0 {
                return None;
            }
            micros = micros.checked_add(product / scale)?;
        }
        out.micros = out.micros.checked_add(sign * micros)?;
        return Some(());
    }
    let (slot, per) = match unit {
        "d" | "day" | "days" => (&mut out.days, 1),
        "w" | "week" | "weeks" => (&mut out.days, 7),
        "mon" | "mons" | "month" | "months" => (&mut out.months, 1),
        "y" | "yr" | "yrs" | "year" | "years" => (&mut out.months, 12),
        "dec" | "decs" | "decade" | "decades" => (&mut out.months, 120),
        "c" | "cent" | "century" | "centuries" => (&mut out.months, 1_200),
        "mil" | "mils" | "millennium" | "millennia" => (&mut out.months, 12_000),
        _ => return None,
    };
    let months = matches!(per, 1_200 | 12_000 | 120 | 12) || unit.starts_with("mon");
    *slot = slot.checked_add(sign.checked_mul(value)?.checked_mul(per)?)?;
    // A fraction of years is months; one of months is days, of 30 to the month; one of days is time (`AdjustFractYears`,
    // `AdjustFractDays`, `AdjustFractMicroseconds`).
    let fraction = Fraction::read(fraction)?;
    if fraction.above == 0 {
        return Some(());
    }
    let days = match (months, per) {
        (true, 1) => fraction.times(30)?,
        // 16 rounds to whole months, those before it cut.
        (true, _) => {
            out.months = out.months.checked_add(sign * fraction.times(per)?.whole()?)?;
            return Some(());
        }
        (false, _) => fraction.times(per)?,
    };
    let whole = days.above / days.below;
    out.days = out.days.checked_add(sign * whole)?;
    let rest = Fraction { above: days.above % days.below, below: days.below };
    out.micros = out.micros.checked_add(sign * rest.times(86_400_000_000)?.whole()?)?;
    Some(())
}

/// The digits behind a point, where binary floating point holds them exactly, as halves and quarters: only then do
/// all versions compute the same.
#[derive(Clone, Copy)]
struct Fraction {
    above: i64,
    below: i64,
}

impl Fraction {
    fn read(digits: &str) -> Option<Fraction> {
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Fraction { above: 0, below: 1 });
        }
        let places = u32::try_from(digits.len()).ok().filter(|n| *n <= 6)?;
        let (above, fives) = (digits.parse::<i64>().ok()?, 5_i64.pow(places));
        (above % fives == 0).then(|| Fraction { above: above / fives, below: 2_i64.pow(places) })
    }

    fn times(self, factor: i64) -> Option<Fraction> {
        Some(Fraction { above: self.above.checked_mul(factor)?, below: self.below })
    }

    fn whole(self) -> Option<i64> {
        (self.above % self.below == 0).then(|| self.above / self.below)
    }
}

/// `P1Y2M3DT4H5M6S`, whole numbers but for the seconds.
fn iso8601(text: &str) -> Option<Interval> {
    let mut out = Interval::default();
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut part = |text: &str, time: bool| -> Option<()> {
        let mut number = String::new();
        for c in text.chars() {
            if c.is_ascii_digit() || matches!(c, '.' | '-' | '+') {
                number.push(c);
                continue;
            }
            let unit = match (c.to_ascii_uppercase(), time) {
                ('Y', false) => "year",
                ('M', false) => "month",
                ('W', false) => "week",
                ('D', false) => "day",
                ('H', true) => "hour",
                ('M', true) => "minute",
                ('S', true) => "second",
                _ => return None,
            };
            let (sign, digits) = sign_of(&number);
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            add(&mut out, sign, whole.parse().ok()?, fraction, unit)?;
            number.clear();
        }
        number.is_empty().then_some(())
    };
    part(date, false)?;
    if let Some(time) = time {
        part(time, true)?;
    }
    (!text.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(text: &str) -> Option<String> {
        read(text, -1, &mut Usual::default())
    }

    #[test]
    fn units_are_kept_apart() {
        assert_eq!(full("24 hours"), full("24:00:00"));
        assert_ne!(full("24 hours"), full("1 day"));
        assert_ne!(full("30 days"), full("1 month"));
        assert_eq!(full("1 year 2 mons"), full("P1Y2M"));
        assert_eq!(full("P1DT2H"), full("1 day 02:00:00"));
        assert_eq!(full("1.5 hours"), full("01:30"));
        assert_eq!(full("90"), full("00:01:30"));
        assert_eq!(full("1 12:00"), full("1 day 12:00:00"));
        assert_eq!(full("1 day ago"), full("-1 days"));
        assert_eq!(full("-1 days +02:03"), full("-1 day 2 hours 3 min"));
        assert_eq!(full("2 weeks"), full("14 days"));
        assert_eq!(full("1.5 days"), full("1 day 12:00"));
        assert_eq!(full("-0.25 months"), full("-7 days -12:00"));
        assert_eq!(full("1.5 years"), full("1 year 6 mons"));
        assert_eq!(full("1.5 weeks"), full("10 days 12:00"));
        assert_eq!(full("1-2 3 4:05:06"), full("1 year 2 mons 3 days 04:05:06"));
        assert_eq!(full("-1-2 +3 -4:05:06"), full("-1 year -2 mons +3 days -04:05:06"));
        for open in ["", "1.3 days", "0.3 months", "1.1 years", "1-12", "abc", "1 fortnight"] {
            assert_eq!(full(open), None, "{open}");
        }
    }

    #[test]
    fn the_sign_of_the_first_field_may_be_that_of_all() {
        for (text, expected) in [
            ("-1 2:03", Some(Setting::IntervalStyle)),
            ("-1 day 2 h", Some(Setting::IntervalStyle)),
            ("-1 days", None),
            ("-1 -2:03", None),
            ("-4:05", None),
        ] {
            let mut usual = Usual::default();
            assert!(read(text, -1, &mut usual).is_some());
            assert_eq!(usual.setting(), expected, "{text}");
        }
    }

    #[test]
    fn fields_cut() {
        let read = |text: &str, typmod: i32| read(text, typmod, &mut Usual::default());
        let typmod = |fields: i32| (fields << 16) | field::FULL_PRECISION;
        assert_eq!(read("90", typmod(field::SECOND)), full("00:01:30"));
        assert_eq!(read("10:20", typmod(field::MINUTE | field::SECOND)), full("00:10:20"));
        assert_eq!(read("1.5", typmod(field::HOUR)), full("01:00"));
        assert_eq!(read("1", typmod(field::DAY)), full("1 day"));
    }
}
