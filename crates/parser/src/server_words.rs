//! Messages in the words of the server: names in quotes, and without their schema where it leaves that out.
//!
//! Owns: how a message of the interpreter becomes PostgreSQL's. Never: what is refused.

/// Nouns that a name follows.
const NOUNS: &[&str] = &[
    "relation",
    "table",
    "column",
    "constraint",
    "policy",
    "type",
    "schema",
    "index",
    "sequence",
    "extension",
    "trigger",
    "rule",
    "publication",
    "subscription",
    "server",
    "view",
    "domain",
    "collation",
    "partition",
    "role",
    "savepoint",
];

/// Words after a noun that are no name.
const NO_NAMES: &[&str] = &[
    "of",
    "is",
    "does",
    "named",
    "key",
    "for",
    "has",
    "to",
    "in",
    "from",
    "must",
    "already",
    "object",
    "label",
    "only",
    "cannot",
    "trigger",
    "table",
    "constraint",
];

/// The message of a refusal and what else is to be said of it.
pub(crate) fn message(sqlstate: &str, text: &str, help: Option<String>) -> (String, Option<String>) {
    if sqlstate == "2BP01"
        && let Some((what, why)) = text.split_once(" because ")
    {
        let detail = match help {
            Some(help) => format!("{why}; {help}"),
            None => why.to_owned(),
        };
        return (format!("{} because other objects depend on it", dropped(what)), Some(detail));
    }
    (quoted(text), help)
}

/// `cannot drop column public.users.email` → `cannot drop column email of table users`.
fn dropped(text: &str) -> String {
    let Some(rest) = text.strip_prefix("cannot drop column ") else { return text.replace(" public.", " ") };
    match rest.rsplit_once('.') {
        Some((table, column)) => {
            let table = table.strip_prefix("public.").unwrap_or(table);
            format!("cannot drop column {column} of table {table}")
        }
        None => text.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    let there = text.contains("already exists") || text.contains(" of relation ");
    let mut out: Vec<String> = Vec::new();
    let mut before = "";
    for word in text.split(' ') {
        let is_name = NOUNS.contains(&before)
            && !NO_NAMES.contains(&word)
            && !word.is_empty()
            // What is in quotes alone is as the server says it.
            && !word.starts_with('"')
            && !word.contains(['(', '\'', '%']);
        if is_name {
            let (name, tail) = match word.strip_suffix([',', ':', ';']) {
                Some(name) => (name, word.get(name.len()..).unwrap_or_default()),
                None => (word, ""),
            };
            // The name itself may have dots, in quotes.
            let own = name
                .split_once(".\"")
                .map_or_else(|| name.rsplit('.').next().unwrap_or(name), |(_, own)| own);
            let name = if there { own } else { name };
            out.push(format!("\"{}\"{tail}", name.replace('"', "")));
        } else {
            out.push(word.to_owned());
        }
        before = word;
    }
    out.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_server_says_it() {
        for (ours, theirs) in [
            ("relation public.users already exists", "relation \"users\" already exists"),
            ("relation public.\"Users\" already exists", "relation \"Users\" already exists"),
            (
                "column \"a\" of relation public.\"T.x\" already exists",
                "column \"a\" of relation \"T.x\" already exists",
            ),
            ("relation s.\"Users\" does not exist", "relation \"s.Users\" does not exist"),
            ("relation s.users does not exist", "relation \"s.users\" does not exist"),
            ("column a of relation public.t already exists", "column \"a\" of relation \"t\" already exists"),
            (
                "constraint c for relation public.t already exists",
                "constraint \"c\" for relation \"t\" already exists",
            ),
            ("schema s does not exist", "schema \"s\" does not exist"),
            ("policy p for table public.t already exists", "policy \"p\" for table \"t\" already exists"),
            ("column \"b\" does not exist", "column \"b\" does not exist"),
            ("function f(integer) does not exist", "function f(integer) does not exist"),
        ] {
            assert_eq!(message("42P07", ours, None).0, theirs);
        }
        let (text, detail) =
            message("2BP01", "cannot drop column public.t.a because view public.v depends on it", None);
        assert_eq!(text, "cannot drop column a of table t because other objects depend on it");
        assert_eq!(detail.as_deref(), Some("view public.v depends on it"));
    }
}
