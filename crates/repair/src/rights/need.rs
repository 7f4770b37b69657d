//! Which rights a step needs: the verb from each statement as it will run, everything else from the model, so that no new sort of
//! step can forget it. A statement of an unknown form is [`Need::Unknown`], which a test forbids.
//!
//! What each statement checks stands in PostgreSQL's manual with the statement; `tests/rights.rs` holds this against the servers.
//!
//! Not told: `EXECUTE` on functions that an expression or a query calls, which everyone has unless somebody took it away.

mod creates;

use super::owner::{Owner, owner};
use super::{Need, Right, Sort, Thing};
use crate::lock::{Below, Locked};
use crate::mentions::mentions;
use crate::plan::Context;
use crate::step::Step;
use trueup_catalog::{
    Address, Constraint, ConstraintBody, DataType, Index, Name, Object, ObjectKey, ObjectKind, PG_CATALOG,
    QualifiedName, Routine, Table,
};
use trueup_syntax::{Token, TokenKind, ident_value, tokenize};

/// The rights that the statements of a step need, each once.
pub(crate) fn of(context: &Context<'_>, step: &Step) -> Vec<Right> {
    let mut found = Found { context, step, rights: step.rights.clone() };
    for statement in &step.statements {
        if let Some(sql) = &statement.sql {
            found.statement(sql);
        }
        for refusal in statement.refusals.iter().filter(|refusal| refusal.reads_rows) {
            found.schemas(&refusal.condition, None);
            found.reads(&refusal.condition, step.search_path.as_ref());
        }
    }
    let mut rights = found.rights;
    rights.sort();
    rights.dedup();
    rights
}

/// The right to grant these words, with the columns that they are limited to.
pub(crate) fn grant(
    key: &ObjectKey,
    identity: Option<&QualifiedName>,
    words: &[(String, Vec<Name>)],
) -> Vec<Right> {
    let Some(thing) = identity.map(|name| Thing::named(Sort::Relation, name)).or_else(|| {
        let Owner::Of(things) = owner(key) else { return None };
        things.into_iter().next()
    }) else {
        return Vec::new();
    };
    let mut rights: Vec<Right> = Vec::new();
    for (word, columns) in words {
        match rights.iter_mut().find(|right| right.columns == *columns) {
            Some(right) => right.words.push(word.clone()),
            None => rights.push(Right {
                words: vec![word.clone()],
                ..Right::new(Need::Grant, thing.clone()).columns(columns.clone())
            }),
        }
    }
    rights
}

/// The first words of a statement, upper case, and the name behind them, if it is that of a relation.
struct Head {
    words: Vec<String>,
    relation: Option<QualifiedName>,
}

fn head(sql: &str) -> Head {
    let Ok(tokens) = tokenize(sql) else { return Head { words: Vec::new(), relation: None } };
    let text = |token: &Token| ident_value(token, sql, None).ok().flatten();
    let words: Vec<String> = tokens
        .iter()
        .take_while(|token| token.kind == TokenKind::Word)
        .take(6)
        .filter_map(text)
        .map(|word| word.to_uppercase())
        .collect();
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut at = match known.as_slice() {
        ["ALTER", "TABLE" | "INDEX" | "SEQUENCE" | "VIEW", ..] => 2,
        ["ALTER", "MATERIALIZED", "VIEW", ..] | ["ALTER", "FOREIGN", "TABLE", ..] => 3,
        _ => return Head { words, relation: None },
    };
    if known.get(at) == Some(&"ONLY") {
        at += 1;
    }
    let name = |at: usize| tokens.get(at).and_then(text).map(Name::new);
    let dot = tokens.get(at + 1).is_some_and(|token| token.kind == TokenKind::Dot);
    let relation = match (name(at), name(at + 2)) {
        (Some(schema), Some(name)) if dot => Some(QualifiedName { schema, name }),
        _ => None,
    };
    Head { words, relation }
}

struct Found<'c, 'a> {
    context: &'c Context<'a>,
    step: &'c Step,
    rights: Vec<Right>,
}

impl Found<'_, '_> {
    fn statement(&mut self, sql: &str) {
        let Head { words, relation } = head(sql);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let key = &self.step.key;
        match words.as_slice() {
            // Parameters that everyone may set.
            ["SET", "LOCAL", ..] => return,
            ["ALTER", "DEFAULT", "PRIVILEGES", ..] => {
                if let Address::DefaultPrivileges { role, .. } = &key.address {
                    let right = Right::new(Need::DefaultsOf, Thing::global(Sort::Role, role));
                    self.rights.push(right.for_role(Some(role)));
                }
                return;
            }
            // The step came with the right to grant.
            ["GRANT", ..] if self.rights.iter().any(|right| right.need == Need::Grant) => {
                let given = self.context.given(key).cloned();
                for right in self.rights.iter_mut().filter(|right| right.need == Need::Grant) {
                    right.role.clone_from(&given);
                }
            }
            ["COMMENT", ..] => self.own(key),
            // Rows of the table that the step is about.
            ["INSERT", "INTO", ..] => self.inserts(key),
            ["ALTER", ..] if is_gift(sql) => self.gives(key),
            ["ALTER", "OPERATOR", "FAMILY", ..] => self.rights.push(Right::superuser("operator families")),
            ["ALTER", "PUBLICATION", ..] => {
                self.own(key);
                self.publishes(sql);
            }
            ["ALTER", "TABLE" | "INDEX" | "SEQUENCE" | "VIEW" | "MATERIALIZED" | "FOREIGN", ..] => {
                match relation {
                    Some(relation) => self.alters(&relation, sql),
                    None => self.unknown(sql),
                }
            }
            [
                "ALTER",
                "TYPE" | "DOMAIN" | "STATISTICS" | "EVENT" | "TEXT" | "FUNCTION" | "PROCEDURE" | "TRIGGER"
                | "ROUTINE",
                ..,
            ] => self.own(key),
            ["CREATE", rest @ ..] => {
                let index = matches!(rest, ["INDEX", ..] | ["UNIQUE", "INDEX", ..]);
                if index {
                    self.builds();
                } else {
                    self.creates(key, matches!(rest, ["OR", "REPLACE", ..]));
                }
                let own = (!index).then_some(key);
                self.schemas(sql, own);
                return;
            }
            _ => self.unknown(sql),
        }
        self.schemas(sql, None);
    }

    /// `INSERT` on the columns that rows are stated for (manual, INSERT: `ON CONFLICT DO NOTHING` without a target reads none).
    fn inserts(&mut self, key: &ObjectKey) {
        let Address::InSchema(table) = &key.address else { return };
        let mut columns: Vec<Name> = Vec::new();
        for insert in self.context.rows.get(key).into_iter().flatten() {
            columns.extend(insert.columns.iter().cloned());
        }
        columns.sort();
        columns.dedup();
        let right = Right::new(Need::Insert, Thing::named(Sort::Relation, table)).columns(columns);
        self.rights.push(right.for_role(self.context.given(key)));
    }

    fn unknown(&mut self, sql: &str) {
        let line = sql.lines().next().unwrap_or_default().to_owned();
        self.rights.push(Right::new(Need::Unknown, Thing::global(Sort::Statement, &Name::new(line))));
    }

    fn need(&mut self, need: Need, on: Thing) {
        self.rights.push(Right::new(need, on));
    }

    /// The owner's privileges on an object; where the plan makes it and gives it away, those of its new owner.
    fn own(&mut self, key: &ObjectKey) {
        match owner(key) {
            Owner::Of(things) if things.is_empty() => {}
            Owner::Of(on) => {
                let given = self.context.given(key);
                let right = Right { need: Need::Own, on, columns: Vec::new(), words: Vec::new(), role: None };
                self.rights.push(right.for_role(given));
            }
            Owner::Superuser => self.rights.push(Right::superuser(&format!("{} {key}", key.kind))),
            Owner::Nobody => {}
        }
    }

    fn own_relation(&mut self, relation: &QualifiedName) {
        let given = self.context.given_relation(relation);
        let right = Right::new(Need::Own, Thing::named(Sort::Relation, relation));
        self.rights.push(right.for_role(given));
    }

    /// `USAGE` on the schemas whose things a text names; for what is only made in one, `CREATE` is enough.
    fn schemas(&mut self, sql: &str, own: Option<&ObjectKey>) {
        let own = own.and_then(|key| match &key.address {
            Address::InSchema(name) | Address::Routine { name, .. } | Address::OfMethod { name, .. } => {
                Some(name)
            }
            _ => None,
        });
        let mut seen: Vec<Name> = Vec::new();
        for mention in mentions(sql) {
            let [schema, name, ..] = mention.parts.as_slice() else { continue };
            if own.is_some_and(|own| own.schema == *schema && own.name == *name) || seen.contains(schema) {
                continue;
            }
            if self.context.live.contains(&ObjectKey::global(ObjectKind::Schema, schema.clone())) {
                seen.push(schema.clone());
                self.need(Need::Usage, Thing::global(Sort::Schema, schema));
            }
        }
    }

    /// `SELECT` on the columns of relations that a query mentions.
    fn reads(&mut self, sql: &str, path: Option<&trueup_catalog::SearchPath>) {
        let found = mentions(sql);
        let mut relations: Vec<QualifiedName> = Vec::new();
        for mention in &found {
            let names: Vec<QualifiedName> = match mention.parts.as_slice() {
                [name] => path
                    .into_iter()
                    .flat_map(|path| path.iter())
                    .map(|schema| QualifiedName { schema: schema.clone(), name: name.clone() })
                    .collect(),
                [schema, name, ..] => vec![QualifiedName { schema: schema.clone(), name: name.clone() }],
                [] => Vec::new(),
            };
            let reads = |name: &QualifiedName| {
                [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView]
                    .iter()
                    .any(|kind| self.context.live.contains(&ObjectKey::in_schema(*kind, name.clone())))
            };
            if let Some(name) = names.into_iter().find(reads)
                && !relations.contains(&name)
            {
                relations.push(name);
            }
        }
        for relation in relations {
            let columns: Vec<Name> = self
                .context
                .live
                .columns(&relation)
                .into_iter()
                .map(|column| column.name.clone())
                .filter(|name| found.iter().any(|mention| mention.parts.last() == Some(name)))
                .collect();
            self.rights
                .push(Right::new(Need::Select, Thing::named(Sort::Relation, &relation)).columns(columns));
        }
    }

    fn uses(&mut self, data_type: &DataType) {
        if let Some(name) = data_type.qualified_name().filter(|name| name.schema != PG_CATALOG) {
            self.need(Need::Usage, Thing::named(Sort::Type, &name));
        }
    }

    fn executes(&mut self, function: &QualifiedName) {
        if function.schema != PG_CATALOG {
            self.need(Need::Execute, Thing::named(Sort::Routine, function));
        }
    }

    fn creates_in(&mut self, schema: &Name) {
        let key = ObjectKey::global(ObjectKind::Schema, schema.clone());
        let given = self.context.given(&key);
        let right = Right::new(Need::Create, Thing::global(Sort::Schema, schema));
        self.rights.push(right.for_role(given));
    }

    fn in_database(&mut self) {
        self.need(Need::Create, Thing::global(Sort::Database, &Name::new("")));
    }

    fn tablespace(&mut self, tablespace: Option<&Name>) {
        if let Some(name) = tablespace {
            self.need(Need::Create, Thing::global(Sort::Tablespace, name));
        }
    }

    /// `ALTER TABLE` and its like: the owner's of the relation, and of all below it that are altered with it
    /// (`ATSimplePermissions` of `tablecmds.c`).
    fn alters(&mut self, relation: &QualifiedName, sql: &str) {
        self.own_relation(relation);
        let words: Vec<&str> = sql.split_whitespace().collect();
        let has = |phrase: &[&str]| words.windows(phrase.len()).any(|window| window == phrase);
        // Validating a child's constraint asks for nothing; the child's trigger and index follow the parent's.
        if !has(&["VALIDATE", "CONSTRAINT"]) && !words.contains(&"ATTACH") && !words.contains(&"TRIGGER") {
            let below = self.context.below(relation, Below::Children);
            let locked = |name: &&QualifiedName| {
                self.step.locks.iter().any(|lock| lock.kind == Locked::Table && lock.on == **name)
            };
            let foreign_key = has(&["FOREIGN", "KEY"]);
            if !foreign_key {
                // What goes down the tree goes to those that the plan has made by then, too.
                let goes_down = !words.contains(&"ONLY")
                    && !has(&["NO", "INHERIT"])
                    && (words.contains(&"COLUMN") && !sql.contains(" SET (")
                        || words.contains(&"CHECK")
                        || has(&["NOT", "NULL"]));
                let made = if goes_down { self.made_below(relation) } else { Vec::new() };
                let below = below.into_iter().filter(locked).chain(made);
                below.cloned().collect::<Vec<_>>().iter().for_each(|child| self.own_relation(child));
            }
        }
        let context = self.context;
        let key = &self.step.key;
        let entry = context.desired.get(key).or_else(|| context.live.get(key));
        match entry.map(|entry| &entry.object) {
            Some(Object::Constraint(Constraint { body: ConstraintBody::ForeignKey(foreign), .. }))
                if has(&["FOREIGN", "KEY"]) =>
            {
                let (on, columns) = (foreign.references.clone(), foreign.referenced_columns.clone());
                let given = context.given_relation(&on);
                let right = Right::new(Need::References, Thing::named(Sort::Relation, &on));
                self.rights.push(right.columns(columns).for_role(given));
            }
            // `ADD CONSTRAINT` builds an index, except from one that is there.
            Some(Object::Constraint(_))
                if words.contains(&"ADD") && !has(&["USING", "INDEX"]) && is_keyed(sql) =>
            {
                self.creates_in(&relation.schema);
            }
            Some(Object::Column(column)) if words.contains(&"ADD") || words.contains(&"TYPE") => {
                self.uses(&column.data_type);
                if has(&["ADD", "GENERATED"]) {
                    // Its sequence is made beside the table (`generateSerialExtraStmts` of `parse_utilcmd.c`).
                    self.creates_in(&relation.schema);
                }
            }
            Some(Object::Table(table)) if words.contains(&"ATTACH") => {
                self.own_relation(&table.name);
            }
            Some(Object::Sequence(sequence)) if words.contains(&"OWNED") => {
                if let Some((table, _)) = &sequence.owned_by {
                    self.own_relation(table);
                }
            }
            _ => {}
        }
    }

    /// The children and partitions of a table that the plan makes and gives away; the others belong to whoever runs it.
    fn made_below(&self, table: &QualifiedName) -> Vec<&QualifiedName> {
        let context = self.context;
        let tables =
            context.desired.of_kind(ObjectKind::Table).filter_map(|(_, entry)| Table::of(&entry.object));
        let is_child = |child: &&Table| {
            child.partition_of.as_ref().is_some_and(|of| of.parent == *table)
                || child.inherits.contains(table)
        };
        tables
            .filter(is_child)
            .map(|child| &child.name)
            .filter(|name| context.given_relation(name).is_some())
            .collect()
    }

    /// `CREATE INDEX`: the table's owner, and `CREATE` on its schema (`check_rights` of `DefineIndex`).
    fn builds(&mut self) {
        let context = self.context;
        let Some(table) = self.step.key.relation() else { return };
        self.own_relation(table);
        self.creates_in(&table.schema);
        let index = context.desired.get(&self.step.key).and_then(|entry| Index::of(&entry.object));
        self.tablespace(index.and_then(|index| index.tablespace.as_ref()));
    }

    /// `ALTER … OWNER TO`, in the transaction that made the object: `SET ROLE` to the new owner, who must be allowed to have it there.
    fn gives(&mut self, key: &ObjectKey) {
        let Some(role) = self.context.given(key).cloned() else { return };
        let Owner::Of(things) = owner(key) else { return };
        for thing in &things {
            self.rights.push(Right::new(Need::Become, thing.clone()).for_role(Some(&role)));
            if let Some(schema) = &thing.schema {
                let key = ObjectKey::global(ObjectKind::Schema, schema.clone());
                // Who gets the schema may create in it.
                if self.context.given(&key) != Some(&role) {
                    let right = Right::new(Need::OwnerCreates, Thing::global(Sort::Schema, schema));
                    self.rights.push(right.for_role(Some(&role)));
                }
                continue;
            }
            match thing.sort {
                Sort::Schema => self.in_database(),
                Sort::Publication => {
                    let database = Thing::global(Sort::Database, &Name::new(""));
                    self.rights.push(Right::new(Need::OwnerCreates, database).for_role(Some(&role)));
                }
                Sort::ForeignDataWrapper | Sort::EventTrigger => {
                    self.rights.push(Right::new(Need::OwnerSuperuser, thing.clone()).for_role(Some(&role)));
                }
                Sort::Database
                | Sort::Relation
                | Sort::Type
                | Sort::Routine
                | Sort::Operator
                | Sort::OperatorFamily
                | Sort::OperatorClass
                | Sort::Collation
                | Sort::Conversion
                | Sort::Language
                | Sort::Server
                | Sort::Statistics
                | Sort::Dictionary
                | Sort::Configuration
                | Sort::Subscription
                | Sort::Extension
                | Sort::Tablespace
                | Sort::Role
                | Sort::Statement => {}
            }
        }
    }

    /// What a publication takes besides itself.
    fn publishes(&mut self, sql: &str) {
        // Only the grammar's own words are unquoted and upper case.
        let words: Vec<&str> = sql.split_whitespace().collect();
        let has = |phrase: &[&str]| words.windows(phrase.len()).any(|window| window == phrase);
        if has(&["ALL", "TABLES"]) || has(&["TABLES", "IN", "SCHEMA"]) {
            self.rights.push(Right::superuser("publications of all tables, or of schemas"));
        }
        let context = self.context;
        let Some(Object::Publication(publication)) = context.desired.get(&self.step.key).map(|e| &e.object)
        else {
            return;
        };
        for published in &publication.tables {
            if words.iter().any(|word| word.trim_matches([',', ';']) == published.table.to_string()) {
                self.own_relation(&published.table);
            }
        }
    }

    fn writes(&mut self, routine: &Routine) {
        let types = routine.arguments.iter().map(|argument| &argument.data_type);
        for data_type in types.chain(&routine.returns).chain(&routine.transforms) {
            self.uses(data_type);
        }
        self.need(Need::WriteIn, Thing::global(Sort::Language, &routine.language));
        if routine.leakproof {
            self.rights.push(Right::superuser("leakproof functions"));
        }
        if routine.support.is_some() {
            self.rights.push(Right::superuser("support functions"));
        }
    }
}

/// Whether a statement gives an object to another role.
pub(crate) fn is_gift(sql: &str) -> bool {
    sql.contains(" OWNER TO ") && sql.starts_with("ALTER ")
}

fn is_keyed(sql: &str) -> bool {
    [" PRIMARY KEY", " UNIQUE", " EXCLUDE"].iter().any(|word| sql.contains(word))
}
