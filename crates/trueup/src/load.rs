//! Reads the two sides, at the same time where that saves time.

use crate::args::{CatalogSource, Reading, Scratch, Sides};
use crate::migrations::{self, Live, Texts};
use crate::migrations_args::Replaying;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::snapshot;
use crate::source::Source;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use trueup_catalog::{Ambient, Catalog};
use trueup_history::Database;
use trueup_introspect::{ConnectConfig, Connected, Environment, HistoryQuestion, MembersOf, ReadOptions};
use trueup_parser::{Asked, SourceFile};
use trueup_report::{Advice, Migrations, Place, Server, Sources, safe};
use trueup_scratch::{Memory, Script};

/// For which version SQL files are read when nothing tells: the newest that is known.
pub const NEWEST: u32 = 180_000;

/// One side, read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Its schema.
    pub catalog: Catalog,
    /// Where it came from.
    pub place: Place,
    /// The text of its files.
    pub sources: Sources,
    /// What the parser says besides.
    pub advice: Vec<Advice>,
    /// What a server settled when a snapshot was made.
    pub settled: Memory,
    /// What the members of its extensions are, if a server told.
    pub members: MembersOf,
    /// Whether it is a snapshot.
    pub snapshot: bool,
    /// When that was made, where it says so.
    pub made: Option<std::time::SystemTime>,
    /// Its files in the order in which they were read.
    pub scripts: Vec<Script>,
    /// What it has of migration tools' histories, where that was read.
    pub history: Option<Database>,
    /// What it was made of, where that is a folder of migrations.
    pub migrations: Option<Migrations>,
}

/// A side on its way: what is cheap is done.
enum Opened {
    Files(Box<Texts>),
    Other(Other),
}

/// A side that needs no parsing.
enum Other {
    Snapshot(Box<Loaded>),
    Server(Box<Connected>),
}

/// Both sides, desired first.
///
/// # Errors
/// Every problem that was found; each of them stops the run.
pub async fn both(sides: &Sides, progress: &Progress) -> Result<(Loaded, Loaded), Vec<Problem>> {
    let desired = Source::of("--desired", &sides.desired).map_err(one)?;
    let live = Source::of("--live", &sides.live).map_err(one)?;
    if desired.reads_stdin() && live.reads_stdin() {
        return Err(one(Problem::configuration(
            "both sides read standard input",
            "give one of them as a file",
        )));
    }
    let reading = &sides.reading;
    let asking = sides.settling.scratch != Scratch::Off;
    progress.doing("connecting");
    let replaying = &sides.replaying;
    let beside_live = Live { words: &sides.live, reading };
    // The version of the server says how files are read, so it is asked first; it costs one round trip.
    let (desired, live) = tokio::join!(
        open(desired, reading, replaying, Some(beside_live)),
        open(live, reading, replaying, None)
    );
    let (desired, live) = match (desired, live) {
        (Ok(desired), Ok(live)) => (desired, live),
        (desired, live) => {
            return Err([desired.err(), live.err()].into_iter().flatten().flatten().collect());
        }
    };
    let version = reading.server_version.or(live.version()).or(desired.version()).unwrap_or(NEWEST);
    progress.doing("reading");
    match (desired, live) {
        (Opened::Files(desired), Opened::Files(live)) => {
            let (desired, live) = tokio::join!(parse(*desired, version, None), parse(*live, version, None));
            Ok((desired?, live?))
        }
        (Opened::Files(desired), Opened::Other(live)) => {
            let (live, desired) = beside(live, *desired, version, reading, asking).await?;
            Ok((desired, live))
        }
        (Opened::Other(desired), Opened::Files(live)) => {
            beside(desired, *live, version, reading, asking).await
        }
        (Opened::Other(desired), Opened::Other(live)) => {
            let (desired, live) =
                tokio::join!(finish(desired, reading, asking), finish(live, reading, asking));
            Ok((desired.map_err(one)?, live.map_err(one)?))
        }
    }
}

/// One side alone, with what it has of migration tools' histories.
///
/// # Errors
/// As for [`both`].
pub async fn single(
    option: &str,
    words: &[String],
    reading: &Reading,
    scratch: &Scratch,
    progress: &Progress,
    questions: &[HistoryQuestion],
) -> Result<Loaded, Vec<Problem>> {
    let source = Source::of(option, words).map_err(one)?;
    progress.doing("connecting");
    let opened = open(source, reading, &Replaying::default(), None).await?;
    progress.doing("reading");
    match opened {
        Opened::Files(texts) => parse(*texts, reading.server_version.unwrap_or(NEWEST), None).await,
        Opened::Other(Other::Server(connected)) => {
            let mut loaded = from_server(&connected, reading, *scratch != Scratch::Off).await.map_err(one)?;
            loaded.history =
                Some(crate::history::kept(histories(&connected, reading, questions).await.map_err(one)?));
            Ok(loaded)
        }
        Opened::Other(Other::Snapshot(loaded)) => Ok(*loaded),
    }
}

impl Opened {
    fn version(&self) -> Option<u32> {
        match self {
            Opened::Files(_) => None,
            Opened::Other(Other::Snapshot(loaded)) => loaded.catalog.origin.server_version,
            Opened::Other(Other::Server(connected)) => Some(connected.version),
        }
    }
}

fn one(problem: Problem) -> Vec<Problem> {
    vec![problem]
}

/// `live`: where the history of a folder of migrations is looked for.
async fn open(
    source: Source,
    reading: &Reading,
    replaying: &Replaying,
    live: Option<Live<'_>>,
) -> Result<Opened, Vec<Problem>> {
    if let Some(texts) = migrations::texts(&source, replaying, live).await? {
        return Ok(Opened::Files(Box::new(texts)));
    }
    opened(source, reading).await
}

/// A source that is no folder of migrations.
async fn opened(source: Source, reading: &Reading) -> Result<Opened, Vec<Problem>> {
    match source {
        Source::Server(text) => {
            let environment = Environment::process();
            let begun = Instant::now();
            let config = ConnectConfig::parse(&text, &environment).map_err(|error| one(error.into()))?;
            let config = match reading.connect_timeout {
                Some(limit) => config.with_timeout(limit),
                None => config,
            };
            let connected = trueup_introspect::connect(&config).await.map_err(|error| one(error.into()))?;
            tracing::debug!(target = %connected.target, version = connected.version, ms = ms(begun), "connected");
            Ok(Opened::Other(Other::Server(Box::new(connected))))
        }
        Source::Snapshot(path) => blocking(move || {
            let begun = Instant::now();
            let snapshot::Kept { catalog, settled, place, made, history } = snapshot::read(&path).map_err(one)?;
            tracing::debug!(file = %path.display(), objects = catalog.len(), ms = ms(begun), "read a snapshot");
            Ok(Opened::Other(Other::Snapshot(Box::new(Loaded {
                catalog,
                place,
                settled,
                snapshot: true,
                made,
                history,
                ..Loaded::default()
            }))))
        })
        .await?,
        Source::Files(paths) => {
            let name = Source::Files(paths.clone()).name();
            blocking(move || files(name, &paths)).await?
        }
        Source::Git(revision, paths) => {
            let name = Source::Git(revision.clone(), paths.clone()).name();
            let files = blocking(move || crate::git::files(&revision, &paths, false)).await??;
            Ok(Opened::Files(Box::new(Texts { name, files, ..Texts::default() })))
        }
    }
}

/// The desired side as it was before a change: `git:REVISION` is the same paths at that revision.
///
/// # Errors
/// As for [`both`]; and what is no set of files can have no base.
pub async fn base(
    word: &str,
    sides: &Sides,
    live: &Catalog,
    progress: &Progress,
) -> Result<Loaded, Vec<Problem>> {
    progress.doing("reading the base");
    let here = Source::of("--desired", &sides.desired).map_err(one)?;
    let same_paths = match word.strip_prefix("git:") {
        Some(revision) if !revision.is_empty() && !revision.contains(':') => Some(revision.to_owned()),
        Some(_) | None => None,
    };
    let texts = match (same_paths, here) {
        (Some(revision), Source::Files(paths) | Source::Git(_, paths)) => {
            let source = Source::Git(revision.clone(), paths.clone());
            let beside_live = Live { words: &sides.live, reading: &sides.reading };
            match migrations::texts(&source, &sides.replaying, Some(beside_live)).await? {
                Some(texts) => texts,
                None => {
                    let name = source.name();
                    // A path that the change adds is not there yet.
                    let files = blocking(move || crate::git::files(&revision, &paths, true)).await??;
                    Texts { name, files, ..Texts::default() }
                }
            }
        }
        (Some(_), Source::Snapshot(_) | Source::Server(_)) => {
            return Err(one(Problem::configuration(
                "--base git:… needs a desired schema that is files of the repository",
                "name the base's own files or snapshot",
            )));
        }
        (None, _) => {
            let source = Source::of("--base", &[word.to_owned()]).map_err(one)?;
            let beside_live = Live { words: &sides.live, reading: &sides.reading };
            match open(source, &sides.reading, &sides.replaying, Some(beside_live)).await? {
                Opened::Files(texts) => *texts,
                Opened::Other(other) => return finish(other, &sides.reading, false).await.map_err(one),
            }
        }
    };
    let version = sides.reading.server_version.or(live.origin.server_version).unwrap_or(NEWEST);
    parse(texts, version, Some(live.ambient.clone())).await
}

fn files(name: String, paths: &[PathBuf]) -> Result<Opened, Vec<Problem>> {
    let begun = Instant::now();
    let (files, errors) = trueup_parser::read(paths);
    if !errors.is_empty() {
        return Err(errors.into_iter().map(Problem::from).collect());
    }
    tracing::debug!(
        files = files.len(),
        bytes = files.iter().map(|f| f.text.len()).sum::<usize>(),
        ms = ms(begun),
        "read files"
    );
    Ok(Opened::Files(Box::new(Texts { name, files, ..Texts::default() })))
}

/// Reads files beside the other side. What the other side knows of extensions and of what is not
/// modelled (types, functions) can change what names in the files mean; only when something that was
/// looked up would be found in it are the files read once more.
async fn beside(
    other: Other,
    mut texts: Texts,
    version: u32,
    reading: &Reading,
    asking: bool,
) -> Result<(Loaded, Loaded), Vec<Problem>> {
    let files = texts.files.clone();
    let first = parse_files(&texts.name, files, version, None);
    let (other, parsed) = tokio::join!(finish(other, reading, asking), first);
    let other = other.map_err(one)?;
    let (mut parsed, asked) = parsed?;
    let ambient = &other.catalog.ambient;
    if asked.differs_with(ambient) {
        let files = std::mem::take(&mut texts.files);
        (parsed, _) = parse_files(&texts.name, files, version, Some(ambient.clone())).await?;
    }
    add(&mut parsed, texts);
    Ok((other, parsed))
}

async fn parse(mut texts: Texts, version: u32, ambient: Option<Ambient>) -> Result<Loaded, Vec<Problem>> {
    let files = std::mem::take(&mut texts.files);
    let (mut loaded, _) = parse_files(&texts.name, files, version, ambient).await?;
    add(&mut loaded, texts);
    Ok(loaded)
}

/// What is known of files besides their text.
fn add(loaded: &mut Loaded, texts: Texts) {
    if !texts.pieces.is_empty() {
        let entries = loaded.catalog.iter_mut().filter_map(|(_, entry)| entry.span.as_mut());
        entries.for_each(|span| texts.place(span));
        let gaps = loaded.catalog.gaps.iter_mut().filter_map(|gap| gap.span.as_mut());
        gaps.for_each(|span| texts.place(span));
        loaded.advice.iter_mut().for_each(|advice| texts.place(&mut advice.span));
    }
    loaded.catalog.gaps.extend(texts.gaps);
    loaded.sources.extend(texts.originals);
    loaded.migrations = texts.migrations;
}

/// Reads files, and tells what it asked of definitions that were not given.
async fn parse_files(
    name: &str,
    files: Vec<SourceFile>,
    version: u32,
    ambient: Option<Ambient>,
) -> Result<(Loaded, Asked), Vec<Problem>> {
    let name = name.to_owned();
    blocking(move || {
        let begun = Instant::now();
        let options = trueup_parser::Options { server_version: version, ambient: ambient.as_ref() };
        let parsed = trueup_parser::parse(&files, &options);
        tracing::debug!(
            files = files.len(),
            objects = parsed.catalog.len(),
            problems = parsed.diagnostics.len(),
            ms = ms(begun),
            "parsed"
        );
        let advice = parsed
            .diagnostics
            .into_iter()
            .map(|d| Advice {
                span: d.span,
                code: d.code.to_owned(),
                sqlstate: d.sqlstate.map(str::to_owned),
                help: d.help,
            })
            .collect();
        let scripts =
            files.iter().map(|f| Script { name: Arc::clone(&f.name), text: Arc::clone(&f.text) }).collect();
        let sources = files.into_iter().map(|file| (Arc::clone(&file.name), file.text)).collect();
        let loaded = Loaded {
            catalog: parsed.catalog,
            place: Place { name, server: None },
            sources,
            advice,
            scripts,
            ..Loaded::default()
        };
        (loaded, parsed.asked)
    })
    .await
}

/// `asking`: whether a server will be asked what a fresh installation of extensions has.
async fn finish(other: Other, reading: &Reading, asking: bool) -> Result<Loaded, Problem> {
    match other {
        Other::Snapshot(loaded) => Ok(*loaded),
        Other::Server(connected) => from_server(&connected, reading, asking).await,
    }
}

fn read_options(reading: &Reading) -> ReadOptions {
    ReadOptions {
        statement_timeout: reading.statement_timeout,
        lock_timeout: reading.lock_timeout,
        ..ReadOptions::default()
    }
}

async fn from_server(connected: &Connected, reading: &Reading, asking: bool) -> Result<Loaded, Problem> {
    let options = read_options(reading);
    let (catalog, members) = match reading.source {
        CatalogSource::PgCatalog if asking => {
            trueup_introspect::read_with_members(connected, &options).await?
        }
        CatalogSource::PgCatalog => {
            let catalog = trueup_introspect::read_pg_catalog(connected, &options).await?;
            (catalog, MembersOf::new())
        }
        CatalogSource::InformationSchema => {
            let catalog = trueup_introspect::read_information_schema(connected, &options).await?;
            (catalog, MembersOf::new())
        }
    };
    Ok(Loaded { catalog, place: place_of(connected), members, ..Loaded::default() })
}

fn place_of(connected: &Connected) -> Place {
    let target = &connected.target;
    Place {
        name: format!("{} at {}", safe(&target.database), safe(&target.host)),
        server: Some(Server {
            host: target.host.clone(),
            port: target.port,
            database: target.database.clone(),
            user: target.user.clone(),
            version: target.server_version.clone(),
        }),
    }
}

/// The histories of migration tools that a database has, or that were kept in a snapshot of one.
///
/// # Errors
/// It can't be reached or read; it is neither; the snapshot has none.
pub async fn history(
    words: &[String],
    reading: &Reading,
    questions: &[HistoryQuestion],
) -> Result<(Database, Place), Vec<Problem>> {
    let source = Source::of("--live", words).map_err(one)?;
    if let Source::Files(_) | Source::Git(..) = &source {
        return Err(one(crate::history::no_history(&Place { name: source.name(), server: None })));
    }
    match opened(source, reading).await? {
        Opened::Files(texts) => {
            Err(one(crate::history::no_history(&Place { name: texts.name, server: None })))
        }
        Opened::Other(Other::Snapshot(loaded)) => match loaded.history {
            Some(database) => Ok((database, loaded.place)),
            None => Err(one(Problem::configuration(
                format!("{} keeps no history of migrations", safe(&loaded.place.name)),
                "make the snapshot again with this program: `trueup snapshot` keeps them",
            ))),
        },
        Opened::Other(Other::Server(connected)) => {
            let database = histories(&connected, reading, questions).await.map_err(one)?;
            Ok((database, place_of(&connected)))
        }
    }
}

async fn histories(
    connected: &Connected,
    reading: &Reading,
    questions: &[HistoryQuestion],
) -> Result<Database, Problem> {
    let found = trueup_introspect::read_history(connected, &read_options(reading), questions).await?;
    crate::history::database(found)
}

/// Runs what keeps a processor or a disk busy beside the connection.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Vec<Problem>> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        one(Problem::configuration(
            format!("trueup itself failed: {error}"),
            "this is a defect of trueup: report it with the schema, or the part of it, that shows it",
        ))
    })
}

/// Milliseconds since then, to a hundredth.
pub fn ms(begun: Instant) -> f64 {
    (begun.elapsed().as_secs_f64() * 1e5).round() / 1e2
}
