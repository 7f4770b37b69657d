//! What the words after `--desired` and `--live` mean.

use crate::problem::Problem;
use std::path::{Path, PathBuf};
use trueup_introspect::ConnectConfig;

/// A place that a schema can be read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// SQL files and folders; `-` is standard input.
    Files(Vec<PathBuf>),
    /// SQL files and folders at a git revision.
    Git(String, Vec<PathBuf>),
    /// A file that `trueup snapshot` wrote.
    Snapshot(PathBuf),
    /// A server; empty for libpq's environment alone. Never shown.
    Server(String),
}

impl Source {
    /// The meaning of the words of one option. A file that is there wins over a connection string.
    ///
    /// # Errors
    /// X104, which never repeats a word that may hold a password.
    pub fn of(option: &str, words: &[String]) -> Result<Self, Problem> {
        match words {
            [] => Ok(Source::Server(String::new())),
            [word] => one(option, word),
            several => {
                let mut paths = Vec::with_capacity(several.len());
                for word in several {
                    match one(option, word)? {
                        Source::Files(mut one) => paths.append(&mut one),
                        Source::Git(..) | Source::Snapshot(_) | Source::Server(_) => {
                            return Err(Problem::configuration(
                                format!("{option} takes several SQL files, or one database, or one snapshot"),
                                "give the words of a \"key=value …\" connection string in one pair of quotes",
                            ));
                        }
                    }
                }
                Ok(Source::Files(paths))
            }
        }
    }

    /// What may be shown of it: the files as they were said; nothing of a connection.
    pub fn name(&self) -> String {
        match self {
            Source::Files(paths) => {
                let names: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
                names.join(" ")
            }
            Source::Git(revision, paths) => {
                let names: Vec<String> =
                    paths.iter().map(|p| format!("{revision}:{}", p.display())).collect();
                names.join(" ")
            }
            Source::Snapshot(path) => path.display().to_string(),
            Source::Server(_) => "…".to_owned(),
        }
    }

    /// The option as a hint repeats it; empty when it was left out.
    pub fn option(&self, option: &str) -> String {
        match self {
            Source::Server(text) if text.is_empty() => String::new(),
            Source::Git(revision, paths) => {
                let paths: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
                format!("{option} git:{revision}:{}", paths.join(" "))
            }
            Source::Files(_) | Source::Snapshot(_) | Source::Server(_) => format!("{option} {}", self.name()),
        }
    }

    /// Whether it reads standard input.
    pub fn reads_stdin(&self) -> bool {
        matches!(self, Source::Files(paths) if paths.iter().any(|p| p.as_os_str() == "-"))
    }
}

fn one(option: &str, word: &str) -> Result<Source, Problem> {
    let path = Path::new(word);
    if word == "-" {
        return Ok(Source::Files(vec![path.to_owned()]));
    }
    if let Some(rest) = word.strip_prefix("git:") {
        return match rest.split_once(':') {
            Some((revision, path)) if !revision.is_empty() && !path.is_empty() => {
                Ok(Source::Git(revision.to_owned(), vec![PathBuf::from(path)]))
            }
            Some(_) | None => Err(Problem::configuration(
                format!("what stands after {option} names no path at a revision"),
                "write git:REVISION:PATH, as git:origin/main:schema.sql",
            )),
        };
    }
    let scheme = word.contains("://");
    if !scheme && path.exists() {
        return Ok(file(path));
    }
    if ConnectConfig::looks_like_connection(word) {
        return Ok(Source::Server(word.to_owned()));
    }
    if word.is_empty() {
        return Err(Problem::configuration(
            format!("the value of {option} is empty"),
            "a shell variable may be unset; leave the option out to use libpq's environment",
        ));
    }
    // From here on the word is nothing that works. It may be a mistyped connection string, and
    // then it must not be repeated.
    if scheme {
        return Err(Problem::configuration(
            format!("the URL after {option} does not begin with postgres:// or postgresql://"),
            "write postgres://user@host:port/database",
        ));
    }
    if word.contains('=') || word.contains('@') {
        return Err(Problem::configuration(
            format!(
                "what stands after {option} is neither a file that is there nor a connection string that libpq knows"
            ),
            "write postgres://user@host:port/database, or \"host=… dbname=…\", or a path",
        ));
    }
    Ok(file(path))
}

fn file(path: &Path) -> Source {
    let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if json && !path.is_dir() {
        Source::Snapshot(path.to_owned())
    } else {
        Source::Files(vec![path.to_owned()])
    }
}

/// The text with everything that may be a connection string taken out: clap repeats words that it
/// does not understand.
pub fn without_connections(text: &str, words: &[String]) -> String {
    let mut text = text.to_owned();
    for word in words {
        let value = ["--live=", "--desired=", "--scratch=", "--base=", "--webhook="]
            .iter()
            .find_map(|option| word.strip_prefix(option))
            .unwrap_or(word);
        let secret =
            value.contains("://") || value.contains('@') || (value.contains('=') && !value.starts_with("--"));
        if secret && !value.is_empty() {
            text = text.replace(value, "…");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Source, Problem> {
        Source::of("--live", &words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn words_are_told_apart() {
        assert_eq!(of(&[]), Ok(Source::Server(String::new())));
        assert_eq!(of(&["postgres://a:b@c/d"]), Ok(Source::Server("postgres://a:b@c/d".into())));
        assert_eq!(of(&["host=a dbname=b"]), Ok(Source::Server("host=a dbname=b".into())));
        assert_eq!(of(&["schema.sql", "more"]), Ok(Source::Files(vec!["schema.sql".into(), "more".into()])));
        assert_eq!(of(&["live.json"]), Ok(Source::Snapshot("live.json".into())));
        let main = Source::Git("origin/main".into(), vec!["db/schema.sql".into()]);
        assert_eq!(of(&["git:origin/main:db/schema.sql"]), Ok(main));
        assert!(of(&["git:origin/main"]).is_err());
        assert_eq!(of(&["-"]), Ok(Source::Files(vec!["-".into()])));
        assert!(of(&["a.sql", "live.json"]).is_err());
    }

    #[test]
    fn a_mistyped_connection_is_not_repeated() {
        for word in ["postgers://u:secret@h/d", "hst=h pasword=secret", "u:secret@h", "a=secret"] {
            let problem = of(&[word]).unwrap_err();
            assert!(!format!("{problem:?}").contains("secret"), "{problem:?}");
        }
        assert!(of(&[""]).is_err());
    }

    #[test]
    fn clap_does_not_repeat_it_either() {
        let words = [
            "--live=postgres://u:secret@h/d".to_owned(),
            "password=secret".to_owned(),
            "--format=json".to_owned(),
        ];
        let text = "unexpected argument 'password=secret', '--live=postgres://u:secret@h/d', '--format=json'";
        assert_eq!(without_connections(text, &words), "unexpected argument '…', '--live=…', '--format=json'");
    }
}
