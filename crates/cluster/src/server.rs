//! A server on a slot's cluster: made by `initdb` where there is none, started on a unix socket alone, and stopped
//! however this program ends.
//!
//! The *watchdog* is a shell that reads from a pipe whose other end this program holds. When the program ends, by `exit`,
//! a panic or SIGKILL, the pipe closes, and the watchdog stops the server. It holds the slot's lock too, so that nobody
//! takes a cluster whose server is still stopping.

use crate::slot::Slot;
use crate::{Binaries, Error, Result, RunAs};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// The superuser of every private server.
pub const SUPERUSER: &str = "postgres";

/// Part of the name of the socket; with no TCP there is nobody to share it with.
const PORT: u16 = 5432;

/// How long a server may take to start. A busy machine takes seconds, never this long.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running private server. It stops when dropped, and when the program ends.
#[derive(Debug)]
pub struct Cluster {
    /// The programs that it runs.
    pub binaries: Binaries,
    /// Whether the cluster was there from an earlier run.
    pub warm: bool,
    socket_dir: PathBuf,
    postgres: Option<Child>,
    watchdog: Child,
}

impl Cluster {
    /// Starts a server of these binaries on a cached cluster, or on a new one. Blocks; a new cluster takes half a second.
    ///
    /// # Errors
    /// When there is no folder for it, `initdb` fails or the server doesn't start; with the end of its log.
    pub fn start(binaries: &Binaries) -> Result<Self> {
        let slot = Slot::take(binaries.major, &binaries.version)?;
        stop_stale(&slot)?;
        let kept = fs::read_to_string(slot.stamp()).is_ok_and(|text| text == binaries.version);
        if kept {
            match launch(binaries, &slot) {
                Ok(mut cluster) => {
                    cluster.warm = true;
                    return Ok(cluster);
                }
                // Perhaps the last program was killed while the cluster was being written.
                Err(error) => tracing::debug!(%error, "making the private cluster anew"),
            }
        }
        slot.clear()?;
        initdb(binaries, &slot.data())?;
        let cluster = launch(binaries, &slot)?;
        fs::write(slot.stamp(), &binaries.version)
            .map_err(|error| Error::path("writing", &slot.stamp(), &error))?;
        Ok(cluster)
    }

    /// The folder of the socket: `host` in a connection string.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The port, which is part of the socket's name.
    #[must_use]
    pub fn port(&self) -> u16 {
        PORT
    }

    /// The process of the server, for tests that look whether it is gone.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.postgres.as_ref().map(Child::id)
    }

    /// Stops the server and waits until it is gone. Dropping stops it without waiting.
    pub fn stop(mut self) {
        drop(self.watchdog.stdin.take());
        // Reaping the server lets the watchdog see that it is gone.
        if let Some(mut postgres) = self.postgres.take() {
            drop(postgres.wait());
        }
        drop(self.watchdog.wait());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Closing the pipe makes the watchdog stop the server.
        drop(self.watchdog.stdin.take());
        let Some(mut postgres) = self.postgres.take() else { return };
        // If someone ended the watchdog, nobody else would.
        if !matches!(self.watchdog.try_wait(), Ok(None)) {
            drop(postgres.kill());
        }
        // Reaped beside the program's own end, which need not wait for it.
        std::thread::spawn(move || drop(postgres.wait()));
    }
}

/// Stops a server that outlived its watchdog: whoever holds the lock is the only rightful user.
fn stop_stale(slot: &Slot) -> Result<()> {
    let pid_file = slot.data().join("postmaster.pid");
    let Some(pid) = read_pid(&pid_file) else { return Ok(()) };
    // A number may have been given to another process since: only one that runs on this cluster is meant.
    let listed = RunAs::current()?
        .command("ps")
        .args(["-o", "args=", "-p", &pid.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::io("running `ps`", &error))?;
    if !String::from_utf8_lossy(&listed.stdout).contains(&slot.data().display().to_string()) {
        return Ok(());
    }
    let limit = Instant::now() + Duration::from_secs(10);
    let signal = |name: &str| {
        RunAs::current()?
            .command("sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &pid.to_string()])
            .stderr(Stdio::null())
            .status()
            .map_err(|error| Error::io("running `sh`", &error))
    };
    signal("QUIT")?;
    while pid_file.exists() && signal("0")?.success() {
        if Instant::now() >= limit {
            return Err(Error::message(format!(
                "process {pid}, a private server of an earlier run, does not stop"
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn read_pid(pid_file: &Path) -> Option<u32> {
    fs::read_to_string(pid_file).ok()?.lines().next()?.trim().parse().ok()
}

fn launch(binaries: &Binaries, slot: &Slot) -> Result<Cluster> {
    let log = slot.dir.join("log");
    let mut postgres = spawn_postgres(binaries, slot, &log)?;
    let watchdog = match spawn_watchdog(postgres.id(), slot) {
        Ok(watchdog) => watchdog,
        Err(error) => {
            drop(postgres.kill());
            drop(postgres.wait());
            return Err(error);
        }
    };
    let mut cluster = Cluster {
        binaries: binaries.clone(),
        warm: false,
        socket_dir: slot.run(),
        postgres: Some(postgres),
        watchdog,
    };
    match wait_until_ready(&mut cluster, slot, &log) {
        Ok(()) => Ok(cluster),
        Err(error) => {
            cluster.stop();
            Err(error)
        }
    }
}

fn spawn_postgres(binaries: &Binaries, slot: &Slot, log: &Path) -> Result<Child> {
    let file = File::create(log).map_err(|error| Error::path("making", log, &error))?;
    let errors = file.try_clone().map_err(|error| Error::path("opening", log, &error))?;
    let port = PORT.to_string();
    let run = slot.run().display().to_string();
    let mut settings: Vec<(&str, &str)> = vec![
        ("listen_addresses", ""),
        ("port", &port),
        ("unix_socket_directories", &run),
        ("unix_socket_permissions", "0700"),
        // Nothing here has to survive a crash of the machine: a broken cluster is made anew.
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("wal_level", "minimal"),
        ("max_wal_senders", "0"),
        ("max_logical_replication_workers", "0"),
        ("autovacuum", "off"),
        ("jit", "off"),
        ("shared_buffers", "32MB"),
        ("max_connections", "20"),
        // A whole schema may be made by one statement of a file.
        ("max_locks_per_transaction", "1024"),
        ("lc_messages", "C"),
        // A statement's text may hold what nobody should read in a log.
        ("log_min_error_statement", "panic"),
        ("log_min_messages", "fatal"),
    ];
    if binaries.major >= 18 {
        // Worker processes for reading files would cost more to start than they save.
        settings.push(("io_method", "sync"));
    }
    let mut command = RunAs::current()?.command(binaries.program("postgres"));
    command.arg("-D").arg(slot.data());
    for (name, value) in settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::from(file))
        .stderr(Stdio::from(errors))
        // Ctrl-C at the terminal is for this program; the watchdog stops the server after it.
        .process_group(0)
        .spawn()
        .map_err(|error| Error::path("running", &binaries.program("postgres"), &error))
}

/// Stops the server politely, then firmly, once its standard input closes.
const WATCHDOG: &str = r#"
read -r line
gone() { ! kill -0 "$1" 2>/dev/null || [ ! -e "$2/postmaster.pid" ]; }
kill -INT "$1" 2>/dev/null
i=0; while [ $i -lt 100 ]; do gone "$1" "$2" && exit 0; sleep 0.05; i=$((i+1)); done
kill -QUIT "$1" 2>/dev/null
i=0; while [ $i -lt 100 ]; do gone "$1" "$2" && exit 0; sleep 0.05; i=$((i+1)); done
kill -KILL "$1" 2>/dev/null
"#;

fn spawn_watchdog(pid: u32, slot: &Slot) -> Result<Child> {
    let lock = slot.lock.try_clone().map_err(|error| Error::path("opening", &slot.dir, &error))?;
    RunAs::current()?
        .command("sh")
        .args(["-c", WATCHDOG, "trueup-watchdog", &pid.to_string()])
        .arg(slot.data())
        .stdin(Stdio::piped())
        // Not to write to: the open file is the lock.
        .stdout(Stdio::from(lock))
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| Error::io("running `sh`", &error))
}

/// `postmaster.pid` says `ready` in its eighth line once connections are taken (`LOCK_FILE_LINE_PM_STATUS` in
/// PostgreSQL's `pidfile.h`); `pg_ctl` waits the same way.
fn wait_until_ready(cluster: &mut Cluster, slot: &Slot, log: &Path) -> Result<()> {
    let limit = Instant::now() + START_LIMIT;
    let pid = cluster.pid();
    let pid_file = slot.data().join("postmaster.pid");
    loop {
        let ended = match cluster.postgres.as_mut().map(Child::try_wait) {
            Some(Ok(status)) => status,
            Some(Err(error)) => return Err(Error::io("waiting for postgres", &error)),
            None => None,
        };
        let ready = fs::read_to_string(&pid_file).is_ok_and(|text| {
            let mut lines = text.lines();
            let ours = lines.next().and_then(|line| line.trim().parse().ok()) == pid;
            ours && lines.nth(6).is_some_and(|status| status.trim() == "ready")
        });
        let what = match ended {
            Some(status) => format!("ended with {status}"),
            None if ready => return Ok(()),
            None if Instant::now() < limit => {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            }
            None => format!("was not ready within {} s", START_LIMIT.as_secs()),
        };
        let text = fs::read_to_string(log).unwrap_or_default();
        let last: Vec<&str> = text.lines().rev().take(5).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        return Err(Error::message(format!("{} {what}: {}", cluster.binaries.version, last.join("; "))));
    }
}

fn initdb(binaries: &Binaries, data: &Path) -> Result<()> {
    let run_as = RunAs::current()?;
    // C.UTF-8 knows case and classes of all letters and sorts by code point everywhere; some systems lack it.
    let mut last = String::new();
    for locale in ["C.UTF-8", "C"] {
        let output = run_as
            .command(binaries.program("initdb"))
            .arg("-D")
            .arg(data)
            // Whoever can enter the folder of the socket, which is closed, may connect.
            .args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale", locale])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Error::path("running", &binaries.program("initdb"), &error))?;
        if output.status.success() {
            return Ok(());
        }
        last = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    }
    Err(Error::message(format!("initdb of {} failed: {last}", binaries.version)))
}
