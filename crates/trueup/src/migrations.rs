//! A folder of migrations as a source of a schema: which scripts of it count, and their text.

use crate::args::Reading;
use crate::history::{problems, questions, wish};
use crate::load;
use crate::migrations_args::{Point, Replaying, Wished};
use crate::problem::{Problem, plain};
use crate::source::Source;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trueup_catalog::{Gap, GapReason, Span};
use trueup_history::{Database, Does, Fault, Kind, Piece, Replay, Script, State, Wish, Wraps};
use trueup_parser::{Around, SourceFile};
use trueup_project::Tree;
use trueup_report::{Migrations, PendingMigration, Upto, safe};

/// How many folders up are looked at for what names the tool: `supabase/migrations`, `src/main/resources/db/migration`.
const LEVELS: usize = 5;

/// SQL on its way to the parser, with what is known besides.
#[derive(Debug, Default)]
pub struct Texts {
    /// What is shown of where it came from.
    pub name: String,
    /// The files.
    pub files: Vec<SourceFile>,
    /// The transaction that the tool opens around each of them.
    pub around: Vec<Around>,
    /// What could not be turned into SQL.
    pub gaps: Vec<Gap>,
    /// The text of files that were turned into SQL, for excerpts.
    pub originals: Vec<(Arc<str>, Arc<str>)>,
    /// What stands for a piece of another file: its name here, and where the piece begins there.
    pub pieces: HashMap<Arc<str>, Span>,
    /// What the folder is, where it is one of migrations.
    pub migrations: Option<Migrations>,
}

impl Texts {
    /// Where something stands that was read from a piece of another file. A piece of several lines stands there as it is written.
    pub fn place(&self, span: &mut Span) {
        let Some(begins) = self.pieces.get(&span.file) else { return };
        let text = self.originals.iter().find(|(name, _)| *name == begins.file).map_or("", |(_, text)| text);
        let line = begins.line + span.line.saturating_sub(1);
        let moved = if span.line <= 1 {
            begins.clone()
        } else {
            Span { line, column: span.column, ..begins.clone() }
        };
        let column = usize::try_from(moved.column).unwrap_or(1).saturating_sub(1);
        let before = usize::try_from(moved.line).unwrap_or(1).saturating_sub(1);
        let begin: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
        let rest = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let at = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
        *span = Span { start: begin + at, end: begin + rest.len(), ..moved };
    }
}

/// A folder of migrations.
pub struct Folder {
    replay: Replay,
    tree: Tree,
    /// The folder in the tree, and how it is shown.
    inside: String,
    shown: String,
    /// The temporary folder that it was laid out in from a revision, which goes with this.
    _laid: Option<tempfile::TempDir>,
}

/// Where histories are looked for.
#[derive(Clone, Copy)]
pub struct Live<'a> {
    /// The words of `--live`.
    pub words: &'a [String],
    /// How to read.
    pub reading: &'a Reading,
}

/// The texts of a source that is a folder of migrations, or has one among its files and folders; `None` for any other source.
///
/// # Errors
/// The folder, or the history, can't be read; which tool is meant can't be told.
pub async fn texts(
    source: &Source,
    replaying: &Replaying,
    live: Option<Live<'_>>,
) -> Result<Option<Texts>, Vec<Problem>> {
    match source {
        Source::Files(paths) if paths.len() > 1 && paths.iter().any(|path| path.is_dir()) => {
            several(source, paths, replaying, live).await
        }
        Source::Files(_) | Source::Git(..) | Source::Snapshot(_) | Source::Server(_) => {
            single(source, replaying, live).await
        }
    }
}

/// Files and folders in the order in which they are named: what a folder of migrations presumes is often named before it.
async fn several(
    source: &Source,
    paths: &[PathBuf],
    replaying: &Replaying,
    live: Option<Live<'_>>,
) -> Result<Option<Texts>, Vec<Problem>> {
    let mut all = Texts { name: source.name(), ..Texts::default() };
    for path in paths {
        let one = Source::Files(vec![path.clone()]);
        if let Some(texts) = single(&one, replaying, live).await? {
            all.files.extend(texts.files);
            all.gaps.extend(texts.gaps);
            all.originals.extend(texts.originals);
            all.pieces.extend(texts.pieces);
            all.migrations = match (all.migrations.take(), texts.migrations) {
                (Some(first), Some(next)) => Some(first.and(next)),
                (first, next) => first.or(next),
            };
            continue;
        }
        let path = path.clone();
        let (files, errors) = load::blocking(move || trueup_parser::read(&[path])).await?;
        if !errors.is_empty() {
            return Err(errors.into_iter().map(Problem::from).collect());
        }
        all.files.extend(files);
    }
    Ok(all.migrations.is_some().then_some(all))
}

async fn single(
    source: &Source,
    replaying: &Replaying,
    live: Option<Live<'_>>,
) -> Result<Option<Texts>, Vec<Problem>> {
    let Some(folder) = folder(source, replaying, live).await? else { return Ok(None) };
    let upto = match (replaying.upto, folder.replay.recorded) {
        (Some(Point::Head), _) | (None, false) => Upto::Head,
        (Some(Point::Applied) | None, true) => Upto::Applied,
        // A side without a database beside it has no history to go by.
        (Some(Point::Applied), false) if live.is_none() => Upto::Head,
        (Some(Point::Applied), false) => return Err(vec![not_recorded(&folder)]),
    };
    load::blocking(move || {
        let which = |script: &Script| match upto {
            Upto::Applied => script.applied,
            Upto::Head => script.head,
        };
        let mut texts = folder.read(&which, upto == Upto::Applied)?;
        texts.migrations = Some(folder.told(upto));
        Ok(Some(texts))
    })
    .await?
}

/// A folder of migrations with what the live database says of each; `None` for any other source.
///
/// # Errors
/// As for [`texts`].
pub async fn folder(
    source: &Source,
    replaying: &Replaying,
    live: Option<Live<'_>>,
) -> Result<Option<Folder>, Vec<Problem>> {
    if replaying.tool == Some(Wished::None) {
        return Ok(None);
    }
    let laid = match source {
        Source::Files(paths) => match paths.as_slice() {
            [path] if path.is_dir() => Laying::Here(path.clone()),
            _ => return Ok(None),
        },
        Source::Git(revision, paths) => match paths.as_slice() {
            [path] if !is_sql(path) => Laying::Revision(revision.clone(), path.clone()),
            _ => return Ok(None),
        },
        Source::Snapshot(_) | Source::Server(_) => return Ok(None),
    };
    let Some((tree, inside, shown, kept)) = load::blocking(move || laid.lay()).await?? else {
        return Ok(None);
    };
    let tool = match replaying.tool {
        Some(Wished::Tool(tool)) => Some(tool),
        Some(Wished::None) | None => None,
    };
    let wish = wish(tool, replaying.table.as_deref());
    // Whether it is one at all is asked without the database first: most folders of SQL are none.
    let nothing = Database::default();
    let alone = trueup_history::replay(&tree, &inside, &nothing, &wish);
    let database = match live {
        Some(live) if may_have_a_history(&tree, &inside) => history(&tree, &wish, live).await?,
        Some(_) | None => None,
    };
    let replay = match database {
        Some(database) => trueup_history::replay(&tree, &inside, &database, &wish),
        None => alone,
    };
    Ok(replay.map_err(problems)?.map(|replay| Folder { replay, tree, inside, shown, _laid: kept }))
}

/// Whether the folder has files whose names could be those of migrations: only then a database is asked.
fn may_have_a_history(tree: &Tree, inside: &str) -> bool {
    tree.below(inside).any(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.contains(|c: char| c.is_ascii_digit())
            || file.contains("migration")
            || name.ends_with(".py")
            || name.contains("changelog")
    })
}

/// What the live side has of histories; `None` where it is no database, or a snapshot without any.
async fn history(tree: &Tree, wish: &Wish, live: Live<'_>) -> Result<Option<Database>, Vec<Problem>> {
    match Source::of("--live", live.words).map_err(|problem| vec![problem])? {
        Source::Files(_) | Source::Git(..) => Ok(None),
        Source::Snapshot(path) => {
            let kept = load::blocking(move || crate::snapshot::read(&path)).await?;
            Ok(kept.map_err(|problem| vec![problem])?.history)
        }
        Source::Server(_) => {
            let (database, _) = load::history(live.words, live.reading, &questions(Some(tree), wish)).await?;
            Ok(Some(database))
        }
    }
}

fn not_recorded(folder: &Folder) -> Problem {
    let why = folder.replay.remarks.first().cloned();
    Problem::configuration(
        format!(
            "which migrations of {} were applied is not known: {}",
            safe(&folder.shown),
            why.unwrap_or_else(|| "the live side keeps no history of them".to_owned())
        ),
        "--upto head takes all of them for wanted; `trueup history` looks closer at the history",
    )
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
}

/// Where a folder is.
enum Laying {
    Here(PathBuf),
    Revision(String, PathBuf),
}

/// A tree, the folder in it, what is shown of that, and what keeps it.
type Laid = (Tree, String, String, Option<tempfile::TempDir>);

impl Laying {
    /// The files; `None` where the path is no folder at that revision, or is not there: who reads it says so.
    fn lay(self) -> Result<Option<Laid>, Vec<Problem>> {
        let unreadable = |error: trueup_project::Error| {
            vec![Problem::configuration(plain(&error.to_string()), "name a folder that can be read")]
        };
        match self {
            Laying::Here(path) => {
                let (tree, inside) = Tree::around(&path, LEVELS).map_err(unreadable)?;
                Ok(Some((tree, inside, path.display().to_string(), None)))
            }
            Laying::Revision(revision, path) => {
                let Ok(laid) = crate::git::folder(&revision, &path) else { return Ok(None) };
                let tree = Tree::read(laid.path()).map_err(unreadable)?;
                Ok(Some((tree, String::new(), format!("{revision}:{}", path.display()), Some(laid))))
            }
        }
    }
}

impl Folder {
    /// Whether the database keeps a history of it.
    pub fn is_recorded(&self) -> bool {
        self.replay.recorded
    }

    /// How many scripts these are.
    pub fn count(&self, which: &dyn Fn(&Script) -> bool) -> usize {
        self.replay.scripts.iter().filter(|script| which(script)).count()
    }

    /// A path of the tree, as it is shown.
    fn name(&self, file: &str) -> String {
        let rest = file.strip_prefix(&self.inside).map_or(file, |rest| rest.trim_start_matches('/'));
        Path::new(&self.shown).join(rest).display().to_string()
    }

    /// The text of these scripts, in the tool's order. `applied`: they are what the history has.
    ///
    /// # Errors
    /// A file can't be read.
    pub fn read(&self, which: &dyn Fn(&Script) -> bool, applied: bool) -> Result<Texts, Vec<Problem>> {
        let mut texts = Texts { name: self.shown.clone(), ..Texts::default() };
        let mut wrong = Vec::new();
        let chosen = || self.replay.scripts.iter().filter(|script| which(script));
        // What a migration does may depend on those before it.
        let known = self.replay.scripts.iter().filter(|script| which(script) || script.applied);
        let programs =
            trueup_history::program(&self.replay, &self.tree, known, self.replay.recorded && applied);
        texts.gaps.extend(self.replay.unread.iter().map(|fault| self.unread(fault)));
        for script in chosen() {
            let name: Arc<str> = Arc::from(self.name(&script.file));
            match &script.kind {
                Kind::Program(what) => texts.gaps.push(program(script, &name, what)),
                Kind::Sql(lines) => {
                    let (files, errors) = trueup_parser::read(&[self.tree.path(&script.file)]);
                    wrong.extend(
                        errors.into_iter().map(|error| self.renamed(error.into(), &script.file, &name)),
                    );
                    for file in files {
                        let text = match lines {
                            Some(lines) => Some(trueup_history::only_lines(&file.text, lines)),
                            None => trueup_history::up_only(&file.text),
                        };
                        if text.is_some() {
                            texts.originals.push((Arc::clone(&name), Arc::clone(&file.text)));
                        }
                        texts.around.push(self.around(script, &file.text));
                        let text = text.map_or(file.text, Arc::from);
                        texts.files.push(SourceFile { name: Arc::clone(&name), text });
                    }
                }
                Kind::Python => match programs.get(&script.file) {
                    None => texts.gaps.push(program(script, &name, "Python")),
                    Some(pieces) => self.python(script, &name, pieces, &mut texts),
                },
            }
        }
        if wrong.is_empty() { Ok(texts) } else { Err(wrong) }
    }

    /// The transaction that the tool opens around a migration.
    fn around(&self, script: &Script, text: &str) -> Around {
        let Some(tool) = self.replay.tool else { return Around::Nothing };
        let beside = trueup_history::settings_beside(tool, &script.file);
        let beside = beside.filter(|file| self.tree.has(file)).map(|file| self.tree.text(&file));
        match trueup_history::wraps(tool, text, beside.as_deref()) {
            Wraps::Nothing => Around::Nothing,
            Wraps::Each => Around::File,
            Wraps::Message => Around::Message,
            Wraps::All => Around::Run,
        }
    }

    /// Each piece of SQL as a file of its own, whose places are those of its call in the Python file.
    fn python(&self, script: &Script, name: &Arc<str>, pieces: &[Piece], texts: &mut Texts) {
        let original = std::fs::read(self.tree.path(&script.file)).unwrap_or_default();
        let original: Arc<str> = Arc::from(String::from_utf8_lossy(&original));
        let around = self.around(script, &original);
        texts.originals.push((Arc::clone(name), original));
        for (at, piece) in pieces.iter().enumerate() {
            let (line, column) = (piece.line, piece.column);
            match &piece.does {
                Does::Sends(sql) => {
                    let known: Arc<str> = Arc::from(format!("{name}:{line}:{column}#{at}"));
                    let begins = Span { file: Arc::clone(name), start: 0, end: 0, line, column };
                    texts.pieces.insert(Arc::clone(&known), begins);
                    texts.around.push(around);
                    texts.files.push(SourceFile { name: known, text: Arc::from(sql.as_str()) });
                }
                Does::Unknown(why) => texts.gaps.push(Gap {
                    what: "migration".to_owned(),
                    object: script.id.clone(),
                    code: "S105".to_owned(),
                    reason: GapReason::Dynamic,
                    message: format!("migration {}: {why}", script.id),
                    span: Some(Span { file: Arc::clone(name), start: 0, end: 0, line, column }),
                }),
            }
        }
    }

    /// A problem that speaks of where a file lies, in the words of the user.
    fn renamed(&self, problem: Problem, file: &str, name: &str) -> Problem {
        let message = problem.message.replace(&self.tree.path(file).display().to_string(), name);
        Problem { message, ..problem }
    }

    fn unread(&self, fault: &Fault) -> Gap {
        let place = fault.place.as_ref();
        let span = place.map(|place| Span {
            file: Arc::from(self.name(&place.file)),
            start: 0,
            end: 0,
            line: place.line.unwrap_or(1),
            column: 1,
        });
        Gap {
            what: "migration".to_owned(),
            object: fault.object.clone().unwrap_or_default(),
            code: "S102".to_owned(),
            reason: GapReason::Unparsed,
            message: fault.title.clone(),
            span,
        }
    }

    /// What is told of it.
    fn told(&self, upto: Upto) -> Migrations {
        let replay = &self.replay;
        let ran = |script: &&Script| match upto {
            Upto::Applied => script.applied,
            Upto::Head => script.head,
        };
        let pending = replay.scripts.iter().filter(|script| replay.recorded && is_pending(script));
        let mut remarks = replay.remarks.clone();
        if !replay.others.is_empty() {
            let first = replay.others.first().map(|file| self.name(file)).unwrap_or_default();
            remarks.push(format!(
                "{} other .sql files of the folder are not read, as {first}; --tool none reads every file by name",
                replay.others.len()
            ));
        }
        Migrations {
            tool: replay.tool.map(|tool| tool.name().to_owned()),
            folder: self.shown.clone(),
            upto,
            recorded: replay.recorded,
            replayed: replay.scripts.iter().filter(ran).map(|script| self.name(&script.file)).collect(),
            pending: pending
                .map(|script| PendingMigration {
                    id: script.id.clone(),
                    file: self.name(&script.file),
                    state: script.state.slug().to_owned(),
                })
                .collect(),
            apply: replay.tool.map(|tool| tool.apply().to_owned()),
            not_read: replay.others.iter().map(|file| self.name(file)).collect(),
            remarks,
        }
    }
}

/// Whether it is still to run: not what the tool passes over.
pub fn is_pending(script: &Script) -> bool {
    match script.state {
        State::Pending | State::Failed | State::RolledBack | State::OutOfOrder | State::Unknown => true,
        State::Applied
        | State::Edited
        | State::MissingFile
        | State::NeverRun
        | State::Marked
        | State::Covered => false,
    }
}

fn program(script: &Script, name: &Arc<str>, what: &str) -> Gap {
    Gap {
        what: "migration".to_owned(),
        object: script.id.clone(),
        code: "S105".to_owned(),
        reason: GapReason::Dynamic,
        message: format!(
            "migration {} is {what}: what it does is only known when its tool runs it",
            script.id
        ),
        span: Some(Span { file: Arc::clone(name), start: 0, end: 0, line: 1, column: 1 }),
    }
}
