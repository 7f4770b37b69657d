//! Key columns and expressions of indexes, exclusion constraints and partition keys, and the index names made from them.

use trueup_catalog::{
    Address, Catalog, DataType, IndexElement, IndexTarget, Name, ObjectKey, ObjectKind, OperatorClass,
    OperatorClassObject, QualifiedName,
};
use trueup_syntax::sqlparser::ast::{Expr as Ast, ObjectNamePart};
use trueup_syntax::{Cursor, Slice, WrittenName, parse_expr};

use crate::diagnostic::{Failure, Outcome};
use crate::expression::figure_column_name;
use crate::grammar::index::{IndexElementDef, Target};
use crate::interpreter::Interpreter;
use crate::names::name_addition;
use crate::outside::same_type;

/// What an index is for, which decides its automatic name (`ChooseIndexName` in `indexcmds.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndexUse {
    Primary,
    Unique,
    Exclusion,
    Plain,
}

impl Interpreter<'_> {
    /// An element with its names resolved.
    ///
    /// # Errors
    /// 42703 when the column is not there.
    pub fn index_element(
        &self,
        table: &QualifiedName,
        method: &Name,
        def: &IndexElementDef<'_>,
    ) -> Outcome<IndexElement> {
        let mut collation = def.collation.as_ref().map(|c| self.collation_name(c));
        let target = match &def.target {
            Target::Column(name, range) => {
                if !self.relation_has_column(table, name) {
                    return Err(Failure::undefined("42703", format!("column {name} does not exist"))
                        .at(range.clone()));
                }
                IndexTarget::Column(name.clone())
            }
            Target::Expr(slice) => match plain_column(table, slice) {
                // "User wrote "(column)" or "(column COLLATE something)". Treat it like simple attribute anyway."
                Some((name, inner)) if self.relation_has_column(table, &name) => {
                    if let (None, Some(inner)) = (&collation, &inner) {
                        collation = Some(self.collation_name(inner));
                    }
                    IndexTarget::Column(name)
                }
                _ => {
                    // A COLLATE on top is the index column's, not the expression's (`ComputeIndexAttrs`).
                    let (inner, written) = without_collation(slice);
                    if let (None, Some(written)) = (&collation, &written) {
                        collation = Some(self.collation_name(written));
                    }
                    IndexTarget::Expr(self.expr(&inner))
                }
            },
        };
        let data_type = match &target {
            IndexTarget::Column(name) => self.relation_column_type(table, name),
            IndexTarget::Expr(_) => None,
        };
        if let (IndexTarget::Expr(expr), Some(own)) = (&target, &collation)
            && self.world().has_collation(expr, table, own)
        {
            collation = None;
        }
        if let (IndexTarget::Column(name), Some(own)) = (&target, &collation) {
            let column = self.store.catalog().column(table, name);
            let same = match column {
                Some(column) => match &column.collation {
                    Some(of_column) => of_column == own,
                    None => self.column_collation(&column.data_type, own.clone()).is_none(),
                },
                None => own.schema == "pg_catalog" && own.name == "default",
            };
            if same {
                collation = None;
            }
        }
        let options = def.operator_class_options.clone();
        let name = def
            .operator_class
            .as_ref()
            .map(|written| self.operator_class_name(written, method.as_str()))
            // Parameters can't be written without the class's name, so then it is kept, default or not.
            .filter(|class| {
                !options.is_empty() || !self.is_default_operator_class(method, class, data_type.as_ref())
            });
        let operator_class =
            (name.is_some() || !options.is_empty()).then_some(OperatorClass { name, options });
        Ok(IndexElement {
            target,
            collation,
            operator_class,
            descending: def.descending,
            nulls_first: def.nulls_first.unwrap_or(def.descending),
        })
    }

    /// Whether an operator class is the one that its method uses for a type by itself (see `World::is_default_operator_class`); the
    /// type of an expression is taken for the class's own.
    fn is_default_operator_class(
        &self,
        method: &Name,
        class: &QualifiedName,
        data_type: Option<&DataType>,
    ) -> bool {
        let own = ObjectKey {
            kind: ObjectKind::OperatorClass,
            address: Address::OfMethod { name: class.clone(), method: method.clone() },
        };
        let is_for = |input: &DataType| data_type.is_none_or(|ty| same_type(input, ty));
        if let Some(own) = self.store.get(&own).and_then(|e| OperatorClassObject::of(&e.object)) {
            return own.is_default && is_for(&own.data_type);
        }
        self.outside.is_default_operator_class(class, method, data_type, || {
            self.member_class(method.as_str(), class, data_type).unwrap_or(false)
        })
    }

    /// Whether a table, view or materialized view has a column. Views whose columns are not known have any.
    pub fn relation_has_column(&self, relation: &QualifiedName, column: &Name) -> bool {
        let catalog = self.store.catalog();
        if catalog.table(relation).is_some() {
            return catalog.column(relation, column).is_some();
        }
        let known = catalog
            .view(relation)
            .map(|v| &v.columns)
            .or_else(|| catalog.materialized_view(relation).map(|v| &v.columns));
        known.is_none_or(|columns| columns.is_empty() || columns.iter().any(|c| c.name == *column))
    }

    fn relation_column_type(&self, relation: &QualifiedName, column: &Name) -> Option<DataType> {
        let catalog = self.store.catalog();
        if let Some(column) = catalog.column(relation, column) {
            return Some(column.data_type.clone());
        }
        let view = catalog.materialized_view(relation)?;
        view.columns.iter().find(|c| c.name == *column)?.data_type.clone()
    }

    /// A free name for an index of `table` (`ChooseIndexName`).
    pub fn choose_index_name(
        &self,
        table: &QualifiedName,
        kind: IndexUse,
        elements: &[IndexElement],
        include: &[Name],
    ) -> Name {
        let (schema, name) = (&table.schema, table.name.as_str());
        if kind == IndexUse::Primary {
            return self.choose_relation_name(schema, name, None, "pkey", true);
        }
        let columns = index_column_names(elements, include, self.major());
        let addition = name_addition(columns.iter().map(String::as_str));
        let (label, constraint) = match kind {
            IndexUse::Primary => ("pkey", true),
            IndexUse::Exclusion => ("excl", true),
            IndexUse::Unique => ("key", true),
            IndexUse::Plain => ("idx", false),
        };
        self.choose_relation_name(schema, name, Some(&addition), label, constraint)
    }
}

/// The names of an index's columns, each used once (`ChooseIndexColumnNames`).
fn index_column_names(elements: &[IndexElement], include: &[Name], major: u32) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let own = elements.iter().map(|element| match &element.target {
        IndexTarget::Column(name) => name.as_str().to_owned(),
        IndexTarget::Expr(expr) => figure_column_name(&expr.sql, major).unwrap_or_else(|| "expr".to_owned()),
    });
    for original in own.chain(include.iter().map(|name| name.as_str().to_owned())) {
        let mut name = original.clone();
        let mut number = 1;
        while names.contains(&name) {
            let suffix = number.to_string();
            name = format!(
                "{}{suffix}",
                trueup_catalog::truncate(&original, trueup_catalog::MAX_NAME_BYTES - suffix.len())
            );
            number += 1;
        }
        names.push(name);
    }
    names
}

/// The column that an expression in parentheses is, whether or not its table is named, and the collation put on it.
fn plain_column(table: &QualifiedName, slice: &Slice<'_>) -> Option<(Name, Option<WrittenName>)> {
    fn column(table: &QualifiedName, ast: &Ast) -> Option<(Name, Option<WrittenName>)> {
        match ast {
            Ast::Identifier(ident) => Some((Name::new(&ident.value), None)),
            Ast::CompoundIdentifier(parts) => {
                let (column, relation) = parts.split_last()?;
                let names: Vec<&str> = relation.iter().map(|part| part.value.as_str()).collect();
                let is_table = match names.as_slice() {
                    [name] => table.name == *name,
                    [schema, name] => table.schema == *schema && table.name == *name,
                    _ => false,
                };
                is_table.then(|| (Name::new(&column.value), None))
            }
            Ast::Nested(inner) => column(table, inner),
            Ast::Collate { expr, collation } => {
                let (name, inner) = column(table, expr)?;
                let mut parts = collation.0.iter().rev().filter_map(|part| match part {
                    ObjectNamePart::Identifier(ident) => Some(Name::new(&ident.value)),
                    ObjectNamePart::Function(_) => None,
                });
                let last = parts.next()?;
                let written = WrittenName { name: last, schema: parts.next(), range: 0..0 };
                Some((name, inner.or(Some(written))))
            }
            _ => None,
        }
    }
    // Cheap: an expression with an operator or a call is longer than one word, mostly.
    if slice.text.contains(['+', '|', '>', '=']) {
        return None;
    }
    column(table, &parse_expr(slice.text).ok()?)
}

/// An expression without the COLLATE on top of it, and that collation.
fn without_collation<'s>(slice: &Slice<'s>) -> (Slice<'s>, Option<WrittenName>) {
    let plain = || (slice.clone(), None);
    if !slice.text.to_ascii_lowercase().contains("collate") {
        return plain();
    }
    let Ok(Ast::Collate { collation, .. }) = parse_expr(slice.text) else { return plain() };
    let mut parts = collation.0.iter().rev().filter_map(|part| match part {
        ObjectNamePart::Identifier(ident) => Some(Name::new(&ident.value)),
        ObjectNamePart::Function(_) => None,
    });
    let Some(name) = parts.next() else { return plain() };
    let written = WrittenName { name, schema: parts.next(), range: slice.range.clone() };
    // The word stands between the expression's last token and the collation's name.
    let Ok(mut cursor) = Cursor::of(slice.text) else { return plain() };
    let mut end = None;
    while let Some(token) = cursor.peek() {
        if cursor.is_word("collate") {
            end = Some(token.start);
        }
        cursor.next_token();
    }
    let Some(text) = end.and_then(|end| slice.text.get(..end)).map(str::trim_end) else { return plain() };
    (Slice { text, range: slice.range.start..slice.range.start + text.len() }, Some(written))
}

/// The elements of plain columns.
pub(crate) fn column_elements(columns: &[Name]) -> Vec<IndexElement> {
    columns.iter().cloned().map(IndexElement::column).collect()
}

/// Whether every column is one of the table's.
pub(crate) fn first_missing<'n>(
    catalog: &Catalog,
    table: &QualifiedName,
    columns: &'n [Name],
) -> Option<&'n Name> {
    columns.iter().find(|name| catalog.column(table, name).is_none())
}
