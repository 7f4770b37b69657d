//! The clusters that servers run on: made by `initdb`, and for shared servers kept from one test program to the next,
//! each locked by the program that uses it.

use crate::binaries;
use crate::server::{SUPERUSER, Server, ServerOptions, launch, quote_ident};
use crate::{Error, Result, block_on, storage};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use trueup_cluster::Binaries;
use trueup_cluster::RunAs;

/// Starts `major` on the first kept cluster that no other program uses.
pub(crate) fn start_shared(major: u16) -> Result<Server> {
    let binaries = binaries::find(major)?;
    let run_as = RunAs::current()?;
    let clusters = storage::root()?.join("clusters");
    fs::create_dir_all(&clusters).map_err(|error| Error::path("making", &clusters, error))?;
    for slot in 0..100 {
        let name = format!("{major}-{}-{slot}", run_as.name);
        let lock_path = clusters.join(format!("{name}.lock"));
        let lock = fs::File::create(&lock_path).map_err(|error| Error::path("making", &lock_path, error))?;
        if lock.try_lock().is_err() {
            continue;
        }
        let dir = clusters.join(&name);
        return start_kept(&binaries, major, &dir, lock);
    }
    Err(Error::message(format!("100 clusters of PostgreSQL {major} are in use; is something left running?")))
}

fn start_kept(binaries: &Binaries, major: u16, dir: &Path, lock: fs::File) -> Result<Server> {
    let data = dir.join("data");
    let stamp = dir.join("version");
    let options = ServerOptions::new(major);
    wait_for_previous(&data)?;
    // A cluster made by another build may have another catalog version.
    let kept = fs::read_to_string(&stamp).is_ok_and(|text| text == binaries.version);
    let mut started =
        if kept { launch_and_sweep(binaries, &options, &data) } else { Err(Error::message("no cluster")) };
    if let Err(error) = &started {
        if kept {
            // Perhaps the last program was killed while the cluster was being written.
            eprintln!("testkit: making the PostgreSQL {major} cluster anew: {error}");
            wait_for_previous(&data)?;
        }
        renew(binaries, dir, &data, &stamp)?;
        started = launch_and_sweep(binaries, &options, &data);
    }
    let mut server = started?;
    server.slot = Some(lock);
    Ok(server)
}

fn launch_and_sweep(binaries: &Binaries, options: &ServerOptions, data: &Path) -> Result<Server> {
    let home = storage::temp_dir()?;
    let server = launch(binaries, options, data, &home)?;
    block_on(sweep(&server))??;
    Ok(server)
}

fn renew(binaries: &Binaries, dir: &Path, data: &Path, stamp: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(|error| Error::path("removing", dir, error))?;
    }
    fs::create_dir_all(dir).map_err(|error| Error::path("making", dir, error))?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))
        .map_err(|error| Error::path("opening", dir, error))?;
    RunAs::current()?.own(dir)?;
    initdb(binaries, data)?;
    fs::write(stamp, &binaries.version).map_err(|error| Error::path("writing", stamp, error))
}

/// The watchdog of a program that ended a moment ago may still be stopping its server.
fn wait_for_previous(data: &Path) -> Result<()> {
    let pid_file = data.join("postmaster.pid");
    let limit = Instant::now() + Duration::from_secs(15);
    while pid_file.exists() && Instant::now() < limit {
        // A pid file without its process is left over from a crash of the machine; PostgreSQL itself replaces it.
        let pid = fs::read_to_string(&pid_file).unwrap_or_default();
        let Some(pid) = pid.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else { break };
        let alive = RunAs::current()?
            .command("sh")
            .args(["-c", "kill -0 \"$1\" 2>/dev/null", "sh", &pid.to_string()])
            .status()
            .map_err(|error| Error::io("running `sh`", error))?;
        if !alive.success() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Removes what a killed program left in a kept cluster: its databases and roles.
async fn sweep(server: &Server) -> Result<()> {
    let explain = |error| Error::postgres("sweeping the kept cluster", error);
    let client = server.connect("postgres").await?;
    let databases = client
        .query("SELECT datname::text FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')", &[])
        .await
        .map_err(explain)?;
    for row in &databases {
        let name = quote_ident(row.try_get(0).map_err(explain)?);
        client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .map_err(explain)?;
    }
    let roles = client
        .query(
            "SELECT rolname::text FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname <> $1",
            &[&SUPERUSER],
        )
        .await
        .map_err(explain)?;
    for row in &roles {
        let name = quote_ident(row.try_get(0).map_err(explain)?);
        client.batch_execute(&format!("DROP OWNED BY {name}; DROP ROLE {name}")).await.map_err(explain)?;
    }
    Ok(())
}

pub(crate) fn initdb(binaries: &Binaries, data: &Path) -> Result<()> {
    let run_as = RunAs::current()?;
    // C.UTF-8 knows case and classes of all letters and sorts by code point everywhere; some systems lack it.
    let mut last = String::new();
    for locale in ["C.UTF-8", "C"] {
        let output = run_as
            .command(binaries.program("initdb"))
            .arg("-D")
            .arg(data)
            .args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale", locale])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Error::path("running", &binaries.program("initdb"), error))?;
        if output.status.success() {
            return Ok(());
        }
        last = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if data.exists() {
            fs::remove_dir_all(data).map_err(|error| Error::path("removing", data, error))?;
        }
    }
    Err(Error::message(format!("initdb ({}) failed: {last}", binaries.version)))
}
