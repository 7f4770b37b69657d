//! Atlas: `<time>_<name>.sql`, and `atlas.sum` with the sums of all files.
//!
//! - `-- atlas:txmode none` takes the transaction away, `-- atlas:delimiter` says where a statement ends
//!   (<https://atlasgo.io/versioned/apply#transaction-configuration>, <https://atlasgo.io/concepts/migration-directory-integrity>).
//! - `atlas.sum`: a sum of all lines, then a line a file, each sum being over all files up to it (`sql/migrate/dir.go`, `HashFile`).

use crate::baseline::{Baseline, Wanted, word};
use crate::given::{File, Given, Refusal, join, name};
use crate::text::{body, comment, left};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};
use trueup_history::checksum;

/// The tool.
pub(crate) struct Atlas;

const END: &str = "-- end";

impl Writer for Atlas {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn orders(&self) -> &'static [&'static str] {
        &["end", "atlas:"]
    }

    fn described(&self) -> Described {
        Described {
            file: "`<time>_<name>.sql`; `atlas.sum` is written anew",
            outside: "`-- atlas:txmode none`",
            baseline: "`atlas migrate apply --baseline`, or `atlas migrate set` where there are rows",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let names = given.next(Style::Seconds, batches.len());
        let mut files: Vec<File> = batches
            .iter()
            .zip(names)
            .enumerate()
            .map(|(at, (batch, (version, name)))| {
                let mode = if batch.outside { "-- atlas:txmode none\n" } else { "" };
                let text = format!(
                    "{mode}-- atlas:delimiter {END}\n\n{}\n{}{}",
                    comment("--", given.head),
                    body(batch, "--", "", &|sql| format!("{sql}\n{END}\n")),
                    left(given, "--", at + 1 == batches.len()),
                );
                File::new(join(given.folder(), &format!("{version}_{name}.sql")), text)
            })
            .collect();
        files.push(sums(given, &files)?);
        Ok(files)
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let folder = if given.folder().is_empty() { "." } else { given.folder() };
        let (dir, version) = (word(&format!("file://{folder}")), word(wanted.last()));
        let begun = given.history.migrations.iter().any(|migration| !migration.state.is_pending());
        let command = if begun { format!("set {version}") } else { format!("apply --baseline {version}") };
        Ok(Baseline::Commands(vec![format!("atlas migrate {command} --dir {dir} --url \"$DATABASE_URL\"")]))
    }
}

/// `atlas.sum` with the new files in it.
fn sums(given: &Given<'_>, new: &[File]) -> Result<File, Refusal> {
    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    let folder = given.folder();
    for path in
        given.tree.below(folder).filter(|path| path.ends_with(".sql") && crate::given::folder(path) == folder)
    {
        let bytes = given.tree.bytes(path).map_err(|error| {
            Refusal::new(format!("{path} can't be read: {error}"), "its sum is part of atlas.sum")
        })?;
        texts.push((name(path).to_owned(), bytes));
    }
    texts.extend(new.iter().map(|file| (name(&file.path).to_owned(), file.text.clone().into_bytes())));
    texts.sort();
    let mut sums = checksum::Atlas::default();
    let lines: Vec<(String, String)> = texts
        .iter()
        .filter_map(|(name, text)| {
            let counts = !text.starts_with(b"-- atlas:sum ignore");
            sums.next(name, counts.then_some(text.as_slice())).map(|sum| (name.clone(), sum))
        })
        .collect();
    let listed: String = lines.iter().map(|(name, sum)| format!("{name} h1:{sum}\n")).collect();
    let all = checksum::Atlas::of_list(&lines);
    Ok(File::list(join(folder, "atlas.sum"), format!("h1:{all}\n{listed}")))
}
