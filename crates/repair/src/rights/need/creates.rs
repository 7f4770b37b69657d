//! What making an object of each kind takes.

use super::Found;
use crate::lock::Below;
use crate::rights::owner::routine;
use crate::rights::{Need, Right, Sort, Thing};
use trueup_catalog::{CastMethod, Object, ObjectKey};

impl Found<'_, '_> {
    /// `CREATE` of the step's own object. `replace` also changes one that is there.
    pub(super) fn creates(&mut self, key: &ObjectKey, replace: bool) {
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
                range
                    .canonical
                    .iter()
                    .chain(&range.subtype_diff)
                    .for_each(|function| self.executes(function));
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
                let states =
                    std::iter::once(&aggregate.state).chain(aggregate.moving.iter().map(|moving| &moving.0));
                for state in states {
                    self.uses(&state.data_type);
                    self.executes(&state.transition);
                    state.final_function.iter().for_each(|function| self.executes(function));
                }
                let more =
                    [&aggregate.combine_function, &aggregate.serial_function, &aggregate.deserial_function];
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
                    CastMethod::Function(function) => self.executes(&function.name),
                    CastMethod::Binary => {
                        self.rights.push(superuser("casts without a function"));
                    }
                    CastMethod::InOut => {}
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
