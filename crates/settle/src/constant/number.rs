//! Numbers, booleans and money (`int.c`, `numeric.c`, `float.c`, `bool.c`, `cash.c` in `utils/adt`).

use super::Usual;
use crate::canon::Setting;

/// `boolin`: any unique beginning of the words, blanks around.
pub(super) fn boolean(text: &str) -> Option<bool> {
    let word = trim(text).to_ascii_lowercase();
    let begins = |full: &str, least: usize| word.len() >= least && full.starts_with(&word);
    if begins("true", 1) || begins("yes", 1) || word == "on" || word == "1" {
        return Some(true);
    }
    if begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0" {
        return Some(false);
    }
    None
}

/// What `isspace` takes for a blank.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c'])
}

/// Integers in decimal; the other bases and underscores of 16 and later are left to the server.
pub(super) fn integer(text: &str, low: i64, high: i64) -> Option<String> {
    let value: i64 = trim(text).parse().ok()?;
    (low..=high).contains(&value).then(|| value.to_string())
}

/// `numeric_in`: the digits and the scale as written, without an exponent.
pub(crate) fn numeric(text: &str) -> Option<String> {
    let text = trim(text);
    match text.to_ascii_lowercase().as_str() {
        "nan" => return Some("NaN".into()),
        "inf" | "infinity" | "+inf" | "+infinity" => return Some("Infinity".into()),
        "-inf" | "-infinity" => return Some("-Infinity".into()),
        _ => {}
    }
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (rest.get(..at)?, rest.get(at + 1..)?.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if (whole.is_empty() && fraction.is_empty())
        || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        || exponent.abs() > 1_000
    {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let length = i32::try_from(digits.len()).ok()?;
    let (before, after) = if point <= 0 {
        (String::new(), format!("{}{digits}", "0".repeat(usize::try_from(-point).ok()?)))
    } else if point >= length {
        (format!("{digits}{}", "0".repeat(usize::try_from(point - length).ok()?)), String::new())
    } else {
        let (a, b) = digits.split_at(usize::try_from(point).ok()?);
        (a.to_owned(), b.to_owned())
    };
    let before = before.trim_start_matches('0');
    let before = if before.is_empty() { "0" } else { before };
    let zero = before == "0" && after.bytes().all(|b| b == b'0');
    let sign = if negative && !zero { "-" } else { "" };
    Some(if after.is_empty() { format!("{sign}{before}") } else { format!("{sign}{before}.{after}") })
}

fn float_word(text: &str) -> Option<&'static str> {
    Some(match text.to_ascii_lowercase().as_str() {
        "nan" => "NaN",
        "inf" | "infinity" | "+inf" | "+infinity" => "Infinity",
        "-inf" | "-infinity" => "-Infinity",
        _ => return None,
    })
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
}

/// `float8in`
pub(super) fn float8(text: &str) -> Option<String> {
    let text = trim(text);
    if let Some(word) = float_word(text) {
        return Some(word.into());
    }
    let value: f64 = is_decimal(text).then(|| text.parse().ok())??;
    value.is_finite().then(|| format!("{value:?}"))
}

/// `float4in`
pub(super) fn float4(text: &str) -> Option<String> {
    let text = trim(text);
    if let Some(word) = float_word(text) {
        return Some(word.into());
    }
    let value: f32 = is_decimal(text).then(|| text.parse().ok())??;
    value.is_finite().then(|| format!("{value:?}"))
}

/// `cash_in` where money is in dollars and cents, which `lc_monetary` decides: the number of cents.
pub(super) fn money(text: &str, usual: &mut Usual) -> Option<String> {
    usual.set(Setting::Money);
    let text = trim(text);
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits = match unsigned.strip_prefix('$') {
        // Printed money; where the point separates thousands it would look otherwise.
        Some(printed) => is_printed_money(printed).then_some(printed)?,
        None => unsigned,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: String = whole.chars().filter(|c| *c != ',').collect();
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(&whole) || !all_digits(fraction) {
        return None;
    }
    let mut cents: i64 = format!("{whole}{fraction:0<2.2}").parse().ok()?;
    if fraction.as_bytes().get(2).is_some_and(|digit| *digit >= b'5') {
        cents = cents.checked_add(1)?;
    }
    Some(if negative { -cents } else { cents }.to_string())
}

/// `1,234.50` without its sign and symbol, as `cash_out` prints it.
fn is_printed_money(text: &str) -> bool {
    let Some((whole, cents)) = text.split_once('.') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split(',');
    groups.next().is_some_and(|first| digits(first) && first.len() <= 3)
        && groups.all(|group| digits(group) && group.len() == 3)
        && digits(cents)
        && cents.len() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerics_keep_their_scale() {
        for (text, expected) in [
            ("1e3", "1000"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-1.50", "-1.50"),
            ("1.5e-3", "0.0015"),
            ("-0.0", "0.0"),
            ("007", "7"),
            ("1.50e1", "15.0"),
            ("1e10", "10000000000"),
            (" NaN ", "NaN"),
        ] {
            assert_eq!(numeric(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(numeric("1x"), None);
        assert_eq!(numeric("."), None);
    }

    #[test]
    fn booleans_by_any_unique_beginning() {
        assert_eq!(boolean(" YE "), Some(true));
        assert_eq!(boolean("o"), None);
        assert_eq!(boolean("of"), Some(false));
    }

    #[test]
    fn money_in_cents() {
        let cents = |text: &str| money(text, &mut Usual::default());
        assert_eq!(cents("1,000.50"), cents("$1,000.50"));
        assert_eq!(cents("0").as_deref(), Some("0"));
        assert_eq!(cents("-$0.05").as_deref(), Some("-5"));
        assert_eq!(cents("12.345").as_deref(), Some("1235"));
        for open in ["$1.000", "$1", "1.000,50", "€ 1", "", "-"] {
            assert_eq!(cents(open), None, "{open}");
        }
    }
}
