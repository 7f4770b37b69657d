//! `format()` and `LIKE` for the guards of DO blocks.

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
