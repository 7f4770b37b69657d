//! What makes a finding the same finding in another run.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use trueup_diff::{Comparison, Drift, Side, Undecided, What, kind_word};

/// A finding without what differs from run to run: lines, servers, times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    /// The same for the same finding: 32 hexadecimal digits.
    pub fingerprint: String,
    /// The same while the values on both sides are: what is known does not cover what changed since.
    pub state: String,
}

/// The identities of all drift, in its order. Two findings of one comparison never share a fingerprint.
pub(crate) fn of_drift(comparison: &Comparison) -> Vec<Identity> {
    let mut seen = BTreeMap::new();
    comparison.drift.iter().map(|drift| numbered(drift_parts(drift), &mut seen)).collect()
}

/// The identities of all that is undecided, in its order.
pub(crate) fn of_undecided(comparison: &Comparison) -> Vec<Identity> {
    let mut seen = BTreeMap::new();
    comparison.undecided.iter().map(|undecided| numbered(undecided_parts(undecided), &mut seen)).collect()
}

/// What names a finding, and its values.
type Parts = (Vec<String>, Vec<String>);

fn numbered((mut names, mut values): Parts, seen: &mut BTreeMap<String, usize>) -> Identity {
    let count = seen.entry(digest(&names)).or_default();
    *count += 1;
    if *count > 1 {
        names.push(count.to_string());
    }
    let fingerprint = digest(&names);
    names.append(&mut values);
    Identity { fingerprint, state: digest(&names) }
}

fn drift_parts(drift: &Drift) -> Parts {
    let what = match drift.what {
        What::Missing => "missing",
        What::Unexpected => "unexpected",
        What::Changed => "changed",
    };
    // What is too little and what is too much of one list, as privileges, are two findings.
    let side = match (
        drift.changes.iter().all(|c| c.live.is_none()),
        drift.changes.iter().all(|c| c.desired.is_none()),
    ) {
        (true, false) => "lacking",
        (false, true) => "additional",
        (true, true) | (false, false) => "",
    };
    let names = vec![
        drift.code.number().to_owned(),
        kind_word(drift.key.kind),
        drift.key.to_string(),
        what.to_owned(),
        side.to_owned(),
    ];
    let values = drift.changes.iter().flat_map(|change| {
        [Some(change.attribute.clone()), change.desired.clone(), change.live.clone()]
            .map(|part| part.map_or_else(|| "-".to_owned(), |text| format!("+{text}")))
    });
    (names, values.collect())
}

fn undecided_parts(undecided: &Undecided) -> Parts {
    let side = match undecided.side {
        Some(Side::Desired) => "desired",
        Some(Side::Live) => "live",
        None => "both",
    };
    let names = vec![
        undecided.code.number().to_owned(),
        undecided.key.as_ref().map(ToString::to_string).unwrap_or_default(),
        undecided.what.clone(),
        undecided.change.as_ref().map(|change| change.attribute.clone()).unwrap_or_default(),
        undecided.reason.clone(),
        side.to_owned(),
    ];
    let values = undecided.change.iter().flat_map(|change| [change.desired.clone(), change.live.clone()]);
    (names, values.map(Option::unwrap_or_default).collect())
}

/// The first 16 bytes of SHA-256 over the parts, each with its length before it, so that no two lists run together.
fn digest(parts: &[String]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
