//! Text functions, `format()`, `LIKE` and plain patterns for the guards of DO blocks.

use crate::apply::guard::{Datum, text};

/// `format(…)` with `%s`, `%I`, `%L`, `%%` and positions (manual, 9.4.1).
pub(crate) fn format_text(format: &str, values: &[Datum]) -> Option<String> {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    let mut next = 0usize;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut position = String::new();
        while let Some(digit) = chars.peek().filter(|c| c.is_ascii_digit()) {
            position.push(*digit);
            chars.next();
        }
        if !position.is_empty() {
            if chars.next() != Some('$') {
                return None;
            }
            next = position.parse::<usize>().ok()?.checked_sub(1)?;
        }
        let kind = chars.next()?;
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = values.get(next)?;
        next += 1;
        match (kind, value) {
            ('s', Datum::Null) => {}
            ('s', value) => out.push_str(&text(value)?),
            ('I', value) => out.push_str(&trueup_catalog::quote_ident(&text(value)?)),
            ('L', Datum::Null) => out.push_str("NULL"),
            ('L', value) => out.push_str(&trueup_catalog::quote_literal(&text(value)?)),
            _ => return None,
        }
    }
    Some(out)
}

/// `LIKE` with `%`, `_` and the backslash.
pub(crate) fn matches_like(value: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => value.is_empty(),
        Some(('%', rest)) => {
            (0..=value.len()).any(|at| value.get(at..).is_some_and(|tail| matches_like(tail, rest)))
        }
        Some(('_', rest)) => value.split_first().is_some_and(|(_, tail)| matches_like(tail, rest)),
        Some(('\\', rest)) => match (rest.split_first(), value.split_first()) {
            (Some((p, rest)), Some((v, tail))) => p == v && matches_like(tail, rest),
            _ => false,
        },
        Some((p, rest)) => value.split_first().is_some_and(|(v, tail)| v == p && matches_like(tail, rest)),
    }
}

/// A regular expression of letters, digits and `_` alone, anchored or not; `None` for any other.
pub(crate) fn matches_pattern(value: &str, pattern: &str, fold: bool) -> Option<bool> {
    let (start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (end, rest) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
    if !rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '-')) {
        return None;
    }
    let (value, rest) =
        if fold { (value.to_lowercase(), rest.to_lowercase()) } else { (value.to_owned(), rest.to_owned()) };
    Some(match (start, end) {
        (true, true) => value == rest,
        (true, false) => value.starts_with(&rest),
        (false, true) => value.ends_with(&rest),
        (false, false) => value.contains(&rest),
    })
}

/// Functions of text alone (manual, 9.4).
pub(crate) fn text_function(name: &str, values: &[Datum]) -> Option<Datum> {
    if values.contains(&Datum::Null) {
        // All of these are strict.
        return matches!(
            name,
            "replace"
                | "length"
                | "char_length"
                | "split_part"
                | "left"
                | "right"
                | "btrim"
                | "trim"
                | "substr"
                | "substring"
                | "starts_with"
                | "lower"
                | "upper"
                | "initcap"
                | "repeat"
                | "lpad"
                | "md5"
                | "quote_ident"
        )
        .then_some(Datum::Null);
    }
    let count = |n: i64| usize::try_from(n).ok();
    let text = match (name, values) {
        ("replace", [Datum::Text(text), Datum::Text(from), Datum::Text(to)]) => {
            if from.is_empty() {
                text.clone()
            } else {
                text.replace(from.as_str(), to)
            }
        }
        ("length" | "char_length", [Datum::Text(text)]) => {
            return i64::try_from(text.chars().count()).ok().map(Datum::Int);
        }
        ("starts_with", [Datum::Text(text), Datum::Text(start)]) => {
            return Some(Datum::Bool(text.starts_with(start.as_str())));
        }
        ("split_part", [Datum::Text(text), Datum::Text(by), Datum::Int(place)]) if *place > 0 => {
            text.split(by.as_str()).nth(count(*place)? - 1).unwrap_or_default().to_owned()
        }
        ("left", [Datum::Text(text), Datum::Int(n)]) if *n >= 0 => text.chars().take(count(*n)?).collect(),
        ("right", [Datum::Text(text), Datum::Int(n)]) if *n >= 0 => {
            let length = text.chars().count();
            text.chars().skip(length.saturating_sub(count(*n)?)).collect()
        }
        ("btrim" | "trim", [Datum::Text(text)]) => text.trim_matches(' ').to_owned(),
        ("substr" | "substring", [Datum::Text(text), Datum::Int(from)]) if *from > 0 => {
            text.chars().skip(count(*from)? - 1).collect()
        }
        ("substr" | "substring", [Datum::Text(text), Datum::Int(from), Datum::Int(n)])
            if *from > 0 && *n >= 0 =>
        {
            text.chars().skip(count(*from)? - 1).take(count(*n)?).collect()
        }
        ("repeat", [Datum::Text(text), Datum::Int(n)]) if *n < 1_000 => text.repeat(count((*n).max(0))?),
        ("lpad", [Datum::Text(text), Datum::Int(n), Datum::Text(fill)])
            if *n >= 0 && *n < 1_000 && !fill.is_empty() =>
        {
            let length = text.chars().count();
            let wanted = count(*n)?;
            let pad = fill.chars().cycle().take(wanted.saturating_sub(length));
            pad.chain(text.chars()).take(wanted).collect()
        }
        ("lpad", [Datum::Int(value), Datum::Int(_), Datum::Text(_)]) => {
            let mut values = values.to_vec();
            if let Some(first) = values.first_mut() {
                *first = Datum::Text(value.to_string());
            }
            return text_function(name, &values);
        }
        _ => return None,
    };
    Some(Datum::Text(text))
}
