//! Findings by the table or object that they are of.

use super::finding::{Finding, Owner};
use super::words::Text;
use std::collections::BTreeMap;
use trueup_diff::Level;

/// Findings of one object.
pub(super) struct Group {
    pub kind: &'static str,
    pub name: Text,
    pub level: Level,
    pub findings: Vec<Finding>,
}

/// The groups: what was not read first, then the worst, and then by name.
pub(super) fn groups(findings: Vec<Finding>) -> Vec<Group> {
    let mut by_owner: BTreeMap<Owner, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        by_owner.entry(finding.owner.clone()).or_default().push(finding);
    }
    let mut groups: Vec<(bool, Owner, Group)> = by_owner
        .into_iter()
        .map(|(owner, mut findings)| {
            findings.sort_by_key(|finding| finding.level);
            let level = findings.first().map_or(Level::Note, |finding| finding.level);
            let (kind, name) = match &owner {
                Owner::Statements => ("", Text::new("What was not read")),
                Owner::Policy => ("", Text::new("The policy itself")),
                Owner::Object { kind, name, .. } => (*kind, Text::new(name)),
            };
            (owner != Owner::Statements, owner, Group { kind, name, level, findings })
        })
        .collect();
    groups.sort_by(|(a_last, a_owner, a), (b_last, b_owner, b)| {
        (a_last, a.level, a_owner).cmp(&(b_last, b.level, b_owner))
    });
    groups.into_iter().map(|(_, _, group)| group).collect()
}
