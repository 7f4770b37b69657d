//! Partitions and inheritance between tables that are there: ATTACH, DETACH, INHERIT, NO INHERIT, and what a partition gets from its
//! parent (`ATExecAttachPartition`, `CloneForeignKeyConstraints`, `AttachPartitionEnsureIndexes` in `tablecmds.c`).

use std::cmp::Ordering;
use std::ops::Range;

use trueup_catalog::{
    Column, Constraint, ConstraintBody, Expr, Index, IndexTarget, Name, ObjectKey, ObjectKind,
    PartitionBound, PartitionOf, QualifiedName, RangeBound, quote_literal,
};

use super::table::heritable_checks;
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::store::{column_key, constraint_key};

/// Whether two bounds surely have a row in common.
fn overlap(one: &PartitionBound, other: &PartitionBound) -> bool {
    match (one, other) {
        (PartitionBound::Default, PartitionBound::Default) => true,
        (PartitionBound::List(a), PartitionBound::List(b)) => {
            a.iter().any(|x| b.iter().any(|y| constant(x) == constant(y)))
        }
        (PartitionBound::Range { from: a, to: b }, PartitionBound::Range { from: c, to: d }) => {
            // The first column decides unless its bounds are equal; then only equal bounds are told.
            let before = |low: &[RangeBound], high: &[RangeBound]| {
                let found =
                    low.iter().zip(high).map(|(l, h)| order(l, h)).find(|o| *o != Some(Ordering::Equal));
                matches!(found, Some(Some(Ordering::Less)))
            };
            before(a, d) && before(c, b)
        }
        (
            PartitionBound::Hash { modulus: m, remainder: r },
            PartitionBound::Hash { modulus: n, remainder: s },
        ) => {
            let smaller = (*m).min(*n).max(1);
            r % smaller == s % smaller
        }
        _ => false,
    }
}

/// A constant without its cast and quotes.
fn constant(expr: &Expr) -> String {
    let text = expr.sql.trim().trim_matches(['(', ')']);
    let text = text.split("::").next().unwrap_or(text).trim().trim_matches(['(', ')']);
    text.trim_matches('\'').to_owned()
}

/// The order of two bounds; `None` where it can't be told.
fn order(one: &RangeBound, other: &RangeBound) -> Option<Ordering> {
    match (one, other) {
        (RangeBound::MinValue, RangeBound::MinValue) | (RangeBound::MaxValue, RangeBound::MaxValue) => {
            Some(Ordering::Equal)
        }
        (RangeBound::MinValue, _) | (_, RangeBound::MaxValue) => Some(Ordering::Less),
        (RangeBound::MaxValue, _) | (_, RangeBound::MinValue) => Some(Ordering::Greater),
        (RangeBound::Value(a), RangeBound::Value(b)) => {
            let (a, b) = (constant(a), constant(b));
            match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => a.partial_cmp(&b),
                _ => moment(&a).zip(moment(&b)).map(|(a, b)| a.cmp(&b)),
            }
        }
    }
}

/// A date or a time without zone, so that texts sort as times do.
fn moment(text: &str) -> Option<String> {
    let date = text.get(..10)?;
    let shape = date
        .bytes()
        .enumerate()
        .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    let rest = text.get(10..)?.trim();
    let rest = rest.trim_end_matches("+00").trim_end_matches("+00:00").trim_matches('T');
    let midnight = rest.is_empty() || rest.trim_start_matches("00").trim_start_matches(':') == "00:00";
    shape.then(|| if midnight { date.to_owned() } else { format!("{date} {rest}") })
}

impl Interpreter<'_> {
    /// Gives a partition the counterparts of its parent's keys, indexes, foreign keys and row triggers.
    pub fn clone_to_partition(
        &mut self,
        parent: &QualifiedName,
        child: &QualifiedName,
        range: Range<usize>,
    ) -> Outcome {
        let constraints: Vec<Constraint> = self.constraints(parent).cloned().collect();
        for constraint in constraints.iter().filter(|c| c.has_index()) {
            self.clone_indexed(child, constraint, range.clone())?;
        }
        for index in self.indexes(parent) {
            self.clone_index(child, &index, range.clone());
        }
        for constraint in constraints.iter().filter(|c| matches!(c.body, ConstraintBody::ForeignKey(_))) {
            self.clone_foreign_key(child, constraint, range.clone());
        }
        super::trigger::clone_to_partition(self, parent, child);
        Ok(())
    }

    /// The indexes of a table or materialized view that are objects.
    pub fn indexes(&self, table: &QualifiedName) -> Vec<Index> {
        self.indexes_of(table).cloned().collect()
    }

    /// The same where they are, in the order of their names.
    pub fn indexes_of<'s>(&'s self, table: &QualifiedName) -> impl Iterator<Item = &'s Index> + use<'s> {
        let on_it = self.store.catalog().on_relation(ObjectKind::Index, table);
        on_it.filter_map(|(_, entry)| Index::of(&entry.object))
    }

    /// `ATTACH PARTITION`.
    ///
    /// # Errors
    /// 42809 and 42P17 when the tables don't fit, 42804 when columns are missing or of other types.
    pub fn attach_partition(
        &mut self,
        parent: &QualifiedName,
        child: &QualifiedName,
        bound: PartitionBound,
        range: Range<usize>,
    ) -> Outcome {
        let partitioned = self.store.catalog().table(parent).is_some_and(|t| t.partition_key.is_some());
        if !partitioned {
            return Err(Failure::refused("42809", format!("table {parent} is not partitioned")));
        }
        let taken = self
            .store
            .catalog()
            .table(child)
            .is_some_and(|t| t.partition_of.is_some() || !t.inherits.is_empty());
        if taken {
            return Err(Failure::refused(
                "42809",
                format!("{child} is already a partition or inherits from another table"),
            ));
        }
        self.adopt(parent, child, true)?;
        self.no_overlap(parent, child, &bound)?;
        self.edit_table(child, |table| {
            table.partition_of = Some(PartitionOf { parent: parent.clone(), bound })
        });
        self.clone_to_partition(parent, child, range)?;
        self.validate_parents(parent);
        Ok(())
    }

    /// Refuses a bound that another partition has as well, as far as constants tell (`check_new_partition_bound`).
    ///
    /// # Errors
    /// 42P17.
    pub fn no_overlap(
        &self,
        parent: &QualifiedName,
        child: &QualifiedName,
        bound: &PartitionBound,
    ) -> Outcome {
        if !self.is_strict() {
            return Ok(());
        }
        for other in self.store.children(parent) {
            let taken = self.store.catalog().table(other).and_then(|table| table.partition_of.as_ref());
            if other != child && taken.is_some_and(|of| of.parent == *parent && overlap(&of.bound, bound)) {
                let (new, old) = (child.name.as_str(), other.name.as_str());
                let message = match bound {
                    PartitionBound::Default => {
                        format!("partition \"{new}\" conflicts with existing default partition \"{old}\"")
                    }
                    _ => format!("partition \"{new}\" would overlap partition \"{old}\""),
                };
                return Err(Failure::refused("42P17", message));
            }
        }
        Ok(())
    }

    /// Marks a child's columns and checks as inherited (`MergeAttributesIntoExisting`, `MergeConstraintsIntoExisting`).
    pub fn adopt(&mut self, parent: &QualifiedName, child: &QualifiedName, partition: bool) -> Outcome {
        let parents: Vec<Column> = self.store.catalog().columns(parent).into_iter().cloned().collect();
        for column in &parents {
            let Some(own) = self.store.catalog().column(child, &column.name) else {
                return Err(Failure::refused(
                    "42804",
                    format!("child table {child} is missing column {}", column.name),
                ));
            };
            if !own.data_type.matches(&column.data_type) {
                return Err(Failure::refused(
                    "42804",
                    format!("child table {child} has a different type for column {}", column.name),
                ));
            }
            let not_null = column.not_null.as_ref().is_some_and(|n| !n.no_inherit);
            if not_null && own.not_null.is_none() {
                return Err(Failure::refused(
                    "42804",
                    format!("column {} in child table {child} must be marked NOT NULL", column.name),
                ));
            }
            if partition {
                let identity = column.identity.clone().filter(|_| self.major() >= 17);
                self.store.edit(&column_key(child, &column.name), |entry| {
                    if let Some(own) = Column::of_mut(&mut entry.object) {
                        own.inherited = true;
                        if identity.is_some() {
                            own.identity = identity;
                        }
                    }
                });
            }
        }
        for check in heritable_checks(self, parent) {
            let key = constraint_key(child, &check.name);
            if self.store.get(&key).is_none() {
                return Err(Failure::refused(
                    "42804",
                    format!("child table {child} is missing constraint {}", check.name),
                ));
            }
            if partition {
                self.set_inherited(&key, true);
            }
        }
        Ok(())
    }

    fn set_inherited(&mut self, key: &ObjectKey, inherited: bool) {
        self.store.edit(key, |entry| {
            if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                constraint.inherited = inherited;
            }
        });
    }

    /// `DETACH PARTITION`: what it had from its parent becomes its own; cloned triggers go.
    ///
    /// # Errors
    /// 42P01 when it is no partition of the table.
    pub fn detach_partition(&mut self, parent: &QualifiedName, child: &QualifiedName) -> Outcome {
        let is_child = self
            .store
            .catalog()
            .table(child)
            .and_then(|t| t.partition_of.as_ref())
            .is_some_and(|of| of.parent == *parent);
        if !is_child {
            return Err(Failure::undefined(
                "42P01",
                format!("relation {child} is not a partition of relation {parent}"),
            ));
        }
        self.edit_table(child, |table| table.partition_of = None);
        if self.major() >= 17 {
            self.forget_identities(child);
        }
        self.release(parent, child);
        let constraints: Vec<ObjectKey> =
            self.constraints(child).filter(|c| c.inherited).map(|c| constraint_key(child, &c.name)).collect();
        for key in constraints {
            self.set_inherited(&key, false);
        }
        for index in self.indexes(child).iter().filter(|i| i.attached_to.is_some()) {
            let key = ObjectKey::on_relation(ObjectKind::Index, child.clone(), index.name.clone());
            self.store.edit(&key, |entry| {
                if let Some(index) = Index::of_mut(&mut entry.object) {
                    index.attached_to = None;
                }
            });
        }
        super::trigger::drop_clones(self, child);
        Ok(())
    }

    /// `DETACH PARTITION … CONCURRENTLY` leaves a check of the bound behind (manual, ALTER TABLE; `DetachAddConstraintIfNeeded` in
    /// `tablecmds.c`), called as one without a name.
    pub fn keep_partition_constraint(
        &mut self,
        parent: &QualifiedName,
        child: &QualifiedName,
        range: Range<usize>,
    ) {
        let Some(bound) = self.store.catalog().table(child).and_then(|t| t.partition_of.clone()) else {
            return;
        };
        if bound.parent != *parent {
            return;
        }
        let Some((column, expr)) = self.partition_qual(&bound) else {
            let failure = Failure::not_understood(format!(
                "the check that stays behind on {child} can't be told from its bound"
            ))
            .help("write the check down with ALTER TABLE … ADD CONSTRAINT before it is detached");
            self.report(&failure, range);
            return;
        };
        let name = self.choose_constraint_name(
            &child.schema,
            child.name.as_str(),
            Some(column.as_str()),
            "check",
            &[],
        );
        self.insert_constraint(
            Constraint {
                table: child.clone(),
                name,
                body: ConstraintBody::Check { expr },
                deferrable: false,
                initially_deferred: false,
                validated: true,
                enforced: true,
                no_inherit: false,
                inherited: false,
            },
            range,
        );
    }

    /// The condition that a bound puts on rows (`get_qual_for_range`, `get_qual_for_list` in `partbounds.c`) of a table partitioned by one
    /// column that is no partition itself, and the column.
    fn partition_qual(&self, of: &PartitionOf) -> Option<(Name, Expr)> {
        let parent = self.store.catalog().table(&of.parent).filter(|t| t.partition_of.is_none())?;
        let [element] = parent.partition_key.as_ref()?.elements.as_slice() else { return None };
        let IndexTarget::Column(column) = &element.target else { return None };
        if element.collation.is_some() || element.operator_class.is_some() {
            return None;
        }
        let mut path = None;
        let mut conditions = vec![format!("{column} IS NOT NULL")];
        match &of.bound {
            PartitionBound::Range { from, to } => {
                for (bounds, operator) in [(from, ">="), (to, "<")] {
                    let [bound] = bounds.as_slice() else { return None };
                    if let RangeBound::Value(value) = bound {
                        conditions.push(format!("{column} {operator} ({})", value.sql));
                        path = Some(value.search_path.clone());
                    }
                }
            }
            PartitionBound::List(values) => {
                if values.iter().any(|value| value.sql.eq_ignore_ascii_case("null")) {
                    return None;
                }
                path = values.first().map(|value| value.search_path.clone());
                let list: Vec<&str> = values.iter().map(|value| &*value.sql).collect();
                match list.as_slice() {
                    [one] => conditions.push(format!("{column} = ({one})")),
                    list => {
                        // A constant of the array type, as the server folds it.
                        let elements = list.iter().map(|v| array_element(v)).collect::<Option<Vec<_>>>()?;
                        let array = quote_literal(&format!("{{{}}}", elements.join(",")));
                        conditions.push(format!("{column} = ANY ({array})"));
                    }
                }
            }
            PartitionBound::Default | PartitionBound::Hash { .. } => return None,
        }
        let search_path = path.unwrap_or_else(|| self.store.search_path());
        let sql = conditions.iter().map(|c| format!("({c})")).collect::<Vec<_>>().join(" AND ");
        Some((column.clone(), Expr { sql: sql.into(), search_path }))
    }

    /// A former partition, and those below it, have no share in the identity columns any more (`DetachPartitionFinalize`).
    fn forget_identities(&mut self, table: &QualifiedName) {
        for relation in std::iter::once(table.clone()).chain(self.store.descendants(table)) {
            let columns: Vec<_> = self
                .store
                .catalog()
                .columns(&relation)
                .into_iter()
                .filter(|c| c.identity.is_some())
                .map(|c| c.name.clone())
                .collect();
            for column in columns {
                self.edit_column(&relation, &column, |c| c.identity = None);
            }
        }
    }

    /// Makes columns and checks that a table had from a former parent its own (`RemoveInheritance`).
    pub fn release(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        let remaining: Vec<QualifiedName> =
            self.store.catalog().table(child).map(|t| t.inherits.clone()).unwrap_or_default();
        let columns: Vec<_> =
            self.store.catalog().columns(parent).into_iter().map(|c| c.name.clone()).collect();
        for name in columns {
            if remaining.iter().any(|p| self.store.catalog().column(p, &name).is_some()) {
                continue;
            }
            self.store.edit(&column_key(child, &name), |entry| {
                if let Some(column) = Column::of_mut(&mut entry.object) {
                    column.inherited = false;
                }
            });
        }
        for check in heritable_checks(self, parent) {
            if !remaining.iter().any(|p| self.store.get(&constraint_key(p, &check.name)).is_some()) {
                self.set_inherited(&constraint_key(child, &check.name), false);
            }
        }
    }
}

/// A number or string constant as an element of an array's text.
fn array_element(value: &str) -> Option<String> {
    if value.parse::<f64>().is_ok() {
        return Some(value.to_owned());
    }
    let mut cursor = trueup_syntax::Cursor::of(value).ok()?;
    let text = cursor.string_literal().ok()?.into_owned();
    cursor.at_end().then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
