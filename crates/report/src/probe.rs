//! What the rows said to a probe, in words.

use crate::counts::thousands;
use crate::safe::brief;
use trueup_repair::{Answer, Probe};

/// Keys longer than this are cut.
const KEY: usize = 120;

/// One clause, or `None` where the rows were not to be asked: `3 rows stand in the way`, `no row stands in the way`.
pub(crate) fn clause(probe: Option<&Probe>) -> Option<String> {
    Some(match probe?.answer.as_ref()? {
        Answer::Rows { rows: 0, .. } => "no row stands in the way".to_owned(),
        Answer::Rows { rows: 1, more: false, .. } => "1 row stands in the way".to_owned(),
        Answer::Rows { rows, more, .. } => {
            let rows = usize::try_from(*rows).unwrap_or(usize::MAX);
            format!("{}{} rows stand in the way", if *more { "more than " } else { "" }, thousands(rows))
        }
        Answer::NotAsked { reason } => format!("the rows could not be asked: {}", brief(reason, 200)),
    })
}

/// The same with the first few keys: `3 rows stand in the way: {"id":1}, {"id":2}, …`.
pub(crate) fn with_keys(probe: Option<&Probe>) -> Option<String> {
    let clause = clause(probe)?;
    let Some(Answer::Rows { rows, first, .. }) = probe.and_then(|p| p.answer.as_ref()) else {
        return Some(clause);
    };
    if first.is_empty() {
        return Some(clause);
    }
    let keys: Vec<String> = first.iter().map(|key| brief(key, KEY)).collect();
    let rest = u64::try_from(first.len()).is_ok_and(|shown| shown < *rows);
    Some(format!("{clause}: {}{}", keys.join(", "), if rest { ", …" } else { "" }))
}

/// The query that lists them all, where there are any.
pub(crate) fn query(probe: Option<&Probe>) -> Option<&str> {
    probe.filter(|probe| probe.found()).map(|probe| probe.query.as_str())
}
