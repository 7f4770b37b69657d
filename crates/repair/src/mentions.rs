//! Which names a text mentions, by its tokens: enough to put statements in order.
//!
//! It may see too much (a column that is called like a table) and never decides what a name
//! means: an order that is stricter than needed does no harm.

use trueup_catalog::Name;
use trueup_syntax::{Token, TokenKind, ident_value, string_value, tokenize};

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mention {
    /// Its parts as written: `["public", "users"]`, at most three.
    pub parts: Vec<Name>,
    /// Whether an opening parenthesis follows.
    pub call: bool,
}

/// The names in a text, each once. A text that is no SQL (the source of a routine in another
/// language) has none.
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    collect(text, true, &mut found);
    found.sort();
    found.dedup();
    found
}

/// Whether the text mentions this bare name, as any part of a name.
pub(crate) fn mentions_name(text: &str, name: &Name) -> bool {
    mentions(text).iter().any(|m| m.parts.contains(name))
}

fn collect(text: &str, strings: bool, found: &mut Vec<Mention>) {
    let Ok(tokens) = tokenize(text) else { return };
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        let Some(first) = identifier(token, text) else {
            // 'public.users_id_seq'::regclass
            if strings
                && token.is_string()
                && let Ok(Some(value)) = string_value(token, text, None)
                && value.len() <= 200
                && !value.contains(char::is_whitespace)
            {
                collect(&value, false, found);
            }
            continue;
        };
        let mut parts = vec![first];
        while tokens.next_if(|t| t.kind == TokenKind::Dot).is_some() {
            match tokens.next_if(|t| identifier(t, text).is_some()).and_then(|t| identifier(t, text)) {
                Some(part) => parts.push(part),
                None => break,
            }
        }
        let call = tokens.peek().is_some_and(|t| t.kind == TokenKind::LParen);
        found.push(Mention { parts, call });
    }
}

fn identifier(token: &Token, text: &str) -> Option<Name> {
    match token.kind {
        TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent => {
            ident_value(token, text, None).ok().flatten().map(Name::new)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        mentions(text)
            .iter()
            .map(|m| {
                let parts: Vec<_> = m.parts.iter().map(|p| p.as_str()).collect();
                format!("{}{}", parts.join("."), if m.call { "()" } else { "" })
            })
            .collect()
    }

    #[test]
    fn names_calls_and_regclass_strings() {
        assert_eq!(
            shown("SELECT u.id FROM Public.\"Users\" u WHERE f(x) > nextval('public.s'::regclass)"),
            [
                "f()",
                "from",
                "nextval()",
                "public.Users",
                "public.s",
                "regclass",
                "select",
                "u",
                "u.id",
                "where",
                "x"
            ]
        );
    }

    #[test]
    fn what_is_no_sql_mentions_nothing() {
        assert!(mentions("it's python").is_empty());
        assert!(mentions_name("a.b = 'x y'", &"b".into()));
        assert!(!mentions_name("a.b = 'c d'", &"c".into()));
    }
}
