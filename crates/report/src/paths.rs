//! Paths as platforms want them: relative, with forward slashes; and the file that stands for what has none.

use crate::Report;
use std::borrow::Cow;

/// The configuration, which stands for what has no file at all.
const CONFIGURATION: &str = "trueup.toml";

/// A path without `./` before it and with forward slashes; a path that was given absolute stays it.
pub(crate) fn tidy(path: &str) -> Cow<'_, str> {
    let mut rest = path;
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter.trim_start_matches('/');
    }
    if cfg!(windows) && rest.contains('\\') {
        let slashes = rest.replace('\\', "/");
        return Cow::Owned(slashes.strip_prefix("./").unwrap_or(&slashes).to_owned());
    }
    Cow::Borrowed(rest)
}

/// Whether it names a file, and not standard input.
pub(crate) fn is_file(path: &str) -> bool {
    !path.is_empty() && path != "-"
}

/// The file that findings without one are shown at, since platforms drop or refuse what has none: the first file of the desired
/// schema, else the configuration.
pub(crate) fn anchor(report: &Report<'_>) -> String {
    let files = report.desired.iter().filter_map(|(_, entry)| entry.span.as_ref()).map(|span| &*span.file);
    files
        .filter(|file| is_file(file))
        .min()
        .map_or_else(|| CONFIGURATION.to_owned(), |file| tidy(file).into_owned())
}

/// The file that a run without a result is shown at.
pub(crate) fn configuration() -> &'static str {
    CONFIGURATION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_tidy() {
        assert_eq!(tidy("./schema/a.sql"), "schema/a.sql");
        assert_eq!(tidy(".//./a.sql"), "a.sql");
        assert_eq!(tidy("/abs/a.sql"), "/abs/a.sql");
        assert_eq!(tidy("../a.sql"), "../a.sql");
        assert!(is_file("a") && !is_file("-") && !is_file(""));
    }
}
