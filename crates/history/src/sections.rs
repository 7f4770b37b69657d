//! The part of a migration's file that goes up.
//!
//! Owns: the marks of what undoes a migration, in files and in their names. What is left out becomes blanks, as many bytes, so that places
//! in the file stay right.
//! Never: reads a file, or knows SQL.

use crate::text::{leading_digits, name};
use std::ops::Range;

/// Ends of names of files that undo.
const UNDO_FILES: &[&str] = &[".down.sql", ".rollback.sql", ".undo.sql"];

/// Lines that begin the part of a file that undoes, in lower case.
const DOWN: &[&str] = &[
    "-- +goose down",
    "-- +migrate down",
    "-- migrate:down",
    "-- down migration",
    "-- +micrate down",
    "-- rambler down",
    "---- create above / drop below ----",
];

/// Lines that begin the part of a file that goes up, in lower case.
const UP: &[&str] = &[
    "-- +goose up",
    "-- +migrate up",
    "-- migrate:up",
    "-- up migration",
    "-- +micrate up",
    "-- rambler up",
];

/// Whether a file of this name undoes another: `1_a.down.sql`, `down.sql`.
#[must_use]
pub fn undoes(file: &str) -> bool {
    let name = name(file).to_ascii_lowercase();
    name == "down.sql" || UNDO_FILES.iter().any(|end| name.ends_with(end))
}

/// The text without what undoes; `None` where there is nothing of the sort.
#[must_use]
pub fn up_only(text: &str) -> Option<String> {
    let begins = |line: &str, marks: &[&str]| {
        let line = line.trim_start().to_ascii_lowercase();
        marks.iter().any(|mark| line.starts_with(mark))
    };
    if !text.lines().any(|line| begins(line, DOWN)) {
        return None;
    }
    let mut kept = String::with_capacity(text.len());
    let mut down = false;
    for line in text.split_inclusive('\n') {
        if begins(line, DOWN) {
            down = true;
        } else if begins(line, UP) {
            down = false;
        }
        if down {
            blank(line, &mut kept);
        } else {
            kept.push_str(line);
        }
    }
    Some(kept)
}

/// The text with all but this stretch of lines as blanks.
#[must_use]
pub fn only_lines(text: &str, lines: &Range<usize>) -> String {
    let mut kept = String::with_capacity(text.len());
    for (at, line) in text.split_inclusive('\n').enumerate() {
        if lines.contains(&at) {
            kept.push_str(line);
        } else {
            blank(line, &mut kept);
        }
    }
    kept
}

/// Puts files in the order of the numbers that their names begin with, where all of them do; else they stay as they are.
pub fn by_number<T>(files: &mut [T], file: impl Fn(&T) -> &str) {
    let number = |one: &T| -> Option<u128> {
        leading_digits(name(file(one)).trim_start_matches(['V', 'v']))?.0.parse().ok()
    };
    if files.iter().all(|one| number(one).is_some()) {
        files.sort_by(|a, b| number(a).cmp(&number(b)).then_with(|| file(a).cmp(file(b))));
    }
}

fn blank(line: &str, out: &mut String) {
    out.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_undoes_is_left_out_in_place() {
        let text = "-- +goose Up\nA;\n-- +goose Down\nBé;\n";
        let up = up_only(text).unwrap();
        assert!(up.contains("A;") && !up.contains('B'));
        assert_eq!((up.len(), up.lines().count()), (text.len(), 4));
        assert!(up_only("A;\n---- create above / drop below ----\nB;").unwrap().trim_end().ends_with("A;"));
        assert_eq!(up_only("CREATE TABLE a ();"), None);
        assert_eq!(only_lines("a\nb\nc\n", &(1..2)), " \nb\n \n");
    }

    #[test]
    fn numbers_count_as_numbers() {
        let mut files = ["m/10_a.sql", "m/9_b.sql"];
        by_number(&mut files, |file| file);
        assert_eq!(files, ["m/9_b.sql", "m/10_a.sql"]);
        let mut mixed = ["m/z.sql", "m/9_b.sql"];
        by_number(&mut mixed, |file| file);
        assert_eq!(mixed, ["m/z.sql", "m/9_b.sql"]);
    }

    #[test]
    fn files_that_undo_are_known_by_their_names() {
        assert!(undoes("m/1_a.down.sql") && undoes("1/down.sql") && undoes("U1.UNDO.SQL"));
        assert!(!undoes("1_a.up.sql") && !undoes("1_tear_down.sql"));
    }
}
