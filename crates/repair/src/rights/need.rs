//! Which rights a step needs: the verb from each statement as it will run, everything else from the model, so that no new sort of
//! step can forget it. A statement of an unknown form is [`Need::Unknown`], which a test forbids.
//!
//! What each statement checks stands in PostgreSQL's manual with the statement; `tests/rights.rs` holds this against the servers.
//!
//! Not told: `EXECUTE` on functions that an expression or a query calls, which everyone has unless somebody took it away.

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
pub(crate) fn grant(key: &ObjectKey, identity: Option<&QualifiedName>, words: &[(String, Vec<Name>)]) -> Vec<Right> {
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

/// Whose owner may change an object.
enum Owner {
    /// That of one of these.
    Of(Vec<Thing>),
    /// Only superusers.
    Superuser,
    /// It has none.
    Nobody,
}

fn owner(key: &ObjectKey) -> Owner {
    let ObjectKey { kind, address } = key;
    let one = |thing: Thing| Owner::Of(vec![thing]);
    let of_types = |types: &[&DataType]| {
        let names = types.iter().filter_map(|t| t.qualified_name());
        Owner::Of(names.map(|name| Thing::named(Sort::Type, &name)).collect())
    };
    match address {
        Address::Global(name) => match kind {
            ObjectKind::Schema => one(Thing::global(Sort::Schema, name)),
            ObjectKind::Extension => one(Thing::global(Sort::Extension, name)),
            ObjectKind::Language => one(Thing::global(Sort::Language, name)),
            ObjectKind::ForeignDataWrapper => one(Thing::global(Sort::ForeignDataWrapper, name)),
            ObjectKind::Server => one(Thing::global(Sort::Server, name)),
            ObjectKind::EventTrigger => one(Thing::global(Sort::EventTrigger, name)),
            ObjectKind::Publication => one(Thing::global(Sort::Publication, name)),
            ObjectKind::Subscription => one(Thing::global(Sort::Subscription, name)),
            // Access methods have no owner; nothing else of these is unique in the database.
            _ => Owner::Superuser,
        },
        Address::InSchema(name) => match kind {
            ObjectKind::EnumType
            | ObjectKind::Domain
            | ObjectKind::CompositeType
            | ObjectKind::RangeType
            | ObjectKind::BaseType => one(Thing::named(Sort::Type, name)),
            ObjectKind::Collation => one(Thing::named(Sort::Collation, name)),
            ObjectKind::Conversion => one(Thing::named(Sort::Conversion, name)),
            ObjectKind::Statistics => one(Thing::named(Sort::Statistics, name)),
            ObjectKind::TextSearchDictionary => one(Thing::named(Sort::Dictionary, name)),
            ObjectKind::TextSearchConfiguration => one(Thing::named(Sort::Configuration, name)),
            // They have no owner (`check_object_ownership` of `objectaddress.c`).
            ObjectKind::TextSearchParser | ObjectKind::TextSearchTemplate => Owner::Superuser,
            _ => one(Thing::named(Sort::Relation, name)),
        },
        Address::OnRelation { relation, name } => match kind {
            ObjectKind::DomainConstraint => one(Thing::named(Sort::Type, relation)),
            ObjectKind::Index => one(Thing {
                sort: Sort::Relation,
                schema: Some(relation.schema.clone()),
                name: name.clone(),
                detail: None,
            }),
            _ => one(Thing::named(Sort::Relation, relation)),
        },
        Address::Routine { name, arguments } => one(routine(name, arguments)),
        Address::Operator { name, left, right } => {
            let side = |side: &Option<DataType>| side.as_ref().map_or_else(|| "NONE".to_owned(), ToString::to_string);
            one(Thing {
                detail: Some(format!("{}, {}", side(left), side(right))),
                ..Thing::named(Sort::Operator, name)
            })
        }
        Address::OfMethod { name, method } => {
            let sort = if *kind == ObjectKind::OperatorClass { Sort::OperatorClass } else { Sort::OperatorFamily };
            one(Thing { detail: Some(method.as_str().to_owned()), ..Thing::named(sort, name) })
        }
        Address::Cast { source, target } => of_types(&[source, target]),
        Address::Transform { data_type, .. } => of_types(&[data_type]),
        Address::UserMapping { .. } | Address::DefaultPrivileges { .. } => Owner::Nobody,
    }
}

fn routine(name: &QualifiedName, arguments: &[DataType]) -> Thing {
    let types: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    Thing { detail: Some(types.join(", ")), ..Thing::named(Sort::Routine, name) }
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
            ["ALTER", ..] if is_gift(sql) => self.gives(key),
            ["ALTER", "OPERATOR", "FAMILY", ..] => self.rights.push(Right::superuser("operator families")),
            ["ALTER", "PUBLICATION", ..] => {
                self.own(key);
                self.publishes(sql);
            }
            ["ALTER", "TABLE" | "INDEX" | "SEQUENCE" | "VIEW" | "MATERIALIZED" | "FOREIGN", ..] => match relation {
                Some(relation) => self.alters(&relation, sql),
                None => self.unknown(sql),
            },
            [
                "ALTER",
                "TYPE" | "DOMAIN" | "STATISTICS" | "EVENT" | "TEXT" | "FUNCTION" | "PROCEDURE" | "TRIGGER" | "ROUTINE",
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
            Address::InSchema(name) | Address::Routine { name, .. } | Address::OfMethod { name, .. } => Some(name),
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
            self.rights.push(Right::new(Need::Select, Thing::named(Sort::Relation, &relation)).columns(columns));
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
        let tables = context.desired.of_kind(ObjectKind::Table).filter_map(|(_, entry)| Table::of(&entry.object));
        let is_child = |child: &&Table| {
            child.partition_of.as_ref().is_some_and(|of| of.parent == *table) || child.inherits.contains(table)
        };
        tables.filter(is_child).map(|child| &child.name).filter(|name| context.given_relation(name).is_some()).collect()
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
            match key.kind {
                ObjectKind::Schema => self.in_database(),
                ObjectKind::Publication => {
                    let database = Thing::global(Sort::Database, &Name::new(""));
                    self.rights.push(Right::new(Need::OwnerCreates, database).for_role(Some(&role)));
                }
                ObjectKind::ForeignDataWrapper | ObjectKind::EventTrigger => {
                    self.rights.push(Right::new(Need::OwnerSuperuser, thing.clone()).for_role(Some(&role)));
                }
                _ => {
                    if let Some(schema) = &thing.schema {
                        let key = ObjectKey::global(ObjectKind::Schema, schema.clone());
                        // Who gets the schema may create in it.
                        if self.context.given(&key) != Some(&role) {
                            let right = Right::new(Need::OwnerCreates, Thing::global(Sort::Schema, schema));
                            self.rights.push(right.for_role(Some(&role)));
                        }
                    }
                }
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
        let Some(Object::Publication(publication)) = context.desired.get(&self.step.key).map(|e| &e.object) else {
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

    /// `CREATE` of the step's own object. `replace` also changes one that is there.
    fn creates(&mut self, key: &ObjectKey, replace: bool) {
        if replace {
            self.own(key);
        }
        let context = self.context;
        let Some(entry) = context.desired.get(key) else { return };
        let superuser = |what: &str| Right::superuser(what);
        match &entry.object {
            Object::Schema(_) => self.in_database(),
            Object::Extension(extension) => self.need(
                Need::Install,
                Thing {
                    detail: extension.version.clone(),
                    ..Thing::global(Sort::Extension, &extension.name)
                },
            ),
            Object::EnumType(object) => self.creates_in(&object.name.schema),
            Object::Domain(domain) => {
                self.creates_in(&domain.name.schema);
                self.uses(&domain.base);
            }
            Object::CompositeType(object) => {
                self.creates_in(&object.name.schema);
                object.attributes.iter().for_each(|attribute| self.uses(&attribute.data_type));
            }
            Object::RangeType(range) => {
                self.creates_in(&range.name.schema);
                range.canonical.iter().chain(&range.subtype_diff).for_each(|function| self.executes(function));
            }
            Object::BaseType(_) => self.rights.push(superuser("base types")),
            Object::Sequence(sequence) => self.creates_in(&sequence.name.schema),
            Object::Table(table) => {
                self.creates_in(&table.name.schema);
                self.tablespace(table.tablespace.as_ref());
                for column in context.desired.columns(&table.name) {
                    self.uses(&column.data_type);
                }
                for parent in &table.inherits {
                    self.own_relation(parent);
                }
                if let Some(of_type) = &table.of_type {
                    self.need(Need::Usage, Thing::named(Sort::Type, of_type));
                }
                if let Some(foreign) = &table.foreign {
                    self.need(Need::Usage, Thing::global(Sort::Server, &foreign.server));
                }
            }
            Object::View(view) => self.creates_in(&view.name.schema),
            Object::MaterializedView(view) => {
                self.creates_in(&view.name.schema);
                self.tablespace(view.tablespace.as_ref());
                self.reads(&view.query.sql, Some(&view.query.search_path));
            }
            Object::Function(function) => {
                self.creates_in(&function.0.name.schema);
                self.writes(&function.0);
            }
            Object::Procedure(procedure) => {
                self.creates_in(&procedure.0.name.schema);
                self.writes(&procedure.0);
            }
            Object::Aggregate(aggregate) => {
                self.creates_in(&aggregate.name.schema);
                aggregate.arguments.iter().for_each(|argument| self.uses(&argument.data_type));
                let states = std::iter::once(&aggregate.state).chain(aggregate.moving.iter().map(|moving| &moving.0));
                for state in states {
                    self.uses(&state.data_type);
                    self.executes(&state.transition);
                    state.final_function.iter().for_each(|function| self.executes(function));
                }
                let more = [&aggregate.combine_function, &aggregate.serial_function, &aggregate.deserial_function];
                more.into_iter().flatten().for_each(|function| self.executes(function));
            }
            Object::Operator(operator) => {
                self.creates_in(&operator.name.schema);
                operator.left.iter().chain(&operator.right).for_each(|side| self.uses(side));
                let functions = [&operator.function, &operator.restrict, &operator.join];
                functions.into_iter().flatten().for_each(|function| self.executes(function));
            }
            Object::OperatorFamily(_) => self.rights.push(superuser("operator families")),
            Object::OperatorClass(_) => self.rights.push(superuser("operator classes")),
            Object::Cast(cast) => {
                self.own(key);
                self.uses(&cast.source);
                self.uses(&cast.target);
                match &cast.method {
                    trueup_catalog::CastMethod::Function(function) => self.executes(&function.name),
                    trueup_catalog::CastMethod::Binary => {
                        self.rights.push(superuser("casts without a function"));
                    }
                    trueup_catalog::CastMethod::InOut => {}
                }
            }
            Object::Transform(transform) => {
                self.own(key);
                self.need(Need::Usage, Thing::global(Sort::Language, &transform.language));
                for function in transform.from_sql.iter().chain(&transform.to_sql) {
                    self.need(Need::Own, routine(&function.name, &function.arguments));
                    self.executes(&function.name);
                }
            }
            Object::Collation(object) => self.creates_in(&object.name.schema),
            Object::Conversion(conversion) => {
                self.creates_in(&conversion.name.schema);
                self.executes(&conversion.function);
            }
            Object::Language(_) => self.rights.push(superuser("languages")),
            Object::AccessMethod(_) => self.rights.push(superuser("access methods")),
            Object::TextSearchParser(_) => self.rights.push(superuser("text search parsers")),
            Object::TextSearchTemplate(_) => self.rights.push(superuser("text search templates")),
            Object::TextSearchDictionary(object) => self.creates_in(&object.name.schema),
            Object::TextSearchConfiguration(object) => self.creates_in(&object.name.schema),
            Object::ForeignDataWrapper(_) => self.rights.push(superuser("foreign-data wrappers")),
            Object::Server(server) => {
                self.need(Need::Usage, Thing::global(Sort::ForeignDataWrapper, &server.wrapper));
            }
            Object::Statistics(statistics) => {
                self.creates_in(&statistics.name.schema);
                self.own_relation(&statistics.table);
            }
            Object::EventTrigger(_) => self.rights.push(superuser("event triggers")),
            Object::Rule(rule) => self.own_relation(&rule.table),
            Object::Policy(policy) => self.own_relation(&policy.table),
            Object::Trigger(trigger) => {
                let mut tables = vec![trigger.table.clone()];
                tables.extend(trigger.constraint.iter().filter_map(|constraint| constraint.from.clone()));
                if trigger.for_each_row {
                    // It is made on each partition.
                    tables.extend(context.below(&trigger.table, Below::Partitions).into_iter().cloned());
                    tables.extend(self.made_below(&trigger.table).into_iter().cloned());
                }
                for table in tables {
                    let given = context.given_relation(&table);
                    let right = Right::new(Need::Trigger, Thing::named(Sort::Relation, &table));
                    self.rights.push(right.for_role(given));
                }
                self.executes(&trigger.function);
            }
            Object::Publication(publication) => {
                self.in_database();
                if publication.all_tables || !publication.schemas.is_empty() {
                    self.rights.push(superuser("publications of all tables, or of schemas"));
                }
                publication.tables.iter().for_each(|published| self.own_relation(&published.table));
            }
            // They come with another object, or people make them.
            Object::Column(_)
            | Object::Constraint(_)
            | Object::Index(_)
            | Object::DomainConstraint(_)
            | Object::UserMapping(_)
            | Object::Subscription(_)
            | Object::DefaultPrivileges(_) => {}
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
