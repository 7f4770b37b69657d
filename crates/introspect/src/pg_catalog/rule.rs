//! Rewrite rules.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape, trigger};
use crate::session::{Answer, Letter, row};
use std::sync::Arc;
use trueup_catalog::{Expr, Name, QualifiedName, Query, Rule};
use trueup_syntax::{Cursor, RuleText};

row! {
    RuleRow { oid: u32, relation: u32, name: &'a str, enabled: Letter, definition: &'a str }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<RuleRow>(answer)? {
        let Some(relation) = names.own_relation(row.relation) else { continue };
        if names.is_part_left_out(class::RULE, row.oid) {
            continue;
        }
        match rule(&row, &relation.name) {
            Ok(rule) => out.add(rule, names.comment(class::RULE, row.oid, 0), None, None),
            Err(message) => {
                let object = format!("{}.{}", relation.name, Name::new(row.name));
                out.gaps.push(unmodeled("rule", &object, message));
            }
        }
    }
    Ok(())
}

fn rule(row: &RuleRow<'_>, table: &QualifiedName) -> Result<Rule, String> {
    let read = |text| -> Result<RuleText<'_>, trueup_syntax::SyntaxError> {
        let mut cursor = Cursor::of(text)?;
        cursor.expect_words("create rule")?;
        trueup_syntax::rule(&mut cursor)
    };
    let text = read(row.definition)
        .map_err(|error| format!("its definition could not be read: {}", error.message))?;
    Ok(Rule {
        table: table.clone(),
        name: Name::new(row.name),
        event: text.event,
        condition: text.condition.map(|slice| Expr::qualified(slice.text)),
        instead: text.instead,
        actions: text
            .actions
            .iter()
            .map(|slice| Query { sql: Arc::from(slice.text), search_path: Arc::from([]) })
            .collect(),
        enabled: trigger::enabled(row.enabled)?,
    })
}
