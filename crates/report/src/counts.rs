//! Numbers with their nouns, and the counts of the closing lines.

use crate::Report;
use std::collections::BTreeMap;
use trueup_diff::{Disposition, Level};

/// `1 error`, `2 errors`; `1 index`, `2 indexes`; `1 policy`, `2 policies`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        return format!("1 {noun}");
    }
    // `comment on index` → `comments on index`; `statistics` has no other form.
    if let Some((noun, rest)) = noun.split_once(" on ") {
        return format!("{} on {rest}", counted(count, noun));
    }
    let plural = match noun.as_bytes() {
        [.., b'x'] | [.., b's', b's'] | [.., b'c' | b's', b'h'] => format!("{noun}es"),
        [.., b's'] => noun.to_owned(),
        [.., before, b'y'] if !matches!(before, b'a' | b'e' | b'o' | b'u') => {
            format!("{}ies", noun.get(..noun.len() - 1).unwrap_or(noun))
        }
        _ => format!("{noun}s"),
    };
    format!("{} {plural}", thousands(count))
}

/// `14,073`.
pub(crate) fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Findings by level and by what repair can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    /// Drift (notes too) that repair closes now.
    pub repairable: usize,
    pub consent: usize,
    pub manual: usize,
    /// Undecided above a note.
    pub undecided: usize,
}

impl Counts {
    pub fn of(report: &Report<'_>) -> Self {
        let mut counts = Counts::default();
        for drift in &report.comparison.drift {
            match drift.level {
                Level::Error => counts.errors += 1,
                Level::Warning => counts.warnings += 1,
                Level::Note => counts.notes += 1,
            }
            match drift.disposition {
                Disposition::Safe | Disposition::Data => counts.repairable += 1,
                Disposition::Consent => counts.consent += 1,
                Disposition::Manual => counts.manual += 1,
            }
        }
        counts.undecided = report.comparison.undecided.iter().filter(|u| u.level != Level::Note).count();
        counts
    }
}

/// What was not compared and does not count, by its words: `security label on public.users` → 1.
pub(crate) fn not_compared<'a>(report: &Report<'a>) -> BTreeMap<&'a str, usize> {
    let mut by_what = BTreeMap::new();
    for undecided in report.by_design() {
        *by_what.entry(undecided.what.as_str()).or_default() += 1;
    }
    by_what
}

/// Rows and bytes as people say them: `about 12.4 million rows, 3.1 GB`.
pub(crate) fn size(size: trueup_catalog::Size) -> String {
    let bytes = scaled(size.bytes, 1024, &["bytes", "kB", "MB", "GB", "TB", "PB"]);
    match size.rows {
        Some(1) => format!("about 1 row, {bytes}"),
        Some(rows) => {
            let rows = match usize::try_from(rows) {
                Ok(few) if few < 1_000_000 => thousands(few),
                Ok(_) | Err(_) => scaled(rows, 1000, &["", "thousand", "million", "billion", "trillion"]),
            };
            format!("about {rows} rows, {bytes}")
        }
        None => bytes,
    }
}

/// A number in the largest unit of which there is at least one, with a tenth where that says something.
fn scaled(number: u64, step: u64, units: &[&str]) -> String {
    let mut one: u64 = 1;
    let mut at = 0;
    while at + 1 < units.len() && number / one >= step {
        one = one.saturating_mul(step);
        at += 1;
    }
    let whole = number / one;
    let tenth = (number % one).saturating_mul(10) / one;
    let unit = units.get(at).copied().unwrap_or_default();
    if tenth == 0 || whole >= 100 { format!("{whole} {unit}") } else { format!("{whole}.{tenth} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let of = |rows, bytes| size(trueup_catalog::Size { rows, bytes });
        assert_eq!(of(Some(0), 0), "about 0 rows, 0 bytes");
        assert_eq!(of(Some(1), 8192), "about 1 row, 8 kB");
        assert_eq!(of(Some(20_000), 1_261_568), "about 20,000 rows, 1.2 MB");
        assert_eq!(of(Some(12_400_000), 3 << 30), "about 12.4 million rows, 3 GB");
        assert_eq!(of(Some(999_999_999), 1023), "about 999 million rows, 1023 bytes");
        assert_eq!(of(None, u64::MAX), "16383 PB");
    }

    #[test]
    fn plurals() {
        let of = |n: &str| counted(2, n);
        assert_eq!(of("error"), "2 errors");
        assert_eq!(of("index"), "2 indexes");
        assert_eq!(of("policy"), "2 policies");
        assert_eq!(of("key"), "2 keys");
        assert_eq!(of("operator class"), "2 operator classes");
        assert_eq!(of("statistics"), "2 statistics");
        assert_eq!(of("comment on index"), "2 comments on index");
        assert_eq!(counted(1, "policy"), "1 policy");
        assert_eq!(counted(14_073, "object"), "14,073 objects");
    }
}
