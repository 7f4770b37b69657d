//! The verdict on two definitions, with a memory for those that many objects share.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use trueup_catalog::{
    DataType, Expr, ExprContext, ExprScope, QualifiedName, Query, Routine, SearchPath, ViewColumn,
};

use crate::analyze::{Analyzer, Trouble};
use crate::canon::Node;
use crate::compare::{Comparison, compare};
use crate::world::World;

/// Whether two definitions mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// PostgreSQL stores them alike.
    Same,
    /// PostgreSQL stores them apart.
    Different,
    /// Rules can't tell, and why: a sentence without a full stop.
    CantTell(String),
}

/// Compares definitions of two sides.
pub struct Settler<'c> {
    /// The desired side.
    pub desired: World<'c>,
    /// The live side.
    pub live: World<'c>,
    memory: [RefCell<Memory>; 2],
}

type Analysed = Rc<Result<Node, Trouble>>;

/// Canonical forms by text, path and context.
type Memory = FxHashMap<MemoryKey, Analysed>;

#[derive(PartialEq, Eq, Hash)]
struct MemoryKey {
    sql: Arc<str>,
    path: SearchPath,
    scope: SmolStr,
    expected: Option<DataType>,
}

impl<'c> Settler<'c> {
    /// Compares what `desired` means with what `live` means.
    pub fn new(mut desired: World<'c>, mut live: World<'c>) -> Self {
        let keeps_syntax = desired.keeps_syntax && live.keeps_syntax;
        (desired.keeps_syntax, live.keeps_syntax) = (keeps_syntax, keeps_syntax);
        Settler { desired, live, memory: Default::default() }
    }

    /// Whether two expressions mean the same, each in its own context.
    pub fn expr(&self, desired: (&Expr, ExprContext<'_>), live: (&Expr, ExprContext<'_>)) -> Verdict {
        let left = self.canonical(0, &self.desired, desired.0, &desired.1);
        let right = self.canonical(1, &self.live, live.0, &live.1);
        match verdict(&left, &right) {
            // The same text over the same names is the same expression, read or not.
            Verdict::CantTell(_) if desired.0 == live.0 => Verdict::Same,
            // Perhaps only what it is about differs, as the type of a column: if PostgreSQL would store on the live side
            // what is there, or makes of what is there on the desired side what is wanted, the expression itself is no drift
            // of its own. The latter is what ALTER TABLE … TYPE leaves: it keeps a default as it was, and only coerces it
            // anew (`ATExecAlterColumnType` in src/backend/commands/tablecmds.c).
            Verdict::Different => {
                let there = || analyse(&self.live, desired.0, &live.1);
                let here = || analyse(&self.desired, live.0, &desired.1);
                if verdict(&there(), &right) == Verdict::Same || verdict(&left, &here()) == Verdict::Same {
                    Verdict::Same
                } else {
                    Verdict::Different
                }
            }
            open @ (Verdict::Same | Verdict::CantTell(_)) => open,
        }
    }

    fn canonical(&self, side: usize, world: &World<'_>, expr: &Expr, context: &ExprContext<'_>) -> Analysed {
        let key = MemoryKey {
            sql: expr.sql.clone(),
            path: expr.search_path.clone(),
            scope: scope_key(context),
            expected: context.expected.cloned(),
        };
        let memory = self.memory.get(side).unwrap_or(&self.memory[0]);
        if let Some(found) = memory.borrow().get(&key) {
            return found.clone();
        }
        let analysed = Rc::new(analyse(world, expr, context));
        memory.borrow_mut().insert(key, analysed.clone());
        analysed
    }

    /// Whether two queries mean the same, with the names given to their columns.
    pub fn query(&self, desired: (&Query, &[ViewColumn]), live: (&Query, &[ViewColumn])) -> Verdict {
        let read = |world, side: (&Query, &[ViewColumn])| crate::query::canonical(world, side.0, side.1);
        let (left, right) = (read(&self.desired, desired), read(&self.live, live));
        match (left, right) {
            (left @ Ok(_), right @ Ok(_)) => {
                let there = || read(&self.live, desired);
                self.across_versions(&left, &right, there, || read(&self.desired, live))
            }
            // The same text over the same names is the same query, read or not.
            (left, right) => {
                same_text(&desired.0.sql, &live.0.sql, &desired.0.search_path, &live.0.search_path)
                    .unwrap_or_else(|| verdict(&left, &right))
            }
        }
    }

    /// Whether the desired query is the live one but for columns that it adds at the end, which is what CREATE OR REPLACE VIEW allows
    /// (manual, "CREATE VIEW"). Same if so, and if nothing is added.
    pub fn view_only_gains_columns(
        &self,
        desired: (&Query, &[ViewColumn]),
        live: (&Query, &[ViewColumn]),
    ) -> Verdict {
        let left = crate::query::canonical(&self.desired, desired.0, desired.1);
        let right = crate::query::canonical(&self.live, live.0, live.1);
        match (left, right) {
            (Ok(left), Ok(right)) => match crate::query::first_columns(left, &right) {
                Some(left) => verdict(&Ok(left), &Ok(right)),
                None => Verdict::Different,
            },
            (left, right) => verdict(&left, &right),
        }
    }

    /// Whether two parsed SQL bodies mean the same.
    pub fn sql_body(&self, desired: (&Query, &Routine), live: (&Query, &Routine)) -> Verdict {
        let read = |world, side: (&Query, &Routine)| crate::body::routine(world, side.0, side.1);
        same_text(&desired.0.sql, &live.0.sql, &desired.0.search_path, &live.0.search_path).unwrap_or_else(
            || {
                let (left, right) = (read(&self.desired, desired), read(&self.live, live));
                let there = || read(&self.live, desired);
                self.across_versions(&left, &right, there, || read(&self.desired, live))
            },
        )
    }

    /// Whether two commands of rules mean the same, each on its table or view.
    pub fn rule_action(&self, desired: (&Query, &QualifiedName), live: (&Query, &QualifiedName)) -> Verdict {
        let read = |world, side: (&Query, &QualifiedName)| crate::body::rule_action(world, side.0, side.1);
        same_text(&desired.0.sql, &live.0.sql, &desired.0.search_path, &live.0.search_path).unwrap_or_else(
            || {
                let (left, right) = (read(&self.desired, desired), read(&self.live, live));
                let there = || read(&self.live, desired);
                self.across_versions(&left, &right, there, || read(&self.desired, live))
            },
        )
    }

    /// The verdict on two forms; where the sides are of different major versions and differ, on what either version makes of the
    /// other's text. A version can read the same words otherwise: since 14 `EXTRACT` is `extract`, which gives a `numeric`, and
    /// no longer `date_part` (release notes of 14), and `pg_constraint.coninhcount` became an `int2` in 17, so that what is compared
    /// with it has another operator. That is no drift: nobody changed anything.
    fn across_versions(
        &self,
        left: &Result<Node, Trouble>,
        right: &Result<Node, Trouble>,
        there: impl FnOnce() -> Result<Node, Trouble>,
        here: impl FnOnce() -> Result<Node, Trouble>,
    ) -> Verdict {
        match verdict(left, right) {
            Verdict::Different if !std::ptr::eq(self.desired.base, self.live.base) => {
                if verdict(&there(), right) == Verdict::Same || verdict(left, &here()) == Verdict::Same {
                    Verdict::Same
                } else {
                    Verdict::Different
                }
            }
            settled => settled,
        }
    }
}

fn same_text(left: &str, right: &str, left_path: &SearchPath, right_path: &SearchPath) -> Option<Verdict> {
    (left == right && left_path == right_path).then_some(Verdict::Same)
}

fn scope_key(context: &ExprContext<'_>) -> SmolStr {
    match context.scope {
        ExprScope::Nothing => SmolStr::default(),
        ExprScope::Relation(name) => SmolStr::from(format!("r{name}")),
        ExprScope::OldNew(name) => SmolStr::from(format!("t{name}")),
        ExprScope::Value(ty) => SmolStr::from(format!("v{ty}")),
        ExprScope::ViewColumn { view, column } => SmolStr::from(format!("c{column} {view}")),
        ExprScope::PartitionBound { parent, position } => SmolStr::from(format!("p{position}{parent}")),
    }
}

fn analyse(world: &World<'_>, expr: &Expr, context: &ExprContext<'_>) -> Result<Node, Trouble> {
    let parsed = trueup_syntax::parse_expr(&expr.sql).map_err(|error| Trouble::new(error.message))?;
    let mut analyzer = Analyzer::new(world, &expr.search_path);
    Ok(analyzer.in_context(&parsed, context)?.node)
}

fn verdict(left: &Result<Node, Trouble>, right: &Result<Node, Trouble>) -> Verdict {
    match (left, right) {
        (Ok(left), Ok(right)) => match compare(left, right) {
            Comparison::Same => Verdict::Same,
            Comparison::Different => Verdict::Different,
            Comparison::CantTell(why) => Verdict::CantTell(why.to_string()),
        },
        (Err(trouble), _) | (_, Err(trouble)) => Verdict::CantTell(trouble.0.clone()),
    }
}

impl World<'_> {
    /// Whether an expression calls a volatile function, so that its value is another for each row:
    /// then ADD COLUMN with it as default rewrites the table (manual, ALTER TABLE, notes). `None`
    /// where rules can't tell.
    pub fn is_volatile(&self, expr: &Expr, context: &ExprContext<'_>) -> Option<bool> {
        let parsed = trueup_syntax::parse_expr(&expr.sql).ok()?;
        let mut analyzer = Analyzer::new(self, &expr.search_path);
        let node = analyzer.in_context(&parsed, context).ok()?.node;
        match analyzer.volatile {
            Some(false) if node.is_open() => None,
            answer => answer,
        }
    }

    /// The canonical form of an expression, or why there is none, for people who debug.
    #[doc(hidden)]
    pub fn debug(&self, expr: &Expr, context: &ExprContext<'_>) -> String {
        match analyse(self, expr, context) {
            Ok(node) => node.to_string(),
            Err(trouble) => format!("no form: {}", trouble.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::Catalog;

    #[test]
    fn volatile_functions_make_an_expression_volatile() {
        let catalog = Catalog::default();
        let world = World::new(&catalog, 15, &[]);
        let uuid = DataType::builtin("uuid");
        let text = DataType::builtin("text");
        let ask =
            |sql: &str, ty: &DataType| world.is_volatile(&Expr::qualified(sql), &ExprContext::value_of(ty));
        assert_eq!(ask("gen_random_uuid()", &uuid), Some(true));
        assert_eq!(ask("md5(random()::text)", &text), Some(true));
        assert_eq!(ask("now()::text", &text), Some(false));
        assert_eq!(ask("CURRENT_USER", &text), Some(false));
        assert_eq!(ask("'a'", &text), Some(false));
        assert_eq!(ask("public.nobody_knows()", &text), None);
        assert_eq!(ask("a +", &text), None);
    }

    #[test]
    fn the_same_text_on_the_same_path_is_the_same_even_where_nothing_is_known() {
        let catalog = Catalog::default();
        let settler = Settler::new(World::new(&catalog, 15, &[]), World::new(&catalog, 15, &[]));
        let text = DataType::builtin("text");
        let context = ExprContext::value_of(&text);
        let settle =
            |a: &str, b: &str| settler.expr((&Expr::qualified(a), context), (&Expr::qualified(b), context));
        assert_eq!(settle("app.f(1)", "app.f(1)"), Verdict::Same);
        assert_eq!(settle("app.f(1)", "(app.f(1))"), Verdict::Same);
        assert!(matches!(settle("app.f(1)", "app.f(2)"), Verdict::CantTell(_)));
        assert!(matches!(settle("app.f(1)", "'x'"), Verdict::CantTell(_)));
        // Whatever the unknown part means, the rest differs.
        let bool = DataType::builtin("bool");
        let context = ExprContext::value_of(&bool);
        let settle =
            |a: &str, b: &str| settler.expr((&Expr::qualified(a), context), (&Expr::qualified(b), context));
        assert_eq!(settle("app.f(1) and 1 > 2", "app.f(1) and 1 > 3"), Verdict::Different);
    }

    #[test]
    fn a_difference_of_types_alone_is_no_difference_of_the_expression() {
        let catalog = Catalog::default();
        let settler = Settler::new(World::new(&catalog, 15, &[]), World::new(&catalog, 15, &[]));
        let (text, varchar) = (DataType::builtin("text"), DataType::builtin("varchar"));
        let settle = |a: &str, b: &str| {
            let left = (&Expr::qualified(a), ExprContext::value_of(&text));
            settler.expr(left, (&Expr::qualified(b), ExprContext::value_of(&varchar)))
        };
        assert_eq!(settle("'a'", "'a'::character varying"), Verdict::Same);
        assert_eq!(settle("'a'", "'a'::text"), Verdict::Same);
        assert_eq!(settle("'a'", "'b'::character varying"), Verdict::Different);
        assert_eq!(settle("'a'", "'b'::text"), Verdict::Different);
    }

    #[test]
    fn what_another_version_reads_otherwise_is_no_drift() {
        let catalog = Catalog::default();
        let settle = |versions: (u32, u32), desired: &str, live: &str| {
            let worlds = (World::new(&catalog, versions.0, &[]), World::new(&catalog, versions.1, &[]));
            let query = |sql: &str| Query { sql: sql.into(), search_path: SearchPath::from([]) };
            Settler::new(worlds.0, worlds.1).query((&query(desired), &[]), (&query(live), &[]))
        };
        let inherited = "SELECT coninhcount > 0 FROM pg_constraint";
        assert_eq!(settle((13, 18), inherited, inherited), Verdict::Same);
        assert_eq!(settle((18, 13), inherited, inherited), Verdict::Same);
        let other = "SELECT coninhcount > 1 FROM pg_constraint";
        assert_eq!(settle((13, 18), inherited, other), Verdict::Different);
        let (old, new) = ("SELECT date_part('year', now())", "SELECT EXTRACT(year FROM now())");
        assert_eq!(settle((13, 18), old, new), Verdict::Same);
        assert_eq!(settle((18, 13), new, old), Verdict::Same);
        // On one version they are two functions.
        assert_eq!(settle((18, 18), old, new), Verdict::Different);
    }

    #[test]
    fn deep_expressions_need_no_deep_stack() {
        let catalog = Catalog::default();
        let settler = Settler::new(World::new(&catalog, 15, &[]), World::new(&catalog, 15, &[]));
        let text = DataType::builtin("text");
        let context = ExprContext::value_of(&text);
        let chain = |last: &str| vec!["'a'"; 1_400].join(" || ") + " || " + last;
        let nested = |last: &str| "coalesce(".repeat(700) + last + &")".repeat(700);
        let cases = |last: &str| "CASE WHEN true THEN ".repeat(400) + last + &" END".repeat(400);
        for make in [&chain as &dyn Fn(&str) -> String, &nested, &cases] {
            let (one, other) = (Expr::qualified(make("'x'")), Expr::qualified(make("'y'")));
            assert_eq!(settler.expr((&one, context), (&one, context)), Verdict::Same);
            assert_eq!(settler.expr((&one, context), (&other, context)), Verdict::Different);
        }
    }
}
