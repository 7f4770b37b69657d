//! Reads a connection string as libpq does: a URI, or `keyword=value` pairs (manual 34.1.1).
//!
//! Follows `conninfo_uri_parse_options` and `conninfo_parse` of `fe-connect.c`. Messages point at a character and never
//! quote the text, since any part of it may belong to a password.

use super::parameter::{self, Settings};
use crate::Error;

const PLACE: &str = "the connection string";
const WAY_OUT: &str =
    "write it as postgres://user@host:port/database?sslmode=… or as \"host=… dbname=… user=…\"";

/// Whether the text is meant as a URI.
pub(super) fn is_uri(text: &str) -> bool {
    strip_scheme(text).is_some()
}

fn strip_scheme(text: &str) -> Option<&str> {
    ["postgresql://", "postgres://"].iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// Adds what the connection string says to `settings`.
pub(super) fn read(text: &str, settings: &mut Settings) -> Result<(), Error> {
    match strip_scheme(text) {
        Some(rest) => read_uri(text, rest, settings),
        None => read_pairs(text, settings),
    }
}

fn problem(what: &str, text: &str, rest: &str) -> Error {
    let position = text.chars().count() - rest.chars().count() + 1;
    Error::configuration(format!("{what} at character {position} of {PLACE}"), WAY_OUT)
}

fn store(
    keyword: &str,
    value: String,
    settings: &mut Settings,
    at: impl Fn(&str) -> Error,
) -> Result<(), Error> {
    match parameter::find(keyword) {
        Some(parameter) => {
            settings.set(parameter, value, PLACE);
            Ok(())
        }
        None => Err(match parameter::suggestion(keyword) {
            Some(known) => at(&format!("unknown parameter (did you mean {known}?)")),
            None => at("unknown parameter"),
        }),
    }
}

fn read_uri(text: &str, mut rest: &str, settings: &mut Settings) -> Result<(), Error> {
    let mut set = |keyword: &str, raw: &str, rest: &str| -> Result<(), Error> {
        let value = decode(raw).ok_or_else(|| problem("invalid percent-encoding before", text, rest))?;
        store(keyword, value, settings, |what| problem(what, text, rest))
    };

    // Credentials are there when an @ comes before the first slash.
    let end = rest.find(['@', '/']).unwrap_or(rest.len());
    if let (credentials, Some(after)) = (&rest[..end], rest[end..].strip_prefix('@')) {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        if !user.is_empty() {
            set("user", user, after)?;
        }
        if !password.is_empty() {
            set("password", password, after)?;
        }
        rest = after;
    }

    let (mut hosts, mut ports) = (String::new(), String::new());
    loop {
        let host = if let Some(bracketed) = rest.strip_prefix('[') {
            let (address, after) = bracketed
                .split_once(']')
                .filter(|(address, _)| !address.is_empty())
                .ok_or_else(|| problem("an IPv6 address without its closing bracket", text, rest))?;
            if !(after.is_empty() || after.starts_with([':', '/', '?', ','])) {
                return Err(problem("unexpected text after an IPv6 address", text, after));
            }
            rest = after;
            address
        } else {
            let end = rest.find([':', '/', '?', ',']).unwrap_or(rest.len());
            let (host, after) = rest.split_at(end);
            rest = after;
            host
        };
        hosts.push_str(host);
        if let Some(after) = rest.strip_prefix(':') {
            let end = after.find(['/', '?', ',']).unwrap_or(after.len());
            ports.push_str(&after[..end]);
            rest = &after[end..];
        }
        match rest.strip_prefix(',') {
            Some(after) => {
                hosts.push(',');
                ports.push(',');
                rest = after;
            }
            None => break,
        }
    }
    if !hosts.is_empty() {
        set("host", &hosts, rest)?;
    }
    if !ports.is_empty() {
        set("port", &ports, rest)?;
    }

    if let Some(after) = rest.strip_prefix('/') {
        let end = after.find('?').unwrap_or(after.len());
        if end > 0 {
            set("dbname", &after[..end], after)?;
        }
        rest = &after[end..];
    }

    let Some(mut query) = rest.strip_prefix('?') else {
        return Ok(());
    };
    while !query.is_empty() {
        let end = query.find('&').unwrap_or(query.len());
        let pair = &query[..end];
        let (key, value) = pair
            .split_once('=')
            .filter(|(_, value)| !value.contains('='))
            .ok_or_else(|| problem("a query parameter that is not keyword=value", text, query))?;
        let key = decode(key).ok_or_else(|| problem("invalid percent-encoding", text, query))?;
        // JDBC's spelling, which libpq understands as well.
        if key == "ssl" && value == "true" {
            set("sslmode", "require", query)?;
        } else {
            set(&key, value, query)?;
        }
        query = query[end..].strip_prefix('&').unwrap_or("");
    }
    Ok(())
}

/// Percent-decoding; `None` for a broken escape, %00 or what is no UTF-8.
fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut input = text.bytes();
    while let Some(byte) = input.next() {
        if byte == b'%' {
            let high = char::from(input.next()?).to_digit(16)?;
            let low = char::from(input.next()?).to_digit(16)?;
            let value = u8::try_from(high * 16 + low).ok()?;
            if value == 0 {
                return None;
            }
            bytes.push(value);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn read_pairs(text: &str, settings: &mut Settings) -> Result<(), Error> {
    let space = |c: char| c.is_ascii_whitespace();
    let mut rest = text.trim_start_matches(space);
    while !rest.is_empty() {
        let start = rest;
        let end = rest.find(|c| c == '=' || space(c)).unwrap_or(rest.len());
        let keyword = &rest[..end];
        rest = rest[end..]
            .trim_start_matches(space)
            .strip_prefix('=')
            .ok_or_else(|| problem("a word without \"=\"", text, start))?
            .trim_start_matches(space);
        let (value, after) =
            read_value(rest).ok_or_else(|| problem("a quoted value without its end", text, rest))?;
        store(keyword, value, settings, |what| problem(what, text, start))?;
        rest = after.trim_start_matches(space);
    }
    Ok(())
}

/// One value of a pair: quoted or up to the next blank, with backslash escapes. `None` when the quote never ends.
fn read_value(text: &str) -> Option<(String, &str)> {
    let (quoted, body) = match text.strip_prefix('\'') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let mut value = String::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Some((value, &body[at + 1..])),
            c if !quoted && c.is_ascii_whitespace() => return Some((value, &body[at..])),
            c => value.push(c),
        }
    }
    if quoted { None } else { Some((value, "")) }
}
