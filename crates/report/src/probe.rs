//! What the rows said to a probe, in words.

use crate::counts::thousands;
use crate::safe::brief;
use trueup_repair::{Answer, Probe, Unit};

/// Keys longer than this are cut.
const KEY: usize = 120;

/// One clause, or `None` where the rows were not to be asked: `3 rows stand in the way`, `no row stands in the way`.
pub(crate) fn clause(probe: Option<&Probe>) -> Option<String> {
    let probe = probe?;
    let (one, many) = match probe.unit {
        Unit::Row => ("row", "rows"),
        Unit::Value => ("repeated value", "repeated values"),
    };
    Some(match probe.answer.as_ref()? {
        Answer::Rows { rows: 0, .. } => format!("no {one} stands in the way"),
        Answer::Rows { rows: 1, more: false, .. } => format!("1 {one} stands in the way"),
        Answer::Rows { rows, more, .. } => {
            let rows = usize::try_from(*rows).unwrap_or(usize::MAX);
            format!("{}{} {many} stand in the way", if *more { "more than " } else { "" }, thousands(rows))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(unit: Unit, rows: u64, more: bool, first: &[&str]) -> String {
        let first = first.iter().map(ToString::to_string).collect();
        let probe = Probe {
            about: String::new(),
            unit,
            query: "SELECT 1".to_owned(),
            search_path: None,
            answer: Some(Answer::Rows { rows, more, first }),
        };
        with_keys(Some(&probe)).unwrap_or_default()
    }

    #[test]
    fn counts_in_words() {
        assert_eq!(said(Unit::Row, 0, false, &[]), "no row stands in the way");
        assert_eq!(said(Unit::Row, 1, false, &["{\"id\":1}"]), "1 row stands in the way: {\"id\":1}");
        assert_eq!(
            said(Unit::Value, 10_000, true, &["{\"a\":1}", "{\"a\":2}"]),
            "more than 10,000 repeated values stand in the way: {\"a\":1}, {\"a\":2}, …"
        );
    }
}
