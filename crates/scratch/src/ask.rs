//! Asks a server the questions that rules left open.
//!
//! Each side is created and read back. PostgreSQL's printed form is not always what it prints for that form in turn (a cast
//! moves into an array's elements, say), and a live definition was printed once already: so each side is written back once
//! more where the first forms differ, and any two forms that are alike settle it. Printed with an empty search path by one
//! server, the same text means the same.

use crate::Error;
use crate::closure::{Names, transplant};
use crate::create::{Created, create};
use crate::server::Server;
use rustc_hash::FxHashSet;
use trueup_catalog::{Ambient, Catalog, ObjectKey, SchemaObject, Value};
use trueup_diff::{Answer, Answers, Question, printed_alike, rules_alike};
use trueup_settle::{Settler, World};
use trueup_syntax::{string_value, tokenize};

/// Both catalogs, as they were compared.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// What the code wants.
    pub desired: &'a Catalog,
    /// What the database has.
    pub live: &'a Catalog,
}

impl<'a> Sides<'a> {
    pub(crate) fn ambients(&self) -> [&'a Ambient; 2] {
        [&self.desired.ambient, &self.live.ambient]
    }

    /// The version that a private server should have: that of the database, else what the files are meant for.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.live.major_version().or(self.desired.major_version()).unwrap_or(18)
    }
}

/// The answers to the questions. A question that can't be asked is answered with the reason.
///
/// # Errors
/// When the server goes away or lets no database be made.
pub async fn settle(server: &Server, sides: Sides<'_>, questions: &[Question]) -> Result<Answers, Error> {
    let begun = std::time::Instant::now();
    let mut answers = Answers::default();
    if questions.is_empty() {
        return Ok(answers);
    }
    let all: Vec<&Question> = questions.iter().collect();
    let keys = keys(&all);
    let desired = Names::new(sides.desired, sides.ambients());
    let live = Names::new(sides.live, sides.ambients());
    let (first_desired, first_live) =
        futures_util::future::join(made(server, &desired, &keys), made(server, &live, &keys)).await;
    let mut forms = Forms { desired: vec![first_desired?], live: vec![first_live?] };
    let open: Vec<&Question> =
        all.into_iter().filter(|q| !forms.settle(q, sides.live, &mut answers)).collect();
    if !open.is_empty() {
        forms.again(server, sides, &open).await?;
        for question in open {
            if !forms.settle(question, sides.live, &mut answers) {
                let answer = match forms.verdict(question) {
                    Answer::Different if depends_on_the_moment(sides.desired, question) => Answer::Open(
                        "its value is fixed at the moment of its creation ('now', 'today', …)".to_owned(),
                    ),
                    answer => answer,
                };
                answers.insert(question.clone(), answer);
            }
        }
    }
    tracing::debug!(questions = questions.len(), ms = begun.elapsed().as_millis(), "settled with a server");
    Ok(answers)
}

fn keys(questions: &[&Question]) -> FxHashSet<ObjectKey> {
    questions.iter().map(|question| question.key.clone()).collect()
}

/// What the objects need, created; with everything else, if that was too little.
async fn made(server: &Server, names: &Names<'_>, keys: &FxHashSet<ObjectKey>) -> Result<Created, Error> {
    let closure = names.closure(keys);
    let created = create(server, &closure).await?;
    let complete = keys.iter().all(|key| created.catalog.contains(key) || !closure.contains(key));
    let whole = names.everything(keys);
    if complete || !created.may_lack() || whole.len() == closure.len() {
        return Ok(created);
    }
    tracing::debug!(objects = closure.len(), of = whole.len(), "too few objects: trying with all of them");
    let all = create(server, &whole).await?;
    let made = |created: &Created| keys.iter().filter(|key| created.catalog.contains(key)).count();
    Ok(if made(&all) >= made(&created) { all } else { created })
}

/// Every form in which a server printed the two sides.
struct Forms {
    desired: Vec<Created>,
    live: Vec<Created>,
}

impl Forms {
    /// Answers the question if any two forms are alike.
    fn settle(&self, question: &Question, given: &Catalog, answers: &mut Answers) -> bool {
        // The live definition as it was read is a printed form as well, if a server printed it.
        let given = (given.origin.source == trueup_catalog::Source::PgCatalog).then_some(given);
        let live: Vec<&Catalog> = given.into_iter().chain(self.live.iter().map(|c| &c.catalog)).collect();
        let same = self.desired.iter().any(|d| {
            live.iter().any(|l| {
                printed_alike(question, &d.catalog, l).unwrap_or(false) || by_rules(question, &d.catalog, l)
            })
        });
        if same {
            answers.insert(question.clone(), Answer::Same);
        }
        same
    }

    /// A second form of each side, and the desired definitions on the live side's tables: where only what an expression is
    /// about differs, that is a finding of its own and the expression is none.
    async fn again(&mut self, server: &Server, sides: Sides<'_>, open: &[&Question]) -> Result<(), Error> {
        let keys = keys(open);
        let mut mixed = sides.live.clone();
        for question in open {
            if let Some(entry) = sides.desired.get(&question.key) {
                transplant(&mut mixed, entry, &question.key);
            }
        }
        let second = |created: Option<&Created>| {
            let catalog = created.map(|c| c.catalog.clone()).unwrap_or_default();
            let keys = &keys;
            async move {
                let names = Names::new(&catalog, sides.ambients());
                create(server, &names.closure(keys)).await
            }
        };
        let names = Names::new(&mixed, sides.ambients());
        let (desired, live, mixed) = futures_util::future::join3(
            second(self.desired.first()),
            second(self.live.first()),
            made(server, &names, &keys),
        )
        .await;
        self.desired.push(desired?);
        self.desired.push(mixed?);
        self.live.push(live?);
        Ok(())
    }

    /// No two forms are alike: that is a difference, if both sides have a form.
    fn verdict(&self, question: &Question) -> Answer {
        for (side, forms) in [("desired", &self.desired), ("live", &self.live)] {
            if let Some(first) = forms.first()
                && !first.catalog.contains(&question.key)
            {
                return Answer::Open(format!(
                    "the {side} definition can't be created on its own: {}",
                    first.why(&question.key)
                ));
            }
        }
        Answer::Different
    }
}

/// Whether the desired definition has a literal that becomes the time of its creation when it is read as a time: what was made
/// at another moment can't be compared (manual, 8.5.1.4 "Special Values").
fn depends_on_the_moment(desired: &Catalog, question: &Question) -> bool {
    let Some(entry) = desired.get(&question.key) else { return false };
    let attributes = entry.object.attributes();
    let value = attributes.iter().find(|attribute| attribute.name == question.attribute);
    value.is_some_and(|attribute| is_momentary(&attribute.value))
}

fn is_momentary(value: &Value<'_>) -> bool {
    match value {
        Value::Expr(expr, _) => has_moment(&expr.sql),
        Value::Query(query, _) | Value::SqlBody(query, _) | Value::RuleAction(query, _) => {
            has_moment(&query.sql)
        }
        Value::List(values) | Value::Set(values) => values.iter().any(is_momentary),
        Value::Record(fields) => fields.iter().any(|(_, value)| is_momentary(value)),
        Value::Absent
        | Value::Flag(_)
        | Value::Integer(_)
        | Value::Text(_)
        | Value::Name(_)
        | Value::Qualified(_)
        | Value::Names(_)
        | Value::Type(_)
        | Value::Labels(_)
        | Value::Options(_)
        | Value::Source(_) => false,
    }
}

/// The word may stand beside others, as in `'today 04:00'`.
fn has_moment(sql: &str) -> bool {
    let Ok(tokens) = tokenize(sql) else { return false };
    tokens.iter().filter(|token| token.is_string()).any(|token| {
        string_value(token, sql, None).ok().flatten().is_some_and(|text| {
            text.split(|c: char| !c.is_ascii_alphabetic()).any(|word| {
                ["now", "today", "tomorrow", "yesterday"]
                    .iter()
                    .any(|moment| word.eq_ignore_ascii_case(moment))
            })
        })
    })
}

/// Rules may know two printed forms for the same.
fn by_rules(question: &Question, desired: &Catalog, live: &Catalog) -> bool {
    let major = |catalog: &Catalog| catalog.major_version().unwrap_or(18);
    let settler = Settler::new(World::new(desired, major(desired), &[]), World::new(live, major(live), &[]));
    rules_alike(question, desired, live, &settler).unwrap_or(false)
}
