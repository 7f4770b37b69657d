//! Which files, and which lines of them, a migration tool runs to go up.
//!
//! Owns: the marks of what undoes a migration, and the order by number. Lines that are left out stay as empty ones, so that places
//! in the file are right.
//! Never: reads a file, or says which migrations are pending.

use std::sync::Arc;
use trueup_parser::SourceFile;

/// Ends of names of files that undo.
const UNDO_FILES: &[&str] = &[".down.sql", ".rollback.sql", ".undo.sql"];

/// Lines that begin the part of a file that undoes, in lower case.
const DOWN: &[&str] =
    &["-- +goose down", "-- +migrate down", "-- migrate:down", "-- down migration", "-- +micrate down"];

/// Lines that begin the part of a file that goes up, in lower case.
const UP: &[&str] = &["-- +goose up", "-- +migrate up", "-- migrate:up", "-- up migration", "-- +micrate up"];

/// The files without what undoes.
pub fn ups(files: Vec<SourceFile>) -> Vec<SourceFile> {
    files
        .into_iter()
        .filter(|file| !undoes(&file.name))
        .map(|file| match without_down(&file.text) {
            Some(text) => SourceFile { text: Arc::from(text), ..file },
            None => file,
        })
        .collect()
}

/// The files of a folder in the order of the numbers that their names begin with, where all of them do; else as they are.
pub fn by_number(mut files: Vec<SourceFile>) -> Vec<SourceFile> {
    let number = |file: &SourceFile| -> Option<u128> {
        let name = file.name.rsplit('/').next().unwrap_or(&file.name);
        let name = name.strip_prefix(['V', 'v']).unwrap_or(name);
        let digits = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
        name.get(..digits)?.parse().ok()
    };
    if files.iter().all(|file| number(file).is_some()) {
        files.sort_by(|a, b| number(a).cmp(&number(b)).then_with(|| a.name.cmp(&b.name)));
    }
    files
}

fn undoes(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit('/').next().unwrap_or(&lower);
    last == "down.sql" || UNDO_FILES.iter().any(|end| last.ends_with(end))
}

fn without_down(text: &str) -> Option<String> {
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
            // As many bytes, so that spans stay right.
            kept.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            kept.push_str(line);
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> SourceFile {
        SourceFile { name: Arc::from(name), text: Arc::from(text) }
    }

    #[test]
    fn what_undoes_is_left_out() {
        let files = ups(vec![
            file("1.up.sql", "a"),
            file("1.down.sql", "b"),
            file("m/down.sql", "c"),
            file("2.sql", "-- +goose Up\nA;\n-- +goose Down\nB;\n"),
        ]);
        let names: Vec<_> = files.iter().map(|f| f.name.as_ref()).collect();
        assert_eq!(names, ["1.up.sql", "2.sql"]);
        assert!(files[1].text.contains("A;") && !files[1].text.contains('B'));
        assert_eq!(files[1].text.len(), "-- +goose Up\nA;\n-- +goose Down\nB;\n".len());
    }

    #[test]
    fn numbers_count_as_numbers() {
        let sorted = by_number(vec![file("m/10_a.sql", ""), file("m/9_b.sql", "")]);
        assert_eq!(sorted[0].name.as_ref(), "m/9_b.sql");
        let kept = by_number(vec![file("m/z.sql", ""), file("m/9_b.sql", "")]);
        assert_eq!(kept[0].name.as_ref(), "m/z.sql");
    }
}
