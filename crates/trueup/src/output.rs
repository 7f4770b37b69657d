//! Writing results: to standard output, whoever reads it, and to files, whole or not at all.

use crate::problem::{Problem, plain};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use trueup_report::safe;

/// Writes to standard output. A reader that went away (`| head`) is no error.
///
/// # Errors
/// X104 when standard output can't be written, as to a full disk.
pub fn stdout(text: &str) -> Result<(), Problem> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Problem::configuration(
            format!("standard output can't be written: {}", plain(&error.to_string())),
            "free some space, or write elsewhere",
        )),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes to standard error. Nobody can be told when that fails.
pub fn stderr(text: &str) {
    let mut err = std::io::stderr().lock();
    // A closed standard error has no reader to disappoint.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Whether the path stands for standard output.
pub fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Writes a file: the text is written beside it and then takes its place, so that a full disk or a
/// kill leaves the old file as it was. A device or pipe is written directly.
///
/// # Errors
/// X104 with the path and the reason.
pub fn file(path: &Path, text: &str) -> Result<(), Problem> {
    write(path, text).map_err(|error| {
        let way_out = match error.kind() {
            ErrorKind::NotFound => "make the folder first, or write elsewhere",
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "write where you may, as with -o /tmp/…"
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "free some space, or write elsewhere; nothing was changed"
            }
            _ => "write elsewhere; nothing was changed",
        };
        Problem::configuration(
            format!("{} can't be written: {}", safe(&path.display().to_string()), plain(&error.to_string())),
            way_out,
        )
    })
}

/// Appends to a file that others write to as well.
///
/// # Errors
/// X104 with the path and the reason.
pub fn append(path: &Path, text: &str) -> Result<(), Problem> {
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        Problem::configuration(
            format!("{} can't be written: {}", safe(&path.display().to_string()), plain(&error.to_string())),
            "free some space, or see who owns it",
        )
    })
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    // Through a symbolic link to what it points at: the link stays.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = match std::fs::metadata(&path) {
        Ok(found) => Some(found),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(found) = &there {
        if found.is_dir() {
            return Err(std::io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
        }
        if !found.is_file() {
            return std::fs::OpenOptions::new().write(true).open(&path)?.write_all(text.as_bytes());
        }
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".trueup-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file: the umask takes from it.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Some(found) = there {
        file.as_file().set_permissions(found.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sql");
        file(&path, "one").unwrap();
        file(&path, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_and_a_folder_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let missing = file(&folder.path().join("none/a.sql"), "x").unwrap_err();
        assert!(missing.message.contains("none/a.sql can't be written"), "{}", missing.message);
        assert_eq!(missing.way_out.as_deref(), Some("make the folder first, or write elsewhere"));
        assert!(file(folder.path(), "x").unwrap_err().message.contains("it is a folder"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_permissions_too() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        file(&link, "new").unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
