//! libpq's two files: the password file (manual 34.16) and the connection service file (34.17).
//!
//! Follows `passwordFromFile` and `parseServiceInfo` of `fe-connect.c`.

use super::environment::Environment;
use super::parameter::{self, Settings};
use crate::Error;
use std::path::{Path, PathBuf};

/// Fills in what the service says, for what the connection string does not.
pub(super) fn apply_service(settings: &mut Settings, environment: &Environment) -> Result<(), Error> {
    let said = if settings.has("service") {
        settings.get("service")
    } else {
        environment.get("PGSERVICE").filter(|service| !service.is_empty())
    };
    let Some(service) = said.map(str::to_owned) else {
        return Ok(());
    };
    let said = settings.get("servicefile").or_else(|| environment.get("PGSERVICEFILE")).map(PathBuf::from);
    let mut looked_in = Vec::new();
    let own = said.clone().or_else(|| environment.home_file(".pg_service.conf"));
    if let Some(path) = own {
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                looked_in.push(path.display().to_string());
                if read_service(&text, &service, &path, settings)? {
                    return Ok(());
                }
            }
            Err(error) if said.is_some() || error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::configuration(
                    format!("can't read the service file {}: {error}", path.display()),
                    "correct PGSERVICEFILE, or make the file readable",
                ));
            }
            Err(_) => {}
        }
    }
    for path in system_service_files(environment) {
        if let Ok(text) = std::fs::read_to_string(&path) {
            looked_in.push(path.display().to_string());
            if read_service(&text, &service, &path, settings)? {
                return Ok(());
            }
        }
    }
    let place = if looked_in.is_empty() {
        "there is no service file".to_owned()
    } else {
        format!("looked in {}", looked_in.join(", "))
    };
    Err(Error::configuration(
        format!("the connection service \"{service}\" is not defined: {place}"),
        "add it to ~/.pg_service.conf, or set PGSERVICEFILE",
    ))
}

/// `pg_service.conf` in PGSYSCONFDIR, else in the folders that distributions compile in.
fn system_service_files(environment: &Environment) -> Vec<PathBuf> {
    match environment.get("PGSYSCONFDIR") {
        Some(folder) => vec![Path::new(folder).join("pg_service.conf")],
        None => ["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/etc", "/usr/local/etc"]
            .iter()
            .map(|folder| Path::new(folder).join("pg_service.conf"))
            .collect(),
    }
}

/// Reads one service of a service file; false when it is not in there.
fn read_service(text: &str, service: &str, path: &Path, settings: &mut Settings) -> Result<bool, Error> {
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        let place = format!("{}:{}", path.display(), number + 1);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            if inside {
                return Ok(true);
            }
            inside = name.strip_suffix(']') == Some(service);
            continue;
        }
        if !inside {
            continue;
        }
        let broken = |what: &str| {
            Error::configuration(
                format!("{what} in the service file {place}"),
                "each line of a service is keyword=value, without blanks around the =",
            )
        };
        if line.starts_with("ldap") {
            return Err(broken("an LDAP look-up, which is not supported,"));
        }
        let (keyword, value) = line.split_once('=').ok_or_else(|| broken("a line without \"=\""))?;
        if keyword == "service" || keyword == "servicefile" {
            return Err(broken("a service inside of a service"));
        }
        let parameter = parameter::find(keyword).ok_or_else(|| broken("an unknown parameter"))?;
        settings.add(parameter, value.to_owned(), &place);
    }
    Ok(inside)
}

/// The password that a password file has for this connection, if any.
///
/// A file that its group or others may read is not used, as in libpq; the error says so.
pub(super) fn password(
    path: &Path,
    host: &str,
    port: u16,
    database: &str,
    user: &str,
) -> Result<Option<String>, String> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(_) => return Ok(None),
    };
    if !metadata.is_file() {
        return Err(format!("the password file {} is not a plain file", path.display()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(format!(
                "the password file {} was not used: its group or others may read it (chmod 0600)",
                path.display()
            ));
        }
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("can't read the password file {}: {error}", path.display()))?;
    let port = port.to_string();
    let wanted = [host, port.as_str(), database, user];
    Ok(text.lines().filter(|line| !line.starts_with('#')).find_map(|line| password_of_line(line, &wanted)))
}

/// The fifth field when the first four match. A backslash takes the next character as it is; `*` matches anything.
fn password_of_line(line: &str, wanted: &[&str; 4]) -> Option<String> {
    let mut rest = line;
    for wanted in wanted {
        let (raw, value, after) = field(rest)?;
        if raw != "*" && value != *wanted {
            return None;
        }
        rest = after;
    }
    let mut password = String::with_capacity(rest.len());
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => password.push(chars.next().unwrap_or('\\')),
            ':' => break,
            c => password.push(c),
        }
    }
    (!password.is_empty()).then_some(password)
}

/// The text up to the next unescaped colon: as written, unescaped, and what follows the colon.
fn field(text: &str) -> Option<(&str, String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next()?.1),
            ':' => return Some((&text[..at], value, &text[at + 1..])),
            c => value.push(c),
        }
    }
    None
}
