//! Which PostgreSQL versions tests run on.

use crate::{Error, Result};

/// The major versions that trueup supports, oldest first.
pub const MAJORS: [u16; 6] = [13, 14, 15, 16, 17, 18];

/// The version that the quick majority of tests runs on.
pub const DEFAULT_MAJOR: u16 = 15;

/// The versions for the core set of tests: all of [`MAJORS`], or those that `TRUEUP_TEST_VERSIONS` lists (`15,18`).
///
/// # Errors
/// When the variable is set and names anything but supported versions, or none.
pub fn test_versions() -> Result<Vec<u16>> {
    match std::env::var("TRUEUP_TEST_VERSIONS") {
        Ok(list) => parse(&list),
        Err(_) => Ok(MAJORS.to_vec()),
    }
}

fn parse(list: &str) -> Result<Vec<u16>> {
    let versions = list
        .split([',', ' '])
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.parse::<u16>().ok().filter(|major| MAJORS.contains(major)).ok_or_else(|| {
                Error::message(format!("TRUEUP_TEST_VERSIONS: `{word}` is none of {MAJORS:?}"))
            })
        })
        .collect::<Result<Vec<u16>>>()?;
    if versions.is_empty() {
        return Err(Error::message("TRUEUP_TEST_VERSIONS is set but lists no version; unset it to test all"));
    }
    Ok(versions)
}

/// Runs `test` with the shared server of each version of [`test_versions`], and says which versions failed.
///
/// # Errors
/// When a server can't be had, or `test` fails on any version. All versions are tried before that.
pub fn for_each_version<E: std::fmt::Display>(
    mut test: impl FnMut(&'static crate::Server) -> Result<(), E>,
) -> Result<()> {
    let mut failures = Vec::new();
    for major in test_versions()? {
        match crate::Server::shared(major) {
            Ok(server) => {
                if let Err(error) = test(server) {
                    failures.push(format!("PostgreSQL {major}: {error}"));
                }
            }
            Err(error) => failures.push(format!("PostgreSQL {major}: {error}")),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Error::message(failures.join("\n"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_narrows_the_versions() {
        assert_eq!(parse("15,18").unwrap(), [15, 18]);
        assert_eq!(parse(" 13 ").unwrap(), [13]);
        assert!(parse("12").unwrap_err().to_string().contains("`12`"));
        assert!(parse("").is_err());
    }
}
