//! From what was said (connection string, service, environment) to one checked configuration.
//!
//! Precedence is libpq's: the connection string, then the service file, then the environment, then the defaults
//! (`conninfo_add_defaults` of `fe-connect.c`).

use super::environment::Environment;
use super::parameter::{PARAMETERS, Settings};
use super::tls::{SslMode, TlsSettings};
use super::{conninfo, files};
use crate::Error;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long one address may take when nobody said otherwise. libpq waits for ever, which no gate can afford.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// A password. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// One place to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostEntry {
    pub address: Address,
    /// The name that certificates are checked against, as it was said.
    pub name: Option<String>,
    pub port: u16,
    pub password: Option<Secret>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A folder of Unix sockets.
    Socket(PathBuf),
    /// Nobody named a host: the usual folders.
    UsualSockets,
    /// A name to look up, or a literal address.
    Name(String),
    Ip(IpAddr),
}

impl HostEntry {
    /// What messages call it.
    pub fn shown(&self) -> String {
        match (&self.address, &self.name) {
            (Address::Socket(folder), _) => folder.display().to_string(),
            (Address::UsualSockets, _) => "a local socket".to_owned(),
            (Address::Name(name), _) | (Address::Ip(_), Some(name)) => name.clone(),
            (Address::Ip(ip), None) => ip.to_string(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionAttributes {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Keepalive {
    pub idle: Option<Duration>,
    pub interval: Option<Duration>,
    pub count: Option<u32>,
}

/// How to reach a server: checked, complete, and free of I/O until [`super::connect`].
#[derive(Clone, Debug)]
pub struct ConnectConfig {
    pub(super) hosts: Vec<HostEntry>,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) options: Option<String>,
    pub(super) application_name: String,
    pub(super) timeout: Option<Duration>,
    pub(super) keepalive: Option<Keepalive>,
    pub(super) user_timeout: Option<Duration>,
    pub(super) session: SessionAttributes,
    pub(super) shuffle: bool,
    pub(super) channel_binding: tokio_postgres::config::ChannelBinding,
    pub(super) tls: TlsSettings,
    /// Why a password file was not used; told when the server wants a password.
    pub(super) password_file_problem: Option<String>,
}

impl ConnectConfig {
    /// Reads a connection string (a `postgres://` URL or `keyword=value` pairs; empty for the environment alone).
    ///
    /// # Errors
    /// X104 for a parameter that is unknown, contradictory or can't be honoured, and for a service that is not defined.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, Error> {
        let text = text.trim();
        let mut settings = Settings::default();
        if !text.is_empty() {
            if !conninfo::is_uri(text) && !text.contains('=') {
                return Err(Error::configuration(
                    "this is no connection string: it has neither postgres:// in front nor keyword=value pairs",
                    "write postgres://user@host:port/database, or \"host=… dbname=…\"",
                ));
            }
            conninfo::read(text, &mut settings)?;
        }
        files::apply_service(&mut settings, environment)?;
        for parameter in PARAMETERS {
            if let Some((variable, value)) =
                parameter.variable.and_then(|variable| Some((variable, environment.get(variable)?)))
            {
                settings.add(parameter, value.to_owned(), variable);
            }
        }
        settings.refuse_unsupported()?;
        resolve(&settings, environment)
    }

    /// The same with another limit for each address that is tried, whatever `connect_timeout` says.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same for another database of that server.
    #[must_use]
    pub fn with_database(mut self, database: impl Into<String>) -> Self {
        self.database = database.into();
        self
    }

    /// Whether the text is a connection string rather than a path: a URL, or `keyword=value` with a known keyword.
    #[must_use]
    pub fn looks_like_connection(text: &str) -> bool {
        let text = text.trim();
        conninfo::is_uri(text)
            || text
                .split_once('=')
                .is_some_and(|(keyword, _)| super::parameter::find(keyword.trim()).is_some())
    }
}

fn resolve(settings: &Settings, environment: &Environment) -> Result<ConnectConfig, Error> {
    let user = settings.get("user").or(environment.user()).ok_or_else(|| {
        Error::configuration("there is no user name", "say it in the connection string, or set PGUSER")
    })?;
    let database = settings.get("dbname").unwrap_or(user);
    let mut hosts = hosts(settings)?;

    let mut password_file_problem = None;
    if let Some(password) = settings.get("password") {
        for host in &mut hosts {
            host.password = Some(Secret(password.to_owned()));
        }
    } else if let Some(path) =
        settings.get("passfile").map(PathBuf::from).or_else(|| environment.home_file(".pgpass"))
    {
        for host in &mut hosts {
            match files::password(&path, &password_host(host), host.port, database, user) {
                Ok(password) => host.password = password.map(Secret),
                Err(problem) => password_file_problem = Some(problem),
            }
        }
    }

    Ok(ConnectConfig {
        hosts,
        user: user.to_owned(),
        database: database.to_owned(),
        options: settings.get("options").map(str::to_owned),
        application_name: settings
            .get("application_name")
            .or(settings.get("fallback_application_name"))
            .unwrap_or("trueup")
            .to_owned(),
        timeout: timeout(settings)?,
        keepalive: keepalive(settings)?,
        user_timeout: number(settings, "tcp_user_timeout")?
            .filter(|n| *n > 0)
            .map(|n| Duration::from_millis(n.unsigned_abs())),
        session: choice(
            settings,
            "target_session_attrs",
            &[
                ("any", SessionAttributes::Any),
                ("read-write", SessionAttributes::ReadWrite),
                ("read-only", SessionAttributes::ReadOnly),
                ("primary", SessionAttributes::Primary),
                ("standby", SessionAttributes::Standby),
                ("prefer-standby", SessionAttributes::PreferStandby),
            ],
        )?
        .unwrap_or(SessionAttributes::Any),
        shuffle: choice(settings, "load_balance_hosts", &[("disable", false), ("random", true)])?
            .unwrap_or(false),
        channel_binding: {
            use tokio_postgres::config::ChannelBinding;
            choice(
                settings,
                "channel_binding",
                &[
                    ("disable", ChannelBinding::Disable),
                    ("prefer", ChannelBinding::Prefer),
                    ("require", ChannelBinding::Require),
                ],
            )?
            .unwrap_or(ChannelBinding::Prefer)
        },
        tls: tls(settings, environment)?,
        password_file_problem,
    })
}

/// The host that a password file names: the host, else the address; a socket in the default folder is "localhost".
fn password_host(host: &HostEntry) -> String {
    match (&host.name, &host.address) {
        (Some(name), _) => name.clone(),
        (None, Address::UsualSockets) => "localhost".to_owned(),
        (None, Address::Socket(folder)) => {
            if super::USUAL_SOCKET_FOLDERS.iter().any(|usual| folder.as_os_str() == *usual) {
                "localhost".to_owned()
            } else {
                folder.display().to_string()
            }
        }
        (None, Address::Name(name)) => name.clone(),
        (None, Address::Ip(ip)) => ip.to_string(),
    }
}

fn hosts(settings: &Settings) -> Result<Vec<HostEntry>, Error> {
    let list = |keyword| -> Vec<&str> {
        settings.get(keyword).map_or_else(Vec::new, |value| value.split(',').collect())
    };
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = names.len().max(addresses.len()).max(1);
    for (keyword, given) in [("host", names.len()), ("hostaddr", addresses.len()), ("port", ports.len())] {
        if given != 0 && given != count && !(keyword == "port" && given == 1) {
            return Err(settings.error(
                keyword,
                &format!("has {given} entries for {count} hosts"),
                "give as many entries as hosts, separated by commas",
            ));
        }
    }
    (0..count)
        .map(|index| {
            let at = |list: &[&str]| {
                list.get(index).map(|entry| entry.trim().to_owned()).filter(|e| !e.is_empty())
            };
            let name = at(&names);
            let port_text =
                if ports.len() == 1 { ports.first().map(|p| p.trim().to_owned()) } else { at(&ports) };
            let port =
                match port_text.filter(|text| !text.is_empty()) {
                    None => 5432,
                    Some(text) => text.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(|| {
                        settings.error("port", "is not a number from 1 to 65535", "correct it")
                    })?,
                };
            let address = match (at(&addresses), &name) {
                (Some(ip), _) => Address::Ip(ip.parse().map_err(|_| {
                    settings.error("hostaddr", "is not a numeric IP address", "use host for a name")
                })?),
                (None, None) => Address::UsualSockets,
                (None, Some(name)) if name.starts_with('@') => {
                    return Err(settings.error(
                        "host",
                        "is an abstract socket, which is not supported",
                        "use a folder of sockets or TCP",
                    ));
                }
                (None, Some(name)) if is_socket_folder(name) => Address::Socket(PathBuf::from(name)),
                (None, Some(name)) => Address::Name(name.clone()),
            };
            let name = name.filter(|name| !is_socket_folder(name));
            Ok(HostEntry { address, name, port, password: None })
        })
        .collect()
}

fn is_socket_folder(host: &str) -> bool {
    host.starts_with('/')
}

fn number(settings: &Settings, keyword: &str) -> Result<Option<i64>, Error> {
    settings
        .get(keyword)
        .map(|text| {
            text.trim()
                .parse::<i32>()
                .map(i64::from)
                .map_err(|_| settings.error(keyword, "is not a whole number", "correct it"))
        })
        .transpose()
}

fn choice<T: Copy>(settings: &Settings, keyword: &str, choices: &[(&str, T)]) -> Result<Option<T>, Error> {
    let Some(text) = settings.get(keyword) else {
        return Ok(None);
    };
    match choices.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            Err(settings.error(
                keyword,
                "has a value that libpq does not know",
                format!("use {}", names.join(", ")),
            ))
        }
    }
}

/// Zero and less mean no limit; one second is raised to two, as in libpq.
fn timeout(settings: &Settings) -> Result<Option<Duration>, Error> {
    Ok(match number(settings, "connect_timeout")? {
        None => Some(DEFAULT_CONNECT_TIMEOUT),
        Some(n) if n <= 0 => None,
        Some(n) => Some(Duration::from_secs(n.unsigned_abs().max(2))),
    })
}

fn keepalive(settings: &Settings) -> Result<Option<Keepalive>, Error> {
    if number(settings, "keepalives")? == Some(0) {
        return Ok(None);
    }
    let seconds = |keyword| -> Result<Option<Duration>, Error> {
        Ok(number(settings, keyword)?.filter(|n| *n > 0).map(|n| Duration::from_secs(n.unsigned_abs())))
    };
    Ok(Some(Keepalive {
        idle: seconds("keepalives_idle")?,
        interval: seconds("keepalives_interval")?,
        count: number(settings, "keepalives_count")?.filter(|n| *n > 0).and_then(|n| u32::try_from(n).ok()),
    }))
}

fn tls(settings: &Settings, environment: &Environment) -> Result<TlsSettings, Error> {
    let system_roots = settings.get("sslrootcert") == Some("system");
    let said = choice(
        settings,
        "sslmode",
        &[
            ("disable", SslMode::Disable),
            ("allow", SslMode::Allow),
            ("prefer", SslMode::Prefer),
            ("require", SslMode::Require),
            ("verify-ca", SslMode::VerifyCa),
            ("verify-full", SslMode::VerifyFull),
        ],
    )?;
    let mode = match said {
        // PGREQUIRESSL is libpq's old spelling, still read when nobody says sslmode.
        None if environment.get("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) => {
            SslMode::Require
        }
        None if system_roots => SslMode::VerifyFull,
        None => SslMode::Prefer,
        Some(mode) => mode,
    };
    if system_roots && mode != SslMode::VerifyFull {
        return Err(settings.error(
            "sslmode",
            "is too weak for sslrootcert=system: anyone can get a certificate from a public authority",
            "use sslmode=verify-full",
        ));
    }
    let direct =
        choice(settings, "sslnegotiation", &[("postgres", false), ("direct", true)])?.unwrap_or(false);
    if direct && matches!(mode, SslMode::Disable | SslMode::Allow | SslMode::Prefer) {
        return Err(settings.error(
            "sslnegotiation",
            "can't be direct with an sslmode weaker than require",
            "use sslmode=require or a stronger one",
        ));
    }
    const VERSIONS: &[(&str, u8)] = &[("TLSv1", 0), ("TLSv1.1", 1), ("TLSv1.2", 2), ("TLSv1.3", 3)];
    let oldest = choice(settings, "ssl_min_protocol_version", VERSIONS)?.unwrap_or(2);
    let newest = choice(settings, "ssl_max_protocol_version", VERSIONS)?.unwrap_or(3);
    if newest < 2 || oldest > newest {
        return Err(settings.error(
            "ssl_max_protocol_version",
            "leaves no version of TLS that is supported",
            "TLSv1.2 and TLSv1.3 are supported",
        ));
    }
    let path = |keyword: &str| settings.get(keyword).map(PathBuf::from);
    let default = |name: &str| environment.home_file(&format!(".postgresql/{name}"));
    if settings.get("sslkey").is_some_and(|key| !key.starts_with('/') && key.contains(':') && !cfg!(windows))
    {
        return Err(settings.error(
            "sslkey",
            "names an OpenSSL engine, which is not supported",
            "use a key file",
        ));
    }
    Ok(TlsSettings {
        mode,
        direct,
        system_roots,
        root: path("sslrootcert").filter(|_| !system_roots),
        default_root: default("root.crt"),
        certificate: path("sslcert"),
        default_certificate: default("postgresql.crt"),
        key: path("sslkey"),
        default_key: default("postgresql.key"),
        use_certificate: settings.get("sslcertmode") != Some("disable"),
        revocations: path("sslcrl"),
        default_revocations: default("root.crl"),
        revocations_folder: path("sslcrldir"),
        server_name_indication: settings.get("sslsni") != Some("0"),
        oldest: oldest.max(2),
        newest,
    })
}
