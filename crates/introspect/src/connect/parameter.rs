//! Every connection parameter that libpq knows: its environment variable, and whether we honour it.
//!
//! The list follows `PQconninfoOptions` in PostgreSQL 18's `src/interfaces/libpq/fe-connect.c` (manual 34.1.2 and
//! 34.15). A parameter is honoured or refused with a reason, never silently ignored.

use crate::Error;
use std::collections::BTreeMap;

/// How a parameter is treated.
#[derive(Clone, Copy)]
pub(super) enum Support {
    /// It has the meaning that libpq gives it.
    Honoured,
    /// Only these values can be honoured; the text says why not the others.
    Only(&'static [&'static str], &'static str),
}

/// One connection parameter of libpq.
pub(super) struct Parameter {
    pub keyword: &'static str,
    pub variable: Option<&'static str>,
    pub support: Support,
}

const fn honoured(keyword: &'static str, variable: &'static str) -> Parameter {
    Parameter {
        keyword,
        variable: if variable.is_empty() { None } else { Some(variable) },
        support: Support::Honoured,
    }
}

const fn only(
    keyword: &'static str,
    variable: &'static str,
    values: &'static [&'static str],
    why: &'static str,
) -> Parameter {
    Parameter {
        keyword,
        variable: if variable.is_empty() { None } else { Some(variable) },
        support: Support::Only(values, why),
    }
}

const NO_GSS: &str = "GSSAPI is not supported; use a password or a client certificate";
const NO_OAUTH: &str = "OAuth is not supported; use a password or a client certificate";

/// All of libpq's parameters, in its order.
pub(super) const PARAMETERS: &[Parameter] = &[
    honoured("service", "PGSERVICE"),
    honoured("servicefile", "PGSERVICEFILE"),
    honoured("user", "PGUSER"),
    honoured("password", "PGPASSWORD"),
    honoured("passfile", "PGPASSFILE"),
    honoured("channel_binding", "PGCHANNELBINDING"),
    honoured("connect_timeout", "PGCONNECT_TIMEOUT"),
    honoured("dbname", "PGDATABASE"),
    honoured("host", "PGHOST"),
    honoured("hostaddr", "PGHOSTADDR"),
    honoured("port", "PGPORT"),
    only(
        "client_encoding",
        "PGCLIENTENCODING",
        &["auto", "utf8", "utf-8", "unicode"],
        "the connection always speaks UTF-8",
    ),
    honoured("options", "PGOPTIONS"),
    honoured("application_name", "PGAPPNAME"),
    honoured("fallback_application_name", ""),
    honoured("keepalives", ""),
    honoured("keepalives_idle", ""),
    honoured("keepalives_interval", ""),
    honoured("keepalives_count", ""),
    honoured("tcp_user_timeout", ""),
    honoured("sslmode", "PGSSLMODE"),
    honoured("sslnegotiation", "PGSSLNEGOTIATION"),
    only(
        "sslcompression",
        "PGSSLCOMPRESSION",
        &["0"],
        "TLS compression is not supported, since it is insecure",
    ),
    honoured("sslcert", "PGSSLCERT"),
    honoured("sslkey", "PGSSLKEY"),
    only("sslcertmode", "PGSSLCERTMODE", &["disable", "allow"], "only disable and allow are supported"),
    only(
        "sslpassword",
        "",
        &[],
        "encrypted private keys are not supported; write a plain one with `openssl pkey -in KEY -out PLAIN`",
    ),
    honoured("sslrootcert", "PGSSLROOTCERT"),
    honoured("sslcrl", "PGSSLCRL"),
    honoured("sslcrldir", "PGSSLCRLDIR"),
    honoured("sslsni", "PGSSLSNI"),
    only("sslkeylogfile", "", &[], "writing TLS keys to a file is not supported"),
    only("requirepeer", "PGREQUIREPEER", &[], "checking the owner of a Unix socket is not supported"),
    only(
        "require_auth",
        "PGREQUIREAUTH",
        &[],
        "restricting the authentication method is not supported; `channel_binding=require` or `sslmode=verify-full` protect the password",
    ),
    honoured("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    honoured("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    only(
        "min_protocol_version",
        "PGMINPROTOCOLVERSION",
        &["3.0"],
        "version 3.0 of the wire protocol is spoken",
    ),
    only(
        "max_protocol_version",
        "PGMAXPROTOCOLVERSION",
        &["3.0", "3.2", "latest"],
        "version 3.0 of the wire protocol is spoken",
    ),
    only("gssencmode", "PGGSSENCMODE", &["disable", "prefer"], NO_GSS),
    only("krbsrvname", "PGKRBSRVNAME", &["postgres"], NO_GSS),
    only("gsslib", "PGGSSLIB", &[], NO_GSS),
    only("gssdelegation", "PGGSSDELEGATION", &["0"], NO_GSS),
    only("replication", "", &["false", "off", "no", "0"], "a replication connection can't run queries"),
    honoured("target_session_attrs", "PGTARGETSESSIONATTRS"),
    honoured("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    only("scram_client_key", "", &[], "give the password instead"),
    only("scram_server_key", "", &[], "give the password instead"),
    only("oauth_issuer", "", &[], NO_OAUTH),
    only("oauth_client_id", "", &[], NO_OAUTH),
    only("oauth_client_secret", "", &[], NO_OAUTH),
    only("oauth_scope", "", &[], NO_OAUTH),
];

/// The parameter with this keyword.
pub(super) fn find(keyword: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.keyword == keyword)
}

/// The keyword that someone probably meant: at most two edits away. Naming it leaks nothing that was typed.
pub(super) fn suggestion(typed: &str) -> Option<&'static str> {
    if typed.len() > 40 {
        return None;
    }
    PARAMETERS
        .iter()
        .map(|parameter| (edits(typed, parameter.keyword), parameter.keyword))
        .filter(|(edits, _)| *edits <= 2)
        .min()
        .map(|(_, keyword)| keyword)
}

/// Levenshtein's distance.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for ((b, diagonal), above) in right.iter().zip(&row).zip(row.iter().skip(1)) {
            let before = next.last().copied().unwrap_or(i + 1);
            next.push((diagonal + usize::from(a != *b)).min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// A value and where it was said.
struct Said {
    value: String,
    place: String,
}

/// The parameters that were said, each with its place. No `Debug`: it holds passwords.
#[derive(Default)]
pub(super) struct Settings {
    said: BTreeMap<&'static str, Said>,
}

impl Settings {
    /// Keeps a value unless one with precedence was said before.
    pub fn add(&mut self, parameter: &Parameter, value: String, place: &str) {
        self.said.entry(parameter.keyword).or_insert_with(|| Said { value, place: place.to_owned() });
    }

    /// Sets a value, replacing one of the same source (libpq: the last one in a connection string counts).
    pub fn set(&mut self, parameter: &Parameter, value: String, place: &str) {
        self.said.insert(parameter.keyword, Said { value, place: place.to_owned() });
    }

    /// Whether the parameter was said at all, even as the empty string.
    pub fn has(&self, keyword: &str) -> bool {
        self.said.contains_key(keyword)
    }

    /// The value; the empty string means "the default", as in libpq.
    pub fn get(&self, keyword: &str) -> Option<&str> {
        self.said.get(keyword).map(|said| said.value.as_str()).filter(|value| !value.is_empty())
    }

    /// Where the value was said: "the connection string", "PGSSLMODE"…
    pub fn place(&self, keyword: &str) -> &str {
        self.said.get(keyword).map_or("the defaults", |said| said.place.as_str())
    }

    /// An X104 about one parameter. The value is never part of it, since it may be a secret.
    pub fn error(&self, keyword: &str, what: &str, way_out: impl Into<String>) -> Error {
        Error::configuration(format!("{keyword} (from {}) {what}", self.place(keyword)), way_out)
    }

    /// Refuses what can't be honoured.
    pub fn refuse_unsupported(&self) -> Result<(), Error> {
        for parameter in PARAMETERS {
            let (Support::Only(values, why), Some(value)) = (parameter.support, self.get(parameter.keyword))
            else {
                continue;
            };
            if !values.iter().any(|allowed| allowed.eq_ignore_ascii_case(value)) {
                let way_out = if values.is_empty() {
                    format!("leave {} out", parameter.keyword)
                } else {
                    format!("leave {} out, or set it to {}", parameter.keyword, values.join(" or "))
                };
                return Err(self.error(parameter.keyword, &format!("can't be honoured: {why}"), way_out));
            }
        }
        Ok(())
    }
}
