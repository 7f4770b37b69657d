//! `CREATE RULE`, as people write it and as `pg_get_ruledef` prints it.
//!
//! Owns: where the parts of a rule begin and end. Never: what they mean.

use crate::{Cursor, Slice, SyntaxError, TokenKind, WrittenName};
use trueup_catalog::{Name, RuleEvent};

/// A rule's parts.
#[derive(Clone, Debug)]
pub struct RuleText<'a> {
    /// Its name.
    pub name: Name,
    /// `ON`.
    pub event: RuleEvent,
    /// The table or view.
    pub table: WrittenName,
    /// `WHERE`.
    pub condition: Option<Slice<'a>>,
    /// `INSTEAD`.
    pub instead: bool,
    /// The commands; empty for `NOTHING`.
    pub actions: Vec<Slice<'a>>,
}

/// Reads what follows `CREATE [OR REPLACE] RULE` (`RuleStmt` in gram.y).
///
/// # Errors
/// Where the text is no rule.
pub fn rule<'a>(c: &mut Cursor<'a>) -> Result<RuleText<'a>, SyntaxError> {
    let name = c.name()?;
    c.expect_words("as on")?;
    let event = match c.accept_any(&["select", "insert", "update", "delete"]) {
        Some("select") => RuleEvent::Select,
        Some("insert") => RuleEvent::Insert,
        Some("update") => RuleEvent::Update,
        Some(_) => RuleEvent::Delete,
        None => return Err(c.expected("SELECT, INSERT, UPDATE or DELETE")),
    };
    c.expect("to")?;
    let table = c.qualified_name()?;
    let condition = if c.accept("where") { Some(c.expr()?) } else { None };
    c.expect("do")?;
    let instead = c.accept("instead");
    if !instead {
        c.accept("also");
    }
    let mut actions = Vec::new();
    if c.accept("nothing") {
        return Ok(RuleText { name, event, table, condition, instead, actions });
    }
    if !(c.is(TokenKind::LParen) && is_list(c)) {
        if let Some(action) = command(c, false) {
            actions.push(action);
        }
        if actions.is_empty() {
            return Err(c.expected("a command"));
        }
        return Ok(RuleText { name, event, table, condition, instead, actions });
    }
    c.expect_kind(TokenKind::LParen)?;
    loop {
        while c.accept_kind(TokenKind::Semicolon) {}
        if c.accept_kind(TokenKind::RParen) {
            break;
        }
        match command(c, true) {
            Some(action) => actions.push(action),
            None => return Err(c.expected("a command")),
        }
    }
    Ok(RuleText { name, event, table, condition, instead, actions })
}

/// Whether the parenthesis holds commands; a query may itself begin with one: `DO INSTEAD (SELECT 1) UNION …`.
fn is_list(c: &Cursor<'_>) -> bool {
    let mut ahead = c.clone();
    ahead.skip_balanced_parens().is_ok() && (ahead.at_end() || ahead.is(TokenKind::Semicolon))
}

/// Everything up to the semicolon or parenthesis that ends the command.
fn command<'a>(c: &mut Cursor<'a>, listed: bool) -> Option<Slice<'a>> {
    let mark = c.mark();
    let mut depth = 0_usize;
    while let Some(token) = c.peek() {
        match token.kind {
            TokenKind::LParen => depth += 1,
            TokenKind::RParen if depth == 0 && listed => break,
            TokenKind::RParen => depth = depth.saturating_sub(1),
            TokenKind::Semicolon if depth == 0 => break,
            _ => {}
        }
        c.next_token();
    }
    (c.mark() > mark).then(|| c.since(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Option<String>, bool, Vec<String>) {
        let mut cursor = Cursor::of(text).unwrap();
        let rule = rule(&mut cursor).unwrap();
        cursor.accept_kind(TokenKind::Semicolon);
        assert!(cursor.at_end(), "{text}");
        (
            rule.table.to_string(),
            rule.condition.map(|c| c.text.to_owned()),
            rule.instead,
            rule.actions.iter().map(|a| a.text.to_owned()).collect(),
        )
    }

    #[test]
    fn a_rule_falls_into_its_parts() {
        assert_eq!(read("r AS ON DELETE TO t DO INSTEAD NOTHING"), ("t".into(), None, true, vec![]));
        let (_, condition, instead, actions) = read(
            "r AS\n    ON UPDATE TO public.t\n   WHERE (old.a <> new.a) DO  INSERT INTO l (a)\n  VALUES (new.a);",
        );
        assert_eq!(condition.as_deref(), Some("(old.a <> new.a)"));
        assert!(!instead);
        assert_eq!(actions, ["INSERT INTO l (a)\n  VALUES (new.a)"]);
        let (_, _, _, actions) =
            read("r AS ON INSERT TO t DO ALSO (INSERT INTO l VALUES (1); NOTIFY x;\n DELETE FROM m;)");
        assert_eq!(actions, ["INSERT INTO l VALUES (1)", "NOTIFY x", "DELETE FROM m"]);
        let (_, _, _, actions) = read("r AS ON SELECT TO t DO INSTEAD (SELECT 1) UNION SELECT 2");
        assert_eq!(actions, ["(SELECT 1) UNION SELECT 2"]);
    }
}
