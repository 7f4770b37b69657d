//! Finds and reads the files of SQL.
//!
//! Owns: what paths mean (a file, a folder, `-`) and the order of files. Never: what is in them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::SourceFile;

/// A file that could not be read. The others still are.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {message}")]
pub struct SourceError {
    /// The path as the user named it, or the one found in a folder.
    pub file: String,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

impl SourceError {
    fn new(file: &str, message: impl Into<String>) -> Self {
        SourceError { file: file.to_owned(), message: message.into(), help: None }
    }
}

/// Reads files, folders (every `.sql` file in them and below, sorted by the bytes of their paths) and `-` for standard input, in the
/// order given.
pub fn read(paths: &[PathBuf]) -> (Vec<SourceFile>, Vec<SourceError>) {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            match std::io::stdin().lock().read_to_end(&mut bytes) {
                Ok(_) => keep("-", &bytes, &mut files, &mut errors),
                Err(error) => errors.push(SourceError::new("-", error.to_string())),
            }
        } else if path.is_dir() {
            folder(path, &mut files, &mut errors);
        } else {
            file(path, &mut files, &mut errors);
        }
    }
    (files, errors)
}

fn folder(path: &Path, files: &mut Vec<SourceFile>, errors: &mut Vec<SourceError>) {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(path).follow_links(true) {
        match entry {
            Ok(entry) => {
                let sql = entry.path().extension().is_some_and(|e| e.eq_ignore_ascii_case("sql"));
                if sql && entry.file_type().is_file() {
                    found.push(entry.into_path());
                }
            }
            Err(error) => {
                let name = error.path().unwrap_or(path).display().to_string();
                let message =
                    error.io_error().map_or_else(|| error.to_string(), std::string::ToString::to_string);
                errors.push(SourceError::new(&name, message));
            }
        }
    }
    if found.is_empty() && errors.is_empty() {
        let mut error = SourceError::new(&path.display().to_string(), "the folder has no .sql file");
        error.help = Some("name the folder that holds the schema's .sql files".to_owned());
        errors.push(error);
    }
    found.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    for path in found {
        file(&path, files, errors);
    }
}

fn file(path: &Path, files: &mut Vec<SourceFile>, errors: &mut Vec<SourceError>) {
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => keep(&name, &bytes, files, errors),
        Err(error) => errors.push(SourceError::new(&name, error.to_string())),
    }
}

fn keep(name: &str, bytes: &[u8], files: &mut Vec<SourceFile>, errors: &mut Vec<SourceError>) {
    if let Some(text) = in_declared_encoding(bytes) {
        files.push(SourceFile { name: Arc::from(name), text: Arc::from(text) });
        return;
    }
    match trueup_syntax::decode_utf8(bytes) {
        Ok(text) => files.push(SourceFile { name: Arc::from(name), text: Arc::from(text) }),
        Err(error) => {
            let valid = String::from_utf8_lossy(bytes.get(..error.offset).unwrap_or_default());
            let (line, column) = error.line_column(&valid);
            let message = format!("line {line}, column {column}: {}", error.message);
            errors.push(SourceError { file: name.to_owned(), message, help: error.hint });
        }
    }
}

/// The text of a file that says before its first letter outside ASCII that it is in a single-byte encoding of Western Europe:
/// `SET client_encoding = 'LATIN1'` or `\encoding WIN1252`. `None` for every other file.
fn in_declared_encoding(bytes: &[u8]) -> Option<String> {
    let ascii = bytes.get(..bytes.iter().position(|b| !b.is_ascii())?)?;
    let head = std::str::from_utf8(ascii).ok()?.to_ascii_lowercase();
    let after = ["client_encoding", "\\encoding", "set names"]
        .iter()
        .filter_map(|w| Some(head.rfind(w)? + w.len()))
        .max()?;
    let rest = head.get(after..)?.trim_start().trim_start_matches("to ").trim_start_matches(['=', ' ', '\'']);
    let name: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let windows = match name.as_str() {
        "latin1" | "iso88591" => false,
        "win1252" | "windows1252" => true,
        _ => return None,
    };
    Some(bytes.iter().map(|b| if windows { windows_1252(*b) } else { char::from(*b) }).collect())
}

/// A byte of Windows-1252; five bytes stand for nothing there.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
        '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80).and_then(|i| HIGH.get(usize::from(i))).copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_in_the_order_of_bytes_and_bad_files_stand_alone() {
        let folder = std::env::temp_dir().join(format!("trueup-source-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("b")).unwrap();
        std::fs::write(folder.join("b/1.sql"), "select 1").unwrap();
        std::fs::write(folder.join("a.sql"), "select 2").unwrap();
        std::fs::write(folder.join("c.sql"), [0xff, 0xfe, 0x00]).unwrap();
        std::fs::write(folder.join("d.txt"), "no").unwrap();
        let (files, errors) = read(&[folder.clone(), folder.join("none.sql")]);
        std::fs::remove_dir_all(&folder).unwrap();
        let texts: Vec<_> = files.iter().map(|f| f.text.to_string()).collect();
        assert_eq!(texts, ["select 2", "select 1"]);
        assert_eq!(errors.len(), 2);
        assert!(errors[0].file.ends_with("c.sql"));
    }

    #[test]
    fn a_file_may_say_that_it_is_latin_1() {
        let text = |bytes: &[u8]| in_declared_encoding(bytes);
        assert_eq!(
            text(b"SET client_encoding = 'LATIN1';\nSELECT '\xe9'").unwrap(),
            "SET client_encoding = 'LATIN1';\nSELECT 'é'"
        );
        assert_eq!(text(b"\\encoding win1252\nSELECT '\x80'").unwrap(), "\\encoding win1252\nSELECT '€'");
        assert!(text("SET client_encoding = 'UTF8'; SELECT 'é'".as_bytes()).is_none());
        assert!(text(b"SELECT '\xe9'").is_none() && text(b"SET client_encoding = 'LATIN1'").is_none());
    }
}
