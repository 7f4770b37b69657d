//! What column names mean: the relations in scope, for each query a level of its own.
//!
//! Owns the look-up of columns and whole rows (`parse_relation.c`: `colNameToVar`,
//! `scanNSItemForColumn`, `refnameNamespaceItem`). Never reads syntax.
//!
//! A query pushes a [`Scope`], adds an [`Rte`] for each item of FROM in the order of the text,
//! and pops it at its end. Numbers of relations count from 0 in that order, joins included, so
//! that both sides of a comparison number alike.

use smol_str::SmolStr;
use trueup_catalog::Name;

use crate::canon::Node;
use crate::coerce::Typed;
use crate::types::TypeId;

/// A column that a name may mean.
#[derive(Clone, Debug)]
pub(crate) struct ScopeColumn {
    pub name: SmolStr,
    pub ty: TypeId,
    pub typmod: i32,
    /// What it stands for where it is no column of its own: a column of a join. References in it
    /// are as seen from the scope that holds it.
    pub node: Option<Node>,
}

/// An item of FROM (`ParseNamespaceItem` with its range table entry).
#[derive(Clone, Debug)]
pub(crate) struct Rte {
    /// Its number among the range table of its query.
    pub number: u16,
    /// The alias, or the relation's name.
    pub name: SmolStr,
    /// The relation's schema where no alias hides it, for `schema.table.column`.
    pub schema: Option<Name>,
    pub columns: Vec<ScopeColumn>,
    /// The type of its rows: a table's row type, else `record`.
    pub row: TypeId,
    /// Whether `alias.column` may name it (`p_rel_visible`).
    pub qualified: bool,
    /// Whether its columns may be named without it (`p_cols_visible`).
    pub unqualified: bool,
    /// Whether it is a table, which has `ctid`, `xmin` and so on too.
    pub system_columns: bool,
    /// Whether its columns are not all known, so that a name that isn't found may be one of them.
    pub open: bool,
}

/// The relations of one query, or of the table that an expression belongs to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub rtes: Vec<Rte>,
}

/// What looking a name up comes to.
#[derive(Debug)]
pub(crate) enum Lookup {
    Found(Typed),
    /// More than one.
    Ambiguous,
    /// None, and nothing hides one.
    Missing,
    /// None, but a relation's columns are not all known.
    Open,
}

/// Columns that every table has (manual, 5.6 "System Columns"), with their types.
pub(crate) const SYSTEM_COLUMNS: [(&str, &str); 6] = [
    ("tableoid", "oid"),
    ("ctid", "tid"),
    ("xmin", "xid"),
    ("cmin", "cid"),
    ("xmax", "xid"),
    ("cmax", "cid"),
];

/// A stack of scopes, the innermost last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scopes {
    stack: Vec<Scope>,
}

impl Scopes {
    /// Enters a query.
    pub fn push(&mut self, scope: Scope) {
        self.stack.push(scope);
    }

    /// Leaves a query.
    pub fn pop(&mut self) -> Option<Scope> {
        self.stack.pop()
    }

    /// The innermost scope, to add relations to.
    pub fn innermost(&mut self) -> Option<&mut Scope> {
        self.stack.last_mut()
    }

    /// The innermost scope.
    pub fn current(&self) -> Option<&Scope> {
        self.stack.last()
    }

    /// Scopes from the innermost, each with how many levels further out it is.
    fn levels(&self) -> impl Iterator<Item = (u16, &Scope)> {
        self.stack
            .iter()
            .rev()
            .enumerate()
            .map(|(level, scope)| (u16::try_from(level).unwrap_or(u16::MAX), scope))
    }

    /// A column by its bare name: the innermost scope that has one (`colNameToVar`).
    pub fn column(&self, name: &str) -> Lookup {
        let mut open = false;
        for (level, scope) in self.levels() {
            let mut found = None;
            for rte in scope.rtes.iter().filter(|rte| rte.unqualified) {
                open |= rte.open;
                for column in rte.columns.iter().filter(|c| c.name == name) {
                    if found.is_some() {
                        return Lookup::Ambiguous;
                    }
                    found = Some(rte.reference(level, column));
                }
            }
            // A relation of unknown columns might have one of this name, nearer or ambiguous.
            match found {
                Some(_) if open => return Lookup::Open,
                Some(found) => return Lookup::Found(found),
                None if open => return Lookup::Open,
                None => {}
            }
        }
        Lookup::Missing
    }

    /// A relation by its number, in the scope so many levels further out.
    pub fn numbered(&self, level: u16, number: u16) -> Option<&Rte> {
        let (_, scope) = self.levels().nth(usize::from(level))?;
        scope.rtes.iter().find(|rte| rte.number == number)
    }

    /// A relation by its alias or name (`refnameNamespaceItem`), with its level.
    pub fn relation(&self, schema: Option<&str>, name: &str) -> Option<(u16, &Rte)> {
        self.levels().find_map(|(level, scope)| {
            let mut rtes = scope.rtes.iter().filter(|rte| {
                rte.qualified
                    && rte.name == name
                    && schema.is_none_or(|s| rte.schema.as_ref().is_some_and(|own| own.as_str() == s))
            });
            rtes.next().map(|rte| (level, rte))
        })
    }
}

impl Rte {
    /// A reference to one of its columns from `level` queries further in.
    pub fn reference(&self, level: u16, column: &ScopeColumn) -> Typed {
        let node = match &column.node {
            Some(node) => node.raise(level),
            None => Node::Column { level, rte: self.number, name: column.name.clone() },
        };
        Typed { node, ty: column.ty, typmod: column.typmod }
    }

    /// A column by name.
    pub fn column(&self, level: u16, name: &str) -> Lookup {
        let mut found = self.columns.iter().filter(|c| c.name == name);
        match (found.next(), found.next()) {
            (Some(column), None) => Lookup::Found(self.reference(level, column)),
            (Some(_), Some(_)) => Lookup::Ambiguous,
            (None, _) if self.open => Lookup::Open,
            (None, _) => Lookup::Missing,
        }
    }
}
