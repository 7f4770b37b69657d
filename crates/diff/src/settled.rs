//! Questions that rules leave to a server, and what it answered.
//!
//! Rules are sure when they find two definitions the same. Where they find a difference in an expression, a query or a
//! body, or can't tell, there is a *question*: the same comparison is made again with the *answers*, so that folding,
//! codes and counts come out as if rules had known.

use crate::value;
use std::collections::BTreeMap;
use trueup_catalog::{
    Catalog, Expr, ExprContext, ObjectKey, QualifiedName, Query, Routine, SchemaObject, Source, Value,
    ViewColumn,
};
use trueup_settle::{Settler, Verdict};

/// An attribute of an object on both sides that rules did not find the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The object.
    pub key: ObjectKey,
    /// The attribute, as in `Attribute::name`.
    pub attribute: String,
}

/// What a server says to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// PostgreSQL stores both alike.
    Same,
    /// It stores them apart.
    Different,
    /// It could not be asked: why, as a clause.
    Open(String),
}

/// Answers by question.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<Question, Answer>);

impl Answers {
    /// Keeps an answer; a later one to the same question takes its place.
    pub fn insert(&mut self, question: Question, answer: Answer) {
        self.0.insert(question, answer);
    }

    /// The answer to a question.
    pub fn get(&self, question: &Question) -> Option<&Answer> {
        self.0.get(question)
    }

    /// Every question with its answer.
    pub fn iter(&self) -> impl Iterator<Item = (&Question, &Answer)> {
        self.0.iter()
    }

    /// Takes in the answers of another.
    pub fn extend(&mut self, other: Answers) {
        self.0.extend(other.0);
    }
}

/// Who says whether two definitions are the same.
pub(crate) trait Judge {
    fn expr(&self, desired: (&Expr, ExprContext<'_>), live: (&Expr, ExprContext<'_>)) -> Verdict;
    fn query(&self, desired: (&Query, &[ViewColumn]), live: (&Query, &[ViewColumn])) -> Verdict;
    fn sql_body(&self, desired: (&Query, &Routine), live: (&Query, &Routine)) -> Verdict;
    fn rule_action(&self, desired: (&Query, &QualifiedName), live: (&Query, &QualifiedName)) -> Verdict;
}

impl Judge for Settler<'_> {
    fn expr(&self, desired: (&Expr, ExprContext<'_>), live: (&Expr, ExprContext<'_>)) -> Verdict {
        Settler::expr(self, desired, live)
    }

    fn query(&self, desired: (&Query, &[ViewColumn]), live: (&Query, &[ViewColumn])) -> Verdict {
        Settler::query(self, desired, live)
    }

    fn sql_body(&self, desired: (&Query, &Routine), live: (&Query, &Routine)) -> Verdict {
        Settler::sql_body(self, desired, live)
    }

    fn rule_action(&self, desired: (&Query, &QualifiedName), live: (&Query, &QualifiedName)) -> Verdict {
        Settler::rule_action(self, desired, live)
    }
}

/// Compares what one server printed with an empty search path: there the same text is the same definition.
struct Printed;

impl Printed {
    fn text(desired: &str, live: &str) -> Verdict {
        if desired == live { Verdict::Same } else { Verdict::Different }
    }
}

impl Judge for Printed {
    fn expr(&self, desired: (&Expr, ExprContext<'_>), live: (&Expr, ExprContext<'_>)) -> Verdict {
        Printed::text(&desired.0.sql, &live.0.sql)
    }

    fn query(&self, desired: (&Query, &[ViewColumn]), live: (&Query, &[ViewColumn])) -> Verdict {
        let names = |columns: &[ViewColumn]| columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        if names(desired.1) == names(live.1) {
            Printed::text(&desired.0.sql, &live.0.sql)
        } else {
            Verdict::Different
        }
    }

    fn sql_body(&self, desired: (&Query, &Routine), live: (&Query, &Routine)) -> Verdict {
        Printed::text(&desired.0.sql, &live.0.sql)
    }

    fn rule_action(&self, desired: (&Query, &QualifiedName), live: (&Query, &QualifiedName)) -> Verdict {
        Printed::text(&desired.0.sql, &live.0.sql)
    }
}

/// Whether two catalogs that servers printed with an empty search path hold the attribute alike, letter by letter. `None`
/// where one of them lacks the object.
pub fn printed_alike(question: &Question, desired: &Catalog, live: &Catalog) -> Option<bool> {
    ask(question, desired, live, &Printed)
}

/// Whether two values of one attribute are printed alike, where [`one_printer`] holds.
pub(crate) fn printed_values_alike(desired: &Value<'_>, live: &Value<'_>) -> bool {
    value::compare(desired, live, &Printed) == Verdict::Same
}

/// Whether servers of one version printed both catalogs. Readers print with an empty search path, so that every name
/// but those of `pg_catalog` has its schema and the same text means the same.
pub(crate) fn one_printer(desired: &Catalog, live: &Catalog) -> bool {
    let printed = |catalog: &Catalog| match catalog.origin.source {
        Source::PgCatalog | Source::InformationSchema => catalog.major_version(),
        Source::Sql => None,
    };
    printed(desired).is_some_and(|major| printed(live) == Some(major))
}

/// Whether rules find the attribute the same in two catalogs; `settler` must be made from them.
pub fn rules_alike(
    question: &Question,
    desired: &Catalog,
    live: &Catalog,
    settler: &Settler<'_>,
) -> Option<bool> {
    ask(question, desired, live, settler)
}

fn ask(question: &Question, desired: &Catalog, live: &Catalog, judge: &impl Judge) -> Option<bool> {
    let (d, l) = (desired.get(&question.key)?, live.get(&question.key)?);
    let (d, l) = (d.object.attributes(), l.object.attributes());
    let absent = &Value::Absent;
    let left = d.iter().find(|a| a.name == question.attribute).map_or(absent, |a| &a.value);
    let right = l.iter().find(|a| a.name == question.attribute).map_or(absent, |a| &a.value);
    Some(value::compare(left, right, judge) == Verdict::Same)
}
