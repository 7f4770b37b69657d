//! Subscriptions, without their connection strings.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, row};
use trueup_catalog::{Name, Options, Subscription};

row! {
    SubscriptionRow {
        oid: u32, name: &'a str, enabled: bool, slot_name: Option<&'a str>, publications: Vec<&'a str>,
        binary: Option<bool>, streaming: Option<&'a str>, synchronous_commit: Option<&'a str>,
        two_phase: Option<bool>, disable_on_error: Option<bool>, password_required: Option<bool>,
        run_as_owner: Option<bool>, origin: Option<&'a str>, failover: Option<bool>, owner: u32,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<SubscriptionRow>(answer)? {
        if names.is_left_out(class::SUBSCRIPTION, row.oid) {
            continue;
        }
        let mut publications: Vec<Name> = row.publications.iter().map(|name| Name::new(*name)).collect();
        publications.sort();
        let name = Name::new(row.name);
        if row.synchronous_commit.is_none() {
            let message = "synchronous_commit can be read by superusers alone";
            out.gaps.push(unmodeled("subscription", &name, message));
        }
        let subscription = Subscription {
            name,
            publications,
            enabled: row.enabled,
            slot_name: row.slot_name.map(str::to_owned),
            options: options(&row, names.major),
        };
        let comment = names.comment(class::SUBSCRIPTION, row.oid, 0);
        out.add(subscription, comment, names.role(row.owner), None);
    }
    Ok(())
}

/// The parameters that are not the version's defaults.
fn options(row: &SubscriptionRow<'_>, major: u32) -> Options {
    let flag = |value: Option<bool>| value.map(|on| if on { "true" } else { "false" });
    // A Boolean until 15, then a letter.
    let streaming = row.streaming.map(|value| match value {
        "true" | "t" => "on",
        "p" => "parallel",
        _ => "off",
    });
    let all = [
        ("binary", flag(row.binary)),
        ("streaming", streaming),
        ("synchronous_commit", row.synchronous_commit),
        ("two_phase", flag(row.two_phase)),
        ("disable_on_error", flag(row.disable_on_error)),
        ("password_required", flag(row.password_required)),
        ("run_as_owner", flag(row.run_as_owner)),
        ("origin", row.origin),
        ("failover", flag(row.failover)),
    ];
    all.into_iter()
        .filter(|(name, value)| value.is_some() && *value != Subscription::usual(name, major))
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect()
}
