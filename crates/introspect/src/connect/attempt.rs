//! Trying hosts, addresses and encryption in libpq's order until one session opens.

use super::USUAL_SOCKET_FOLDERS;
use super::config::{Address, ConnectConfig, HostEntry, SessionAttributes};
use super::failure::{Failure, describe, startup_failure};
use super::target::{Connected, Target, check_version, version_number};
use super::tls::{SslMode, Tls};
use crate::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// Opens a connection: every host in turn, every address of it, with and without TLS as sslmode says.
///
/// # Errors
/// X101 when no host lets us in, X103 for a server before 13, X104 when a certificate file is unusable.
pub async fn connect(config: &ConnectConfig) -> Result<Connected, Error> {
    let tls = match config.tls.mode {
        SslMode::Disable => None,
        _ if config
            .hosts
            .iter()
            .all(|host| matches!(host.address, Address::Socket(_) | Address::UsualSockets)) =>
        {
            None
        }
        _ => Some(Tls::load(&config.tls)?),
    };
    let mut order: Vec<&HostEntry> = config.hosts.iter().collect();
    if config.shuffle {
        shuffle(&mut order);
    }
    // prefer-standby goes over the hosts twice: for a standby, then for anything.
    let passes: &[SessionAttributes] = match config.session {
        SessionAttributes::PreferStandby => &[SessionAttributes::Standby, SessionAttributes::Any],
        ref single => std::slice::from_ref(single),
    };
    let mut failures: Vec<(Target, Failure)> = Vec::new();
    'passes: for session in passes {
        for host in &order {
            match try_host(config, host, tls.as_ref(), *session).await {
                Ok(connected) => return check_version(connected),
                Err(failure) => {
                    let refused = failure.refused;
                    failures.push((target(config, host), failure));
                    if refused {
                        break 'passes;
                    }
                }
            }
        }
    }
    Err(report(config, failures))
}

fn report(config: &ConnectConfig, mut failures: Vec<(Target, Failure)>) -> Error {
    let Some((target, last)) = failures.pop() else {
        return Error::configuration("there is no host to connect to", "give one with host=…");
    };
    let mut message = last.message;
    for (other, failure) in failures {
        let line = format!("; {}:{}: {}", other.host, other.port, failure.message);
        if !message.contains(&line) {
            message.push_str(&line);
        }
    }
    if let (true, Some(problem)) = (last.refused, &config.password_file_problem) {
        message.push_str(" (");
        message.push_str(problem);
        message.push(')');
    }
    Error::Connect { target: target.to_string(), message, way_out: last.way_out.to_owned() }
}

fn target(config: &ConnectConfig, host: &HostEntry) -> Target {
    Target {
        host: host.shown(),
        port: host.port,
        database: config.database.clone(),
        user: config.user.clone(),
        server_version: String::new(),
    }
}

/// Fisher–Yates, seeded by the standard library's random hasher: balancing load needs no better randomness.
fn shuffle<T>(list: &mut [T]) {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let state = RandomState::new();
    for index in (1..list.len()).rev() {
        let mut hasher = state.build_hasher();
        hasher.write_usize(index);
        let other = usize::try_from(hasher.finish() % (index as u64 + 1)).unwrap_or(0);
        list.swap(index, other);
    }
}

enum Place {
    Tcp(IpAddr),
    Socket(PathBuf),
}

async fn try_host(
    config: &ConnectConfig,
    host: &HostEntry,
    tls: Option<&Tls>,
    session: SessionAttributes,
) -> Result<Connected, Failure> {
    let mut failure = Failure::network("there is no address");
    for place in places(config, host).await? {
        let attempt = try_place(config, host, &place, tls, session);
        let result = match config.timeout {
            Some(limit) => tokio::time::timeout(limit, attempt).await.unwrap_or_else(|_| {
                Err(Failure {
                    message: format!("no answer within {} s", limit.as_secs()),
                    way_out: "check host, port and firewall; connect_timeout=SECONDS waits longer",
                    refused: false,
                })
            }),
            None => attempt.await,
        };
        match result {
            Ok(connected) => return Ok(connected),
            Err(new) if new.refused => return Err(new),
            Err(new) => failure = new,
        }
    }
    Err(failure)
}

async fn places(config: &ConnectConfig, host: &HostEntry) -> Result<Vec<Place>, Failure> {
    Ok(match &host.address {
        Address::Ip(ip) => vec![Place::Tcp(*ip)],
        Address::Socket(folder) => vec![Place::Socket(folder.clone())],
        Address::UsualSockets => {
            let file = format!(".s.PGSQL.{}", host.port);
            let found: Vec<Place> = USUAL_SOCKET_FOLDERS
                .iter()
                .map(PathBuf::from)
                .filter(|folder| folder.join(&file).exists())
                .map(Place::Socket)
                .collect();
            if found.is_empty() {
                return Err(Failure {
                    message: format!("there is no socket {file} in {}", USUAL_SOCKET_FOLDERS.join(", ")),
                    way_out: "name the host (host=…, PGHOST), or start the local server",
                    refused: false,
                });
            }
            found
        }
        Address::Name(name) => {
            let looked_up =
                tokio::net::lookup_host((name.as_str(), host.port)).await.map_err(|error| Failure {
                    message: format!("the host name can't be resolved: {error}"),
                    way_out: "check the spelling of the host",
                    refused: false,
                })?;
            let mut places: Vec<Place> = looked_up.map(|address| Place::Tcp(address.ip())).collect();
            if config.shuffle {
                shuffle(&mut places);
            }
            places
        }
    })
}

async fn try_place(
    config: &ConnectConfig,
    host: &HostEntry,
    place: &Place,
    tls: Option<&Tls>,
    session: SessionAttributes,
) -> Result<Connected, Failure> {
    // libpq never encrypts on a Unix socket. Otherwise: with TLS, without, or one after the other.
    let rounds: &[bool] = match (place, config.tls.mode) {
        (Place::Socket(_), _) | (_, SslMode::Disable) => &[false],
        (_, SslMode::Allow) => &[false, true],
        (_, SslMode::Prefer) => &[true, false],
        (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => &[true],
    };
    let mut first: Option<Failure> = None;
    for encrypted in rounds {
        let result = open(config, host, place, tls.filter(|_| *encrypted)).await;
        match result {
            Ok((client, server_version)) => {
                let connected = Connected {
                    client,
                    version: version_number(&server_version).unwrap_or(0),
                    target: Target { server_version, ..target(config, host) },
                };
                check_session(&connected.client, session).await?;
                return Ok(connected);
            }
            Err(failure) => first = Some(first.unwrap_or(failure)),
        }
    }
    Err(first.unwrap_or_else(|| Failure::network("there was nothing to try")))
}

async fn open(
    config: &ConnectConfig,
    host: &HostEntry,
    place: &Place,
    tls: Option<&Tls>,
) -> Result<(Client, String), Failure> {
    let mut settings = tokio_postgres::Config::new();
    settings
        .user(&config.user)
        .dbname(&config.database)
        .application_name(&config.application_name)
        .channel_binding(config.channel_binding)
        .ssl_mode(match tls {
            // When the server has no TLS, the same connection goes on without.
            Some(_) if matches!(config.tls.mode, SslMode::Prefer | SslMode::Allow) => {
                tokio_postgres::config::SslMode::Prefer
            }
            Some(_) => tokio_postgres::config::SslMode::Require,
            None => tokio_postgres::config::SslMode::Disable,
        });
    if config.tls.direct {
        settings.ssl_negotiation(tokio_postgres::config::SslNegotiation::Direct);
    }
    if let Some(options) = &config.options {
        settings.options(options);
    }
    if let Some(password) = &host.password {
        settings.password(&password.0);
    }
    match place {
        Place::Tcp(ip) => {
            let stream = tokio::net::TcpStream::connect(SocketAddr::new(*ip, host.port))
                .await
                .map_err(|error| Failure::network(error.to_string()))?;
            tune(&stream, config).map_err(|error| Failure::network(error.to_string()))?;
            match tls {
                Some(tls) => {
                    let name = tls.server_name(host.name.as_deref()).map_err(|message| Failure {
                        message,
                        way_out: "give the host as a name, not only as hostaddr",
                        refused: true,
                    })?;
                    let connector = MakeTlsConnect::<tokio::net::TcpStream>::make_tls_connect(
                        &mut tls.connector(),
                        &name,
                    )
                    .map_err(|error| Failure::network(error.to_string()))?;
                    start(&settings, stream, connector, host).await
                }
                None => start(&settings, stream, NoTls, host).await,
            }
        }
        Place::Socket(folder) => open_socket(&settings, folder, host).await,
    }
}

#[cfg(unix)]
async fn open_socket(
    settings: &tokio_postgres::Config,
    folder: &std::path::Path,
    host: &HostEntry,
) -> Result<(Client, String), Failure> {
    let path = folder.join(format!(".s.PGSQL.{}", host.port));
    let stream = tokio::net::UnixStream::connect(&path)
        .await
        .map_err(|error| Failure::network(format!("{}: {error}", path.display())))?;
    start(settings, stream, NoTls, host).await
}

#[cfg(not(unix))]
async fn open_socket(
    _settings: &tokio_postgres::Config,
    _folder: &std::path::Path,
    _host: &HostEntry,
) -> Result<(Client, String), Failure> {
    Err(Failure::network("this system has no Unix sockets: name a host"))
}

fn tune(stream: &tokio::net::TcpStream, config: &ConnectConfig) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    if let Some(keepalive) = &config.keepalive {
        let mut settings = socket2::TcpKeepalive::new();
        if let Some(idle) = keepalive.idle {
            settings = settings.with_time(idle);
        }
        if let Some(interval) = keepalive.interval {
            settings = settings.with_interval(interval);
        }
        if let Some(count) = keepalive.count {
            settings = settings.with_retries(count);
        }
        socket.set_tcp_keepalive(&settings)?;
    }
    set_user_timeout(&socket, config.user_timeout)
}

#[cfg(target_os = "linux")]
fn set_user_timeout(socket: &socket2::SockRef<'_>, timeout: Option<Duration>) -> std::io::Result<()> {
    timeout.map_or(Ok(()), |timeout| socket.set_tcp_user_timeout(Some(timeout)))
}

/// TCP_USER_TIMEOUT exists on Linux alone; libpq passes over it elsewhere as well.
#[cfg(not(target_os = "linux"))]
fn set_user_timeout(_socket: &socket2::SockRef<'_>, _timeout: Option<Duration>) -> std::io::Result<()> {
    Ok(())
}

async fn start<S, T>(
    settings: &tokio_postgres::Config,
    stream: S,
    tls: T,
    host: &HostEntry,
) -> Result<(Client, String), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: tokio_postgres::tls::TlsConnect<S>,
    T::Stream: Unpin + Send + 'static,
{
    let (client, connection) =
        settings.connect_raw(stream, tls).await.map_err(|error| startup_failure(&error, host))?;
    let version = connection.parameter("server_version").unwrap_or("").to_owned();
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection ended");
        }
    });
    Ok((client, version))
}

/// Checks target_session_attrs with the two queries that libpq uses.
async fn check_session(client: &Client, wanted: SessionAttributes) -> Result<(), Failure> {
    if wanted == SessionAttributes::Any {
        return Ok(());
    }
    let answer = client
        .simple_query("SELECT pg_catalog.current_setting('transaction_read_only'), pg_catalog.pg_is_in_recovery()::text")
        .await
        .map_err(|error| Failure::network(describe(&error)))?;
    let (mut read_only, mut recovery) = (false, false);
    for message in answer {
        if let SimpleQueryMessage::Row(row) = message {
            read_only = row.get(0) == Some("on");
            recovery = row.get(1) == Some("true");
        }
    }
    let (fits, wish) = match wanted {
        SessionAttributes::Any | SessionAttributes::PreferStandby => (true, ""),
        SessionAttributes::ReadWrite => (!read_only, "a read-write session"),
        SessionAttributes::ReadOnly => (read_only, "a read-only session"),
        SessionAttributes::Primary => (!recovery, "a primary"),
        SessionAttributes::Standby => (recovery, "a standby"),
    };
    if fits {
        return Ok(());
    }
    Err(Failure {
        message: format!("target_session_attrs asks for {wish}, and this server is none"),
        way_out: "name another host, or leave target_session_attrs out",
        refused: false,
    })
}
