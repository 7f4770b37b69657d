//! Two texts side by side, with what differs marked word by word.

use super::words::Text;
use similar::{DiffOp, TextDiff};

/// Lines that are the same on both sides are shown up to this many around a difference.
const AROUND: usize = 3;
/// The most rows that one comparison shows.
const MOST_ROWS: usize = 400;
/// Lines that have less than this in common are marked as a whole: marks on single letters say nothing.
const ALIKE: f32 = 0.4;

/// Larger stretches are put side by side as they come: looking for lines that are alike takes each with each.
const MOST_PAIRS: usize = 900;

/// One row of the comparison.
pub(super) enum Row {
    /// A line of each side; `None` where a side has none.
    Lines { desired: Option<Line>, live: Option<Line>, same: bool },
    /// Lines that are left out, with what they are: `12 lines that are the same`.
    Left(String),
}

/// A line in pieces.
#[derive(askama::Template)]
#[template(
    source = "{%- for piece in self.0 -%}{%- if piece.marked -%}<mark>{{ piece.text }}</mark>{%- else -%}{{ piece.text }}{%- endif -%}{%- endfor -%}",
    ext = "html"
)]
pub(super) struct Line(pub Vec<Piece>);

/// A piece of a line.
pub(super) struct Piece {
    pub marked: bool,
    pub text: Text,
}

/// The rows for two texts. Lines that differ only in white space at their end are equal.
pub(super) fn rows(desired: &str, live: &str) -> Vec<Row> {
    let (desired, live) = (lines(desired), lines(live));
    let (left, right): (Vec<&str>, Vec<&str>) =
        (desired.iter().map(String::as_str).collect(), live.iter().map(String::as_str).collect());
    let diff = TextDiff::from_slices(&left, &right);
    let mut out = Vec::new();
    let mut shown = 0;
    for group in diff.grouped_ops(AROUND) {
        let begins = group.first().map_or(0, |op| op.old_range().start);
        skipped(begins.saturating_sub(shown), &mut out);
        shown = group.last().map_or(shown, |op| op.old_range().end);
        for op in &group {
            push(op, &left, &right, &mut out);
        }
    }
    skipped(left.len().saturating_sub(shown), &mut out);
    if out.len() > MOST_ROWS {
        let more = out.len() - MOST_ROWS;
        out.truncate(MOST_ROWS);
        out.push(Row::Left(crate::counts::counted(more, "more row")));
    }
    out
}

fn skipped(count: usize, out: &mut Vec<Row>) {
    match count {
        0 => {}
        1 => out.push(Row::Left("1 line that is the same".to_owned())),
        n => out.push(Row::Left(format!("{} lines that are the same", crate::counts::thousands(n)))),
    }
}

fn push(op: &DiffOp, left: &[&str], right: &[&str], out: &mut Vec<Row>) {
    let same = matches!(op, DiffOp::Equal { .. });
    let old = left.get(op.old_range()).unwrap_or_default();
    let new = right.get(op.new_range()).unwrap_or_default();
    for (old, new) in if same { side_by_side(old, new) } else { aligned(old, new) } {
        out.push(match (old, new) {
            (Some(old), Some(new)) if same => {
                Row::Lines { desired: Some(plain(old)), live: Some(plain(new)), same }
            }
            (Some(old), Some(new)) => {
                let (desired, live) = pair(old, new);
                Row::Lines { desired: Some(desired), live: Some(live), same }
            }
            (old, new) => Row::Lines { desired: old.map(marked), live: new.map(marked), same: false },
        });
    }
}

type Beside<'a> = (Option<&'a str>, Option<&'a str>);

fn side_by_side<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Beside<'a>> {
    (0..old.len().max(new.len())).map(|at| (old.get(at).copied(), new.get(at).copied())).collect()
}

/// Lines that are alike beside one another, in their order, so that as much as possible is (a longest common subsequence that weighs).
fn aligned<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Beside<'a>> {
    if old.len() == new.len() || old.is_empty() || new.is_empty() || old.len() * new.len() > MOST_PAIRS {
        return side_by_side(old, new);
    }
    let alike = |i: usize, j: usize| match (old.get(i), new.get(j)) {
        (Some(old), Some(new)) => likeness(old, new),
        _ => 0.0,
    };
    // What can still be had from there on.
    let width = new.len() + 1;
    let mut best = vec![0.0_f32; (old.len() + 1) * width];
    let had = |best: &[f32], i: usize, j: usize| best.get(i * width + j).copied().unwrap_or_default();
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let both = alike(i, j) + had(&best, i + 1, j + 1);
            let most = both.max(had(&best, i + 1, j)).max(had(&best, i, j + 1));
            if let Some(slot) = best.get_mut(i * width + j) {
                *slot = most;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut from_old, mut from_new) = (0, 0);
    let mut out = Vec::new();
    let mut between = |i: usize, j: usize, out: &mut Vec<Beside<'a>>| {
        let part =
            |lines: &[&'a str], range: std::ops::Range<usize>| lines.get(range).unwrap_or_default().to_vec();
        out.extend(side_by_side(&part(old, from_old..i), &part(new, from_new..j)));
        (from_old, from_new) = (i + 1, j + 1);
    };
    while i < old.len() && j < new.len() {
        let now = had(&best, i, j);
        if now == had(&best, i + 1, j) {
            i += 1;
        } else if now == had(&best, i, j + 1) {
            j += 1;
        } else {
            between(i, j, &mut out);
            out.push((old.get(i).copied(), new.get(j).copied()));
            (i, j) = (i + 1, j + 1);
        }
    }
    between(old.len(), new.len(), &mut out);
    out
}

/// How much two lines have in common; nothing where that is too little to be marked word by word.
fn likeness(old: &str, new: &str) -> f32 {
    let (left, right): (Vec<&str>, Vec<&str>) = (words(old.trim()).collect(), words(new.trim()).collect());
    let ratio = TextDiff::from_slices(&left, &right).ratio();
    if ratio < ALIKE { 0.0 } else { ratio }
}

/// Two short texts with what differs marked.
pub(super) fn pair(desired: &str, live: &str) -> (Line, Line) {
    let (left, right): (Vec<&str>, Vec<&str>) = (words(desired).collect(), words(live).collect());
    let diff = TextDiff::from_slices(&left, &right);
    if diff.ratio() < ALIKE {
        return (marked(desired), marked(live));
    }
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for op in diff.ops() {
        let differs = !matches!(op, DiffOp::Equal { .. });
        add(&mut old, differs, left.get(op.old_range()).unwrap_or_default());
        add(&mut new, differs, right.get(op.new_range()).unwrap_or_default());
    }
    (Line(old), Line(new))
}

fn add(pieces: &mut Vec<Piece>, marked: bool, words: &[&str]) {
    if !words.is_empty() {
        pieces.push(Piece { marked, text: Text::new(&words.concat()) });
    }
}

/// A line without marks.
pub(super) fn plain(text: &str) -> Line {
    Line(vec![Piece { marked: false, text: Text::new(text) }])
}

/// A line that is marked as a whole, but for the white space it begins with.
fn marked(text: &str) -> Line {
    let rest = text.trim_start();
    let (indent, rest) = text.split_at(text.len() - rest.len());
    let mut pieces = Vec::new();
    add(&mut pieces, false, if indent.is_empty() { &[] } else { std::slice::from_ref(&indent) });
    pieces.push(Piece { marked: true, text: Text::new(rest) });
    Line(pieces)
}

fn lines(text: &str) -> Vec<String> {
    let text = crate::safe::safe_lines(text.trim_matches(['\n', '\r']));
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Words, white space and single signs.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match first {
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()),
            c if in_word(c) => rest.find(|c: char| !in_word(c)),
            c => Some(c.len_utf8()),
        };
        let (word, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
        rest = after;
        Some(word)
    })
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &Line) -> String {
        line.0.iter().map(|p| if p.marked { format!("[{}]", p.text) } else { p.text.to_string() }).collect()
    }

    #[test]
    fn marks_words_and_not_letters() {
        let (desired, live) = pair("email text NOT NULL", "email varchar(100) NOT NULL");
        assert_eq!(said(&desired), "email [text] NOT NULL");
        assert_eq!(said(&live), "email [varchar(100)] NOT NULL");
    }

    #[test]
    fn what_has_nothing_in_common_is_marked_as_a_whole() {
        let (desired, live) = pair("  now()", "'x'::text || 'y'");
        assert_eq!((said(&desired), said(&live)), ("  [now()]".into(), "['x'::text || 'y']".into()));
    }

    #[test]
    fn lines_that_are_alike_stand_beside_one_another() {
        let desired = "-- Cancelled orders cost nothing.\nIF cancelled THEN\n    RETURN 0;\nEND IF;\nRETURN round(result, 2);";
        let rows = rows(desired, "RETURN round(result, 3);");
        let last = rows.iter().rev().find_map(|row| match row {
            Row::Lines { desired, live, .. } => {
                Some((desired.as_ref().map(said).unwrap(), live.as_ref().map(said).unwrap()))
            }
            Row::Left(_) => None,
        });
        assert_eq!(last.unwrap(), ("RETURN round(result, [2]);".into(), "RETURN round(result, [3]);".into()));
        assert_eq!(rows.len(), 5);
    }

    #[test]
    fn no_line_is_lost_or_moved() {
        let old: Vec<String> = (0..17).map(|i| format!("a{} b{} c", i % 5, i % 3)).collect();
        let new: Vec<String> = (0..11).map(|i| format!("a{} x{} c", i % 4, i % 3)).collect();
        let (old, new): (Vec<&str>, Vec<&str>) =
            (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        let rows = aligned(&old, &new);
        assert_eq!(rows.iter().filter_map(|row| row.0).collect::<Vec<_>>(), old);
        assert_eq!(rows.iter().filter_map(|row| row.1).collect::<Vec<_>>(), new);
    }

    #[test]
    fn lines_that_are_the_same_are_counted() {
        let live: String = (0..20).map(|i| format!("line {i}\n")).collect();
        let desired = live.replace("line 10", "line ten");
        let rows = rows(&desired, &live);
        let left: Vec<&str> = rows
            .iter()
            .filter_map(|row| match row {
                Row::Left(text) => Some(text.as_str()),
                Row::Lines { .. } => None,
            })
            .collect();
        assert_eq!(left, ["7 lines that are the same", "6 lines that are the same"]);
        assert_eq!(rows.len(), 2 + 7);
    }
}
