//! Throw-away PostgreSQL servers: started on a free port of the loopback address and on a unix socket, with nothing
//! written durably, stopped and cleaned up when the test program ends in whatever way.
//!
//! A server has a *watchdog*: a shell that reads from a pipe whose other end this program holds. When the program
//! ends, by `exit`, a panic or SIGKILL, the pipe closes, and the watchdog stops the server and removes its folder.

use crate::binaries;
use crate::tls::Certificates;
use crate::versions::MAJORS;
use crate::{Error, Result, TestDatabase, block_on, cluster, storage};
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use trueup_cluster::Binaries;
use trueup_cluster::RunAs;

/// The superuser of every server here.
pub const SUPERUSER: &str = "postgres";

/// How long a server may take to start. A busy machine takes seconds, never this long.
const START_LIMIT: Duration = Duration::from_secs(60);

/// What a server of one's own should be like.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    major: u16,
    tls: bool,
    tls_only: bool,
    password: Option<String>,
    settings: Vec<(String, String)>,
}

impl ServerOptions {
    /// A plain server of that version: trusts everybody, no TLS.
    #[must_use]
    pub fn new(major: u16) -> Self {
        Self { major, tls: false, tls_only: false, password: None, settings: Vec::new() }
    }

    /// Offers TLS with a certificate for `localhost` and 127.0.0.1, signed by [`Server::ca_file`].
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Offers TLS and refuses TCP connections without it.
    #[must_use]
    pub fn tls_only(mut self) -> Self {
        self.tls = true;
        self.tls_only = true;
        self
    }

    /// Asks for a password by SCRAM-SHA-256 on TCP; the superuser's becomes `password`. The socket stays open to all.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Adds a setting as in `postgresql.conf`.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }
}

/// A running server. It stops when dropped, and when the program ends.
#[derive(Debug)]
pub struct Server {
    major: u16,
    port: u16,
    socket_dir: PathBuf,
    certificates: Option<Certificates>,
    password: Option<String>,
    postgres: Child,
    watchdog: Child,
    /// The lock of a kept cluster's slot, held as long as the server lives.
    pub(crate) slot: Option<fs::File>,
}

impl Server {
    /// The server of `major` that all tests of this program share. It starts at the first call; its cluster is kept
    /// for the next program, its databases are not.
    ///
    /// # Errors
    /// When there is no PostgreSQL of that version and none can be fetched, or it doesn't start. Never skip a test for
    /// that: let it fail.
    pub fn shared(major: u16) -> Result<&'static Self> {
        static SHARED: [OnceLock<std::result::Result<Server, String>>; MAJORS.len()] =
            [const { OnceLock::new() }; MAJORS.len()];
        let cell = MAJORS
            .iter()
            .position(|known| *known == major)
            .and_then(|index| SHARED.get(index))
            .ok_or_else(|| Error::message(format!("PostgreSQL {major} is none of {MAJORS:?}")))?;
        cell.get_or_init(|| cluster::start_shared(major).map_err(|error| error.to_string()))
            .as_ref()
            .map_err(|text| Error::message(text.clone()))
    }

    /// A server of one's own in a new folder, with a new cluster (half a second).
    ///
    /// # Errors
    /// As [`Server::shared`].
    pub fn start(options: &ServerOptions) -> Result<Self> {
        let binaries = binaries::find(options.major)?;
        let home = storage::temp_dir()?;
        let data = home.join("data");
        let start = || {
            cluster::initdb(&binaries, &data)?;
            let certificates = if options.tls { Some(Certificates::install(&home, &data)?) } else { None };
            let mut server = launch(&binaries, options, &data, &home)?;
            server.certificates = certificates;
            if let Some(password) = &options.password {
                let sql = format!("ALTER ROLE {SUPERUSER} PASSWORD {}", quote_literal(password));
                block_on(server.run_on_socket("postgres", &sql))??;
                server.password = Some(password.clone());
            }
            Ok(server)
        };
        start().inspect_err(|_| {
            // Once launched, the watchdog removes the folder; before that nobody else would.
            if home.exists() {
                drop(fs::remove_dir_all(&home));
            }
        })
    }

    /// The major version.
    #[must_use]
    pub fn major(&self) -> u16 {
        self.major
    }

    /// The TCP port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the unix socket, as `host` in a connection string.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// What the server writes to its standard output and error.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.socket_dir.join("log")
    }

    /// The certificate of the authority that signed this server's, for `sslrootcert`. `None` without TLS.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.certificates.as_ref().map(|certificates| certificates.ca.as_path())
    }

    /// Another authority's certificate, which did not sign this server's. `None` without TLS.
    #[must_use]
    pub fn other_ca_file(&self) -> Option<&Path> {
        self.certificates.as_ref().map(|certificates| certificates.other_ca.as_path())
    }

    /// The URL of a database for the superuser, over TCP, with the password if there is one.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_as(SUPERUSER, self.password.as_deref(), database)
    }

    /// The URL of a database for some role, over TCP. Names are percent-encoded.
    #[must_use]
    pub fn url_as(&self, role: &str, password: Option<&str>, database: &str) -> String {
        let password = password.map(|text| format!(":{}", percent_encode(text))).unwrap_or_default();
        format!(
            "postgresql://{}{password}@127.0.0.1:{}/{}",
            percent_encode(role),
            self.port,
            percent_encode(database)
        )
    }

    /// A connection configuration for the superuser over the unix socket, which needs no password and no TLS.
    #[must_use]
    pub fn socket_config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.socket_dir).port(self.port).user(SUPERUSER).dbname(database);
        config.application_name("trueup-testkit").connect_timeout(Duration::from_secs(10));
        config
    }

    /// Connects as the superuser over the unix socket, on the caller's runtime.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn connect(&self, database: &str) -> Result<tokio_postgres::Client> {
        let (client, connection) = self
            .socket_config(database)
            .connect(tokio_postgres::NoTls)
            .await
            .map_err(|error| Error::postgres(format!("connecting to {database}"), error))?;
        // It ends with the client; an error of the connection reaches the client's next request.
        tokio::spawn(async move { drop(connection.await) });
        Ok(client)
    }

    /// A new empty database, dropped with the value.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn database(&self) -> Result<TestDatabase<'_>> {
        TestDatabase::create(self, None)
    }

    /// A role that can log in and owns nothing; a new one each time, since roles outlive databases.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn login_role(&self, password: Option<&str>) -> Result<String> {
        let name = crate::database::unique_name("role");
        let password = password.map(|text| format!(" PASSWORD {}", quote_literal(text))).unwrap_or_default();
        block_on(self.run_on_socket("postgres", &format!("CREATE ROLE {name} LOGIN{password}")))??;
        Ok(name)
    }

    /// Sends the watchdog away without its cleaning up.
    fn abandon(&mut self) -> Result<()> {
        use std::io::Write;
        match self.watchdog.stdin.as_mut() {
            Some(pipe) => {
                pipe.write_all(b"abandon\n").map_err(|error| Error::io("talking to the watchdog", error))
            }
            None => Ok(()),
        }
    }

    async fn run_on_socket(&self, database: &str, sql: &str) -> Result<()> {
        let client = self.connect(database).await?;
        client.batch_execute(sql).await.map_err(|error| Error::postgres("preparing the server", error))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing the pipe makes the watchdog stop the server; reaping the server lets the watchdog see that it is gone.
        drop(self.watchdog.stdin.take());
        drop(self.postgres.wait());
        drop(self.watchdog.wait());
        // Only now may another program have the cluster.
        drop(self.slot.take());
    }
}

/// Starts `postgres` on `data`, with its socket and log in `home`, and waits until it answers.
pub(crate) fn launch(
    binaries: &Binaries,
    options: &ServerOptions,
    data: &Path,
    home: &Path,
) -> Result<Server> {
    write_hba(options, data)?;
    let mut taken = String::new();
    // Another program may take the port between our look and the server's; then it is tried again.
    for _ in 0..5 {
        let port = free_port()?;
        let log = home.join("log");
        let postgres = spawn_postgres(binaries, options, data, home, port, &log)?;
        let watchdog = spawn_watchdog(postgres.id(), data, home)?;
        let mut server = Server {
            major: options.major,
            port,
            socket_dir: home.to_path_buf(),
            certificates: None,
            password: None,
            postgres,
            watchdog,
            slot: None,
        };
        match wait_until_ready(&mut server, &log)? {
            Ready::Yes => return Ok(server),
            Ready::PortTaken(text) => taken = text,
        }
        // Else dropping this server would remove `home`, which the next try needs.
        server.abandon()?;
    }
    Err(Error::message(format!("no free port for PostgreSQL {}: {taken}", options.major)))
}

fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind(("127.0.0.1", 0)).map_err(|error| Error::io("looking for a free port", error))?;
    let address = listener.local_addr().map_err(|error| Error::io("looking for a free port", error))?;
    Ok(address.port())
}

fn write_hba(options: &ServerOptions, data: &Path) -> Result<()> {
    let host = if options.tls_only { "hostssl" } else { "host" };
    let method = if options.password.is_some() { "scram-sha-256" } else { "trust" };
    let text = format!(
        "local all all trust\n{host} all all 127.0.0.1/32 {method}\n{host} all all ::1/128 {method}\n"
    );
    let path = data.join("pg_hba.conf");
    // Written in place: the file stays the server user's.
    fs::write(&path, text).map_err(|error| Error::path("writing", &path, error))
}

fn spawn_postgres(
    binaries: &Binaries,
    options: &ServerOptions,
    data: &Path,
    home: &Path,
    port: u16,
    log: &Path,
) -> Result<Child> {
    let to_log = || -> Result<Stdio> {
        let file = fs::File::create(log).map_err(|error| Error::path("making", log, error))?;
        Ok(Stdio::from(file))
    };
    let mut settings: Vec<(&str, String)> = vec![
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("port", port.to_string()),
        ("unix_socket_directories", home.display().to_string()),
        // Nothing here has to survive a crash of the machine.
        ("fsync", "off".to_owned()),
        ("synchronous_commit", "off".to_owned()),
        ("full_page_writes", "off".to_owned()),
        ("wal_level", "minimal".to_owned()),
        ("max_wal_senders", "0".to_owned()),
        // Statistics that appear on their own would make runs differ.
        ("autovacuum", "off".to_owned()),
        ("shared_buffers", "64MB".to_owned()),
        ("max_connections", "100".to_owned()),
        // A schema of 15,000 relations in one transaction takes a lock on each.
        ("max_locks_per_transaction", "1024".to_owned()),
        ("lc_messages", "C".to_owned()),
    ];
    if options.tls {
        settings.push(("ssl", "on".to_owned()));
        settings.push(("ssl_cert_file", "server.crt".to_owned()));
        settings.push(("ssl_key_file", "server.key".to_owned()));
    }
    if options.password.is_some() {
        settings.push(("password_encryption", "scram-sha-256".to_owned()));
    }
    let mut command = RunAs::current()?.command(binaries.program("postgres"));
    command.arg("-D").arg(data);
    for (name, value) in settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    for (name, value) in &options.settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command
        .stdin(Stdio::null())
        .stdout(to_log()?)
        .stderr(to_log()?)
        // Ctrl-C at the terminal is for the test program; the watchdog stops the server after it.
        .process_group(0)
        .spawn()
        .map_err(|error| Error::path("running", &binaries.program("postgres"), error))
}

/// Stops the server politely, then firmly, and removes `home`, once its standard input closes.
const WATCHDOG: &str = r#"
read -r line || line=
[ "$line" = abandon ] && exit 0
gone() { ! kill -0 "$1" 2>/dev/null || [ ! -e "$2/postmaster.pid" ]; }
kill -INT "$1" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do gone "$1" "$2" && break; sleep 0.05; done
for i in 1 2 3 4 5 6 7 8 9 10; do gone "$1" "$2" && break; sleep 0.5; done
gone "$1" "$2" || kill -QUIT "$1" 2>/dev/null
for i in 1 2 3 4 5 6; do gone "$1" "$2" && break; sleep 0.5; done
rm -rf "$3"
"#;

fn spawn_watchdog(pid: u32, data: &Path, home: &Path) -> Result<Child> {
    RunAs::current()?
        .command("sh")
        .args(["-c", WATCHDOG, "trueup-watchdog", &pid.to_string()])
        .arg(data)
        .arg(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| Error::io("running `sh`", error))
}

enum Ready {
    Yes,
    PortTaken(String),
}

fn wait_until_ready(server: &mut Server, log: &Path) -> Result<Ready> {
    let limit = Instant::now() + START_LIMIT;
    loop {
        let ended = server.postgres.try_wait().map_err(|error| Error::io("waiting for postgres", error))?;
        let what = match ended {
            Some(status) => format!("ended with {status}"),
            None => match block_on(server.run_on_socket("postgres", "SELECT 1"))? {
                Ok(()) => return Ok(Ready::Yes),
                Err(_) if Instant::now() < limit => {
                    std::thread::sleep(Duration::from_millis(10));
                    continue;
                }
                Err(error) => format!("did not answer within {} s: {error}", START_LIMIT.as_secs()),
            },
        };
        let text = fs::read_to_string(log).unwrap_or_default();
        if ended.is_some() && text.contains("Address already in use") {
            return Ok(Ready::PortTaken(text));
        }
        return Err(Error::message(format!("PostgreSQL {} {what}; its log:\n{text}", server.major)));
    }
}

/// `name` as an SQL identifier, quoted.
#[must_use]
pub fn quote_ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as an SQL string literal, whatever `standard_conforming_strings` says.
#[must_use]
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// `text` as a part of a URL.
#[must_use]
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
