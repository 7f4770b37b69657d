//! Which migrations a preflight foretells: those that are named; of a folder what the live database has not run yet, by the history that
//! its tool keeps.

use crate::load;
use crate::migrations::{self, Folder, Live, Texts, is_pending};
use crate::migrations_args::Replaying;
use crate::problem::Problem;
use crate::run::Talk;
use crate::source::Source;
use std::sync::Arc;
use trueup_parser::{Around, SourceFile};
use trueup_report::safe;

/// What is to be foretold.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Files and folders.
    pub words: &'a [String],
    /// Whether what ran already is taken too.
    pub every: bool,
    /// How folders are read.
    pub replaying: &'a Replaying,
    /// Where the history is.
    pub live: Live<'a>,
}

/// The files of the migrations that are named, without what undoes them, each with the transaction that its tool opens around it. Where no history tells what ran, all stay, and a hint says why.
///
/// # Errors
/// Something can't be read, or there is no migration.
pub async fn migrations(asked: Asked<'_>, talk: &Talk) -> Result<Vec<(SourceFile, Around)>, Vec<Problem>> {
    let mut all = Vec::new();
    // Where all of a folder ran, there is nothing to foretell, and nothing is wrong.
    let mut known = false;
    for word in asked.words {
        let source = Source::of("MIGRATION", std::slice::from_ref(word)).map_err(|problem| vec![problem])?;
        match migrations::folder(&source, asked.replaying, Some(asked.live)).await {
            Ok(Some(folder)) => {
                known |= folder.count(&|_| true) > 0;
                all.extend(of_folder(&folder, word, asked.every, talk)?);
            }
            Ok(None) => {
                if matches!(&source, Source::Files(paths) if paths.iter().any(|path| path.is_dir()))
                    && !asked.every
                {
                    let why = "no migration tool is known by its files";
                    talk.hint(Some(all_count(word, why)));
                }
                all.extend(plain(source).await?);
            }
            // What the tool is, or its history, can't be told; the files can be foretold all the same.
            Err(problems) => {
                let why = problems.into_iter().next().map(|problem| problem.message).unwrap_or_default();
                talk.hint(Some(all_count(word, &why)));
                all.extend(plain(source).await?);
            }
        }
    }
    if all.is_empty() && !known {
        return Err(vec![Problem::configuration(
            "there is no migration in what was named",
            "name .sql files or a folder that has some",
        )]);
    }
    Ok(all)
}

fn all_count(word: &str, why: &str) -> String {
    format!("which migrations of {} ran is not known: {why}; all of them count as pending", safe(word))
}

fn of_folder(
    folder: &Folder,
    word: &str,
    every: bool,
    talk: &Talk,
) -> Result<Vec<(SourceFile, Around)>, Vec<Problem>> {
    let Texts { files, around, gaps, .. } = if every || !folder.is_recorded() {
        if !every {
            talk.hint(Some(all_count(word, "the database keeps no history of them")));
        }
        folder.read(&|script| script.head, false)?
    } else {
        let (total, left) = (folder.count(&|_| true), folder.count(&is_pending));
        if total > left {
            talk.hint(Some(format!(
                "{} of {total} migrations ran already, by the history that the database keeps; `--every` takes them as well",
                total - left
            )));
        }
        folder.read(&is_pending, false)?
    };
    for gap in gaps {
        let place = gap.span.map(|span| format!("{}: ", safe(&span.file))).unwrap_or_default();
        talk.hint(Some(format!("not foretold: {place}{}", safe(&gap.message))));
    }
    Ok(files.into_iter().zip(around).collect())
}

/// Files, and folders of no tool: in the order of their numbers, without what undoes.
async fn plain(source: Source) -> Result<Vec<(SourceFile, Around)>, Vec<Problem>> {
    let files = load::blocking(move || match source {
        Source::Files(paths) => {
            let (files, errors) = trueup_parser::read(&paths);
            if errors.is_empty() { Ok(files) } else { Err(errors.into_iter().map(Problem::from).collect()) }
        }
        Source::Git(revision, paths) => crate::git::files(&revision, &paths, false),
        Source::Snapshot(_) | Source::Server(_) => Err(vec![Problem::configuration(
            "a migration is an .sql file, a folder of them, `-`, or git:REVISION:PATH",
            "name the migrations first, and the database after --live",
        )]),
    })
    .await??;
    let ups = files.into_iter().filter(|file| !trueup_history::undoes(&file.name));
    let mut ups: Vec<SourceFile> = ups
        .map(|file| match trueup_history::up_only(&file.text) {
            Some(text) => SourceFile { text: Arc::from(text), ..file },
            None => file,
        })
        .collect();
    trueup_history::by_number(&mut ups, |file| &file.name);
    Ok(ups.into_iter().map(|file| (file, Around::Nothing)).collect())
}
