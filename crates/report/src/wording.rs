//! The sentences of findings: what their titles say, and what an attribute is called.

use trueup_catalog::ObjectKind;
use trueup_diff::{Change, Code, Drift, Undecided, What};

/// `column public.users.email has another type`.
pub(crate) fn title(drift: &Drift) -> String {
    format!("{} {} {}", drift.key.kind, drift.key, predicate(drift))
}

/// What could not be compared, in a sentence.
pub(crate) fn undecided_title(undecided: &Undecided) -> String {
    match undecided.code {
        Code::U103 => format!("{} can't be told equal or different", undecided.what),
        _ if undecided.reason.is_empty() => {
            format!("{}: {}", undecided.what, undecided.code.title().to_lowercase())
        }
        // The reason speaks of the statement by itself.
        _ if undecided.what.is_empty() || undecided.what.ends_with("statement") => undecided.reason.clone(),
        _ => format!("{}: {}", undecided.what, undecided.reason),
    }
}

/// What the title says of the object; the database is its subject: `is missing`.
pub(crate) fn predicate(drift: &Drift) -> String {
    match drift.what {
        What::Missing => return "is missing".to_owned(),
        What::Unexpected => return "is unexpected".to_owned(),
        What::Changed => {}
    }
    let change = |name: &str| drift.changes.iter().find(|c| c.attribute == name);
    let live_is = |name: &str, value: &str| change(name).is_some_and(|c| c.live.as_deref() == Some(value));
    let none_live = !drift.changes.is_empty() && drift.changes.iter().all(|c| c.live.is_none());
    let none_desired = !drift.changes.is_empty() && drift.changes.iter().all(|c| c.desired.is_none());
    let noun = |noun: &str| {
        let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        if none_live {
            format!("lacks {article} {noun}")
        } else if none_desired {
            format!("has {article} {noun} that is not desired")
        } else {
            format!("has another {noun}")
        }
    };
    match drift.code {
        Code::D103 => match drift.changes.first().and_then(|c| c.live.as_deref()) {
            Some(live) => format!("looks renamed: the database calls it {live}"),
            None => "looks renamed".to_owned(),
        },
        Code::D201 => "has another type".to_owned(),
        Code::D202 if live_is("not_null", "no") => "allows NULL".to_owned(),
        Code::D202 if live_is("not_null", "yes") => "does not allow NULL".to_owned(),
        Code::D202 if live_is("not_null_not_valid", "yes") => {
            "has a NOT NULL that was not validated".to_owned()
        }
        Code::D202 => "has another NOT NULL".to_owned(),
        Code::D203 => noun("default"),
        Code::D204 => noun("generation expression"),
        Code::D205 => noun("collation"),
        Code::D206 => noun("identity"),
        Code::D212 if live_is("validated", "yes") => "is validated already".to_owned(),
        Code::D212 => "is not validated".to_owned(),
        Code::D222 if live_is("valid", "no") => "is invalid".to_owned(),
        Code::D222 => "is valid on the live side only".to_owned(),
        Code::D231 => "has another query".to_owned(),
        Code::D232 => match drift.changes.as_slice() {
            [Change { text: true, .. }] => "has another body".to_owned(),
            _ => "has another definition".to_owned(),
        },
        Code::D234 => match drift.changes.first().map(|c| c.attribute.as_str()) {
            Some("inherits") => "inherits from other tables".to_owned(),
            Some("of_type") => "has another row type".to_owned(),
            _ => "is partitioned differently".to_owned(),
        },
        Code::D241 => "has other labels".to_owned(),
        Code::D252 => match change("enabled").and_then(|c| c.live.as_deref()) {
            Some(state)
                if state.eq_ignore_ascii_case("disable") || state.eq_ignore_ascii_case("disabled") =>
            {
                "is disabled".to_owned()
            }
            _ => "is enabled differently".to_owned(),
        },
        Code::D262 if live_is("row_security", "no") => "has row security switched off".to_owned(),
        Code::D262 if live_is("row_security", "yes") => "has row security switched on".to_owned(),
        Code::D262 => "has row security switched differently for its owner".to_owned(),
        Code::D271 => noun("owner"),
        Code::D272 if none_live => "lacks privileges".to_owned(),
        Code::D272 if none_desired => "has privileges that are not desired".to_owned(),
        Code::D272 => "has other privileges".to_owned(),
        Code::D273 => "is labelled differently".to_owned(),
        Code::D281 => noun("comment"),
        Code::D282 => match drift.changes.as_slice() {
            [change] => noun(&attribute(&change.attribute)),
            _ => "has other options".to_owned(),
        },
        Code::D283 => "is logged on one side only".to_owned(),
        Code::D291 => "lacks rows".to_owned(),
        Code::D292 => "has rows with other values".to_owned(),
        Code::D243 => match drift.changes.as_slice() {
            [change] if change.attribute == "members" => "has members that someone changed".to_owned(),
            [change] => noun(&attribute(&change.attribute)),
            _ => "differs".to_owned(),
        },
        Code::D101
        | Code::D102
        | Code::D211
        | Code::D221
        | Code::D233
        | Code::D242
        | Code::D244
        | Code::D245
        | Code::D246
        | Code::D247
        | Code::D248
        | Code::D253
        | Code::D251
        | Code::D261
        | Code::S101
        | Code::S102
        | Code::S103
        | Code::S104
        | Code::S105
        | Code::H103
        | Code::H104
        | Code::H105
        | Code::H106
        | Code::H107
        | Code::H108
        | Code::H109
        | Code::H110
        | Code::H111
        | Code::H112
        | Code::H113
        | Code::H114
        | Code::H115
        | Code::P101
        | Code::P102
        | Code::P103
        | Code::P104
        | Code::P105
        | Code::P106
        | Code::P107
        | Code::U101
        | Code::U102
        | Code::U103
        | Code::U104
        | Code::X101
        | Code::X102
        | Code::X103
        | Code::X104
        | Code::G101
        | Code::G102
        | Code::G103
        | Code::G104
        | Code::M101
        | Code::M102
        | Code::M103
        | Code::M104
        | Code::M105
        | Code::M106
        | Code::M107
        | Code::M108
        | Code::M109
        | Code::M110
        | Code::M111
        | Code::M112
        | Code::M113
        | Code::M114
        | Code::M115
        | Code::M116
        | Code::M117
        | Code::M118
        | Code::M119
        | Code::X106
        | Code::X105 => "is defined differently".to_owned(),
    }
}

/// Whether the title (or, for what could not be told, its first words) already says which
/// attribute it is about.
pub(crate) fn title_says(code: Code, attribute: &str) -> bool {
    match code {
        Code::D103 => attribute == "name",
        Code::D201 => attribute == "data_type",
        Code::D202 => attribute.starts_with("not_null"),
        Code::D203 => attribute == "default",
        Code::D204 => attribute == "generated_expression",
        Code::D205 => attribute == "collation",
        Code::D212 => attribute == "validated",
        Code::D222 => attribute == "valid",
        Code::D231 => attribute == "query",
        Code::D241 => attribute == "labels",
        Code::D252 => attribute == "enabled",
        Code::D262 => attribute == "row_security",
        Code::D271 => attribute == "owner",
        Code::D272 => attribute == "privileges",
        Code::D281 => attribute == "comment",
        Code::D283 => attribute == "persistence",
        // One attribute is named in the title; of several each is named on its line.
        Code::D243 | Code::D282 | Code::U103 => true,
        Code::D101
        | Code::D102
        | Code::D291
        | Code::D292
        | Code::D206
        | Code::D211
        | Code::D221
        | Code::D232
        | Code::D233
        | Code::D234
        | Code::D242
        | Code::D244
        | Code::D245
        | Code::D246
        | Code::D247
        | Code::D248
        | Code::D253
        | Code::D273
        | Code::D251
        | Code::D261
        | Code::S101
        | Code::S102
        | Code::S103
        | Code::S104
        | Code::S105
        | Code::H103
        | Code::H104
        | Code::H105
        | Code::H106
        | Code::H107
        | Code::H108
        | Code::H109
        | Code::H110
        | Code::H111
        | Code::H112
        | Code::H113
        | Code::H114
        | Code::H115
        | Code::P101
        | Code::P102
        | Code::P103
        | Code::P104
        | Code::P105
        | Code::P106
        | Code::P107
        | Code::U101
        | Code::U102
        | Code::U104
        | Code::X101
        | Code::X102
        | Code::X103
        | Code::X104
        | Code::G101
        | Code::G102
        | Code::G103
        | Code::G104
        | Code::M101
        | Code::M102
        | Code::M103
        | Code::M104
        | Code::M105
        | Code::M106
        | Code::M107
        | Code::M108
        | Code::M109
        | Code::M110
        | Code::M111
        | Code::M112
        | Code::M113
        | Code::M114
        | Code::M115
        | Code::M116
        | Code::M117
        | Code::M118
        | Code::M119
        | Code::X106
        | Code::X105 => false,
    }
}

/// `on_delete` → `on delete`, `options.autovacuum_enabled` → `autovacuum_enabled`: an option is called what DDL calls it.
pub(crate) fn attribute(name: &str) -> String {
    // A row is named by its key.
    if name.starts_with("row ") {
        return name.to_owned();
    }
    match name.split_once('.') {
        Some(("security_label", provider)) => format!("label of {provider}"),
        Some(("options", option)) => option.to_owned(),
        Some(("foreign_options", option)) => format!("option {option}"),
        Some(_) | None => name.replace('_', " "),
    }
}

/// What is drawn under the caret.
pub(crate) fn caret(what: What) -> &'static str {
    match what {
        What::Missing | What::Changed => "desired",
        What::Unexpected => "live",
    }
}

/// The name of a kind for a count of several: `column`, `composite type`.
pub(crate) fn kind(kind: ObjectKind) -> &'static str {
    kind.word()
}
