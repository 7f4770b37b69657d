//! Which migrations of a folder the live database has not run yet, by the history that their tool keeps.

use crate::args::Reading;
use crate::history::{questions, wish};
use crate::load;
use crate::run::Talk;
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use trueup_history::{Histories, State};
use trueup_parser::SourceFile;
use trueup_project::Tree;
use trueup_report::safe;

/// Leaves out what ran already. Only a folder is asked about: a file that somebody names is meant. Where no history tells, all stay, and
/// a hint says why.
pub async fn only(
    mut files: Vec<SourceFile>,
    words: &[String],
    live: &[String],
    reading: &Reading,
    talk: &Talk,
) -> Vec<SourceFile> {
    for word in words.iter().filter(|word| Path::new(word).is_dir()) {
        match histories(word, live, reading).await {
            Ok(histories) => {
                let ran = ran(Path::new(word), &histories);
                let before = files.len();
                files.retain(|file| !ran.contains(&plain(Path::new(file.name.as_ref()))));
                let left_out = before - files.len();
                if left_out > 0 {
                    talk.hint(Some(format!(
                        "{left_out} of {before} migrations ran already, by the history that the database keeps; `--every` takes them as well"
                    )));
                }
            }
            Err(why) => {
                talk.hint(Some(format!(
                    "which migrations of {} ran is not known: {why}; all of them count as pending",
                    safe(word)
                )));
            }
        }
    }
    files
}

async fn histories(word: &str, live: &[String], reading: &Reading) -> Result<Histories, String> {
    let first = |problems: Vec<crate::problem::Problem>| {
        problems.into_iter().next().map_or_else(|| "it can't be told".to_owned(), |problem| problem.message)
    };
    let folder = PathBuf::from(word);
    let tree = load::blocking(move || Tree::read(&folder))
        .await
        .map_err(first)?
        .map_err(|error| crate::problem::plain(&error.to_string()))?;
    let wish = wish(None, None);
    let (database, _) = load::history(live, reading, &questions(Some(&tree), &wish)).await.map_err(first)?;
    trueup_history::read(&tree, &database, &wish).map_err(|why| first(crate::history::problems(why)))
}

/// The files of what would not run again.
fn ran(folder: &Path, histories: &Histories) -> HashSet<PathBuf> {
    let migrations = histories.iter().flat_map(|history| &history.migrations);
    let done = migrations.filter(|migration| match migration.state {
        State::Applied
        | State::Edited
        | State::MissingFile
        | State::NeverRun
        | State::Marked
        | State::Covered => true,
        // What failed would run again, and nobody knows of what can't be told.
        State::Pending | State::Failed | State::RolledBack | State::OutOfOrder | State::Unknown => false,
    });
    done.filter_map(|migration| migration.file.as_ref()).map(|file| plain(&folder.join(file))).collect()
}

/// A path without `.`, as two spellings of one are compared.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}
