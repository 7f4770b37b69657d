//! Range and multirange literals (`range_parse` in `rangetypes.c`, `multirange_in` in `multirangetypes.c`; manual, 8.17).

use smol_str::SmolStr;
use trueup_catalog::{ObjectKey, ObjectKind, QualifiedName, RangeType};

use crate::types::TypeInfo;
use crate::world::World;

type Bound<'f> = dyn FnMut(&str) -> Option<SmolStr> + 'f;

/// A range that isn't empty, its bounds in canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    lower: Option<SmolStr>,
    upper: Option<SmolStr>,
    lower_inclusive: bool,
    upper_inclusive: bool,
}

/// How the values of a range's subtype lie, which says what its canonical form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// With a neighbour: ranges come to `[a,b)` (`int4range_canonical`, `int8range_canonical`, `daterange_canonical`).
    Discrete,
    /// `numrange`: bounds may be equal and of other scales.
    Numeric,
    /// No canonical function.
    Continuous,
}

impl World<'_> {
    /// `None` where a canonical function is not PostgreSQL's own.
    pub(super) fn range_sort(&self, info: &TypeInfo) -> Option<Sort> {
        match info.key.as_str() {
            "int4range" | "int8range" | "daterange" => Some(Sort::Discrete),
            "numrange" => Some(Sort::Numeric),
            "tsrange" | "tstzrange" => Some(Sort::Continuous),
            _ => {
                let name = QualifiedName::new(info.schema.as_str(), info.name.as_str());
                let key = ObjectKey::in_schema(ObjectKind::RangeType, name);
                let range = self.catalog.get(&key).and_then(|entry| RangeType::of(&entry.object))?;
                range.canonical.is_none().then_some(Sort::Continuous)
            }
        }
    }
}

/// A range literal.
pub(super) fn read(sort: Sort, text: &str, bound: &mut Bound<'_>) -> Option<String> {
    let mut letters = Letters { rest: text };
    let range = letters.range(sort, bound)?;
    letters.blanks();
    letters.rest.is_empty().then(|| range.map_or_else(|| "empty".to_owned(), |range| range.print()))
}

/// A multirange literal: without the empty ranges, in order, touching ones joined (`multirange_canonicalize`). Beyond one
/// range that is retold only where bounds are numbers in canonical form, all of the sort `[a,b)`.
pub(super) fn read_multi(sort: Sort, text: &str, bound: &mut Bound<'_>) -> Option<String> {
    let mut letters = Letters { rest: text };
    letters.blanks();
    let mut ranges = Vec::new();
    letters.take('{')?;
    letters.blanks();
    if letters.take('}').is_none() {
        loop {
            ranges.extend(letters.range(sort, bound)?);
            letters.blanks();
            if letters.take(',').is_none() {
                letters.take('}')?;
                break;
            }
        }
    }
    letters.blanks();
    if !letters.rest.is_empty() {
        return None;
    }
    let print = |ranges: &[Range]| {
        let ranges: Vec<String> = ranges.iter().map(Range::print).collect();
        Some(format!("{{{}}}", ranges.join(",")))
    };
    if ranges.len() < 2 {
        return print(&ranges);
    }
    let mut spans = Vec::new();
    for range in &ranges {
        let number = |bound: &Option<SmolStr>, missing: i64| match bound {
            Some(text) => text.parse::<i64>().ok(),
            None => Some(missing),
        };
        let sort = (range.lower_inclusive || range.lower.is_none()) && !range.upper_inclusive;
        spans.push(sort.then(|| Some((number(&range.lower, i64::MIN)?, number(&range.upper, i64::MAX)?)))??);
    }
    spans.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (lower, upper) in spans {
        match joined.last_mut() {
            Some(last) if lower <= last.1 => last.1 = last.1.max(upper),
            _ => joined.push((lower, upper)),
        }
    }
    let text = |number: i64, missing: i64| (number != missing).then(|| SmolStr::from(number.to_string()));
    let ranges: Vec<Range> = joined
        .into_iter()
        .map(|(lower, upper)| {
            let lower = text(lower, i64::MIN);
            Range {
                lower_inclusive: lower.is_some(),
                lower,
                upper: text(upper, i64::MAX),
                upper_inclusive: false,
            }
        })
        .collect();
    print(&ranges)
}

impl Range {
    fn print(&self) -> String {
        let quoted = |bound: &Option<SmolStr>| match bound {
            Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\"")),
            None => String::new(),
        };
        format!(
            "{}{},{}{}",
            if self.lower_inclusive { '[' } else { '(' },
            quoted(&self.lower),
            quoted(&self.upper),
            if self.upper_inclusive { ']' } else { ')' }
        )
    }

    /// `None` within where it is empty (`make_range`); without an answer where the order of the subtype would have to be
    /// known for that.
    fn canonical(mut self, sort: Sort) -> Option<Option<Range>> {
        self.lower_inclusive &= self.lower.is_some();
        self.upper_inclusive &= self.upper.is_some();
        let equal = match (&self.lower, &self.upper) {
            (Some(lower), Some(upper)) if sort == Sort::Numeric => unscaled(lower) == unscaled(upper),
            (Some(lower), Some(upper)) => lower == upper,
            _ => false,
        };
        if equal && !(self.lower_inclusive && self.upper_inclusive) {
            return Some(None);
        }
        if sort != Sort::Discrete {
            return Some(Some(self));
        }
        // Infinite dates are not moved; they are left to the server.
        let number =
            |bound: &Option<SmolStr>| bound.as_ref().map(|text| text.parse::<i64>()).transpose().ok();
        let (mut lower, mut upper) = (number(&self.lower)?, number(&self.upper)?);
        if !self.lower_inclusive
            && let Some(number) = &mut lower
        {
            *number = number.checked_add(1)?;
        }
        if self.upper_inclusive
            && let Some(number) = &mut upper
        {
            *number = number.checked_add(1)?;
        }
        if let (Some(lower), Some(upper)) = (lower, upper)
            && lower >= upper
        {
            return Some(None);
        }
        let text = |number: i64| SmolStr::from(number.to_string());
        Some(Some(Range {
            lower_inclusive: lower.is_some(),
            lower: lower.map(text),
            upper: upper.map(text),
            upper_inclusive: false,
        }))
    }
}

/// A numeric without the zeros at its end: 1.50 and 1.5 are different constants but equal bounds.
fn unscaled(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

struct Letters<'t> {
    rest: &'t str,
}

impl Letters<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
    }

    fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next()?;
        self.rest = letters.as_str();
        Some(letter)
    }

    fn take(&mut self, letter: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(letter)?;
        Some(())
    }

    fn range(&mut self, sort: Sort, bound: &mut Bound<'_>) -> Option<Option<Range>> {
        self.blanks();
        let empty = self.rest.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty"));
        if empty {
            self.rest = self.rest.get(5..)?;
            return Some(None);
        }
        let lower_inclusive = match self.next()? {
            '[' => true,
            '(' => false,
            _ => return None,
        };
        let lower = self.bound(bound)?;
        self.take(',')?;
        let upper = self.bound(bound)?;
        let upper_inclusive = match self.next()? {
            ']' => true,
            ')' => false,
            _ => return None,
        };
        Range { lower, upper, lower_inclusive, upper_inclusive }.canonical(sort)
    }

    /// `range_parse_bound`: nothing at all is no bound; quotes may stand anywhere in it.
    fn bound(&mut self, read: &mut Bound<'_>) -> Option<Option<SmolStr>> {
        if self.rest.starts_with([',', ']', ')']) {
            return Some(None);
        }
        let (mut text, mut quoted) = (String::new(), false);
        loop {
            match self.rest.chars().next()? {
                ',' | ')' | ']' | '(' | '[' if !quoted => break,
                '\\' => {
                    self.next();
                    text.push(self.next()?);
                }
                '"' if quoted && self.rest.starts_with("\"\"") => {
                    self.rest = self.rest.get(2..)?;
                    text.push('"');
                }
                '"' => {
                    self.next();
                    quoted = !quoted;
                }
                other => {
                    self.next();
                    text.push(other);
                }
            }
        }
        read(&text).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(sort: Sort, text: &str) -> Option<String> {
        read(sort, text, &mut |bound| Some(SmolStr::new(bound.trim())))
    }

    fn multi(sort: Sort, text: &str) -> Option<String> {
        read_multi(sort, text, &mut |bound| Some(SmolStr::new(bound.trim())))
    }

    #[test]
    fn discrete_ranges_end_before_their_bound() {
        let plain = |text: &str| plain(Sort::Discrete, text);
        assert_eq!(plain("[1,4]"), plain("(0,5)"));
        assert_eq!(plain("(3,4)").as_deref(), Some("empty"));
        assert_eq!(plain("[,4]"), plain("(,5)"));
        assert_eq!(plain(" [1, 5) "), plain(r#"["1",5)"#));
        assert_eq!(plain("[infinity,]"), None);
    }

    #[test]
    fn continuous_ranges_keep_their_bounds() {
        assert_ne!(plain(Sort::Numeric, "[1,4]"), plain(Sort::Numeric, "[1,4)"));
        assert_eq!(plain(Sort::Numeric, "[1,1.0)").as_deref(), Some("empty"));
        assert_ne!(plain(Sort::Numeric, "[1,1]").as_deref(), Some("empty"));
        assert_eq!(plain(Sort::Continuous, r#"["a ""b",)"#), plain(Sort::Continuous, r#"[a \"b,)"#));
        for broken in ["", "[1,2", "[1)", "1,2", "[1,2]x", "[1,2,3]"] {
            assert_eq!(plain(Sort::Numeric, broken), None, "{broken}");
        }
    }

    #[test]
    fn multiranges_are_in_order_and_joined() {
        assert_eq!(multi(Sort::Discrete, "{[5,6], empty, [1,3)}"), multi(Sort::Discrete, "{[1,3),[5,7)}"));
        assert_eq!(multi(Sort::Discrete, "{[3,6),[1,2]}"), multi(Sort::Discrete, "{[1,6)}"));
        assert_eq!(multi(Sort::Discrete, "{[3,),(,4)}"), multi(Sort::Discrete, "{(,)}"));
        assert_eq!(multi(Sort::Numeric, "{}").as_deref(), Some("{}"));
        assert_eq!(multi(Sort::Numeric, "{(1,2],[3,4]}"), None);
        assert_eq!(multi(Sort::Numeric, "{[1,2)").as_deref(), None);
    }
}
