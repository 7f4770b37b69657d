//! The DDL writer: a model object to the text of the statement that makes it.
//!
//! Owns: `CREATE …` and `COMMENT …` text for every kind, one file a kind. Names are always
//! qualified, and quoted where they must be; the text is deterministic. Indexes, constraints,
//! triggers and policies take one line.
//!
//! Never: decides what is safe, or guards a statement.
//!
//! Expressions and queries are written as they stand in the catalog. Where those were written for
//! a search path, the statement carries it ([`Sql::search_path`]) and must run under it.

pub mod aggregate;
pub mod base_type;
pub mod cast;
pub mod collation;
pub mod column;
pub mod comment;
pub mod composite_type;
pub mod constraint;
pub mod domain;
pub mod enum_type;
pub mod event_trigger;
pub mod extension;
pub mod foreign_data;
pub mod index;
pub mod language;
pub mod materialized_view;
pub mod operator;
pub mod policy;
pub mod privilege;
pub mod publication;
pub mod range_type;
pub mod routine;
pub mod rule;
pub mod schema;
pub mod sequence;
mod sql;
pub mod statistics;
pub mod table;
pub mod text_search;
pub mod trigger;
pub mod view;

pub use sql::{Sql, Written, dollar_quote};

use trueup_catalog::{Catalog, Object};

/// The statement that would make the object, without a closing semicolon: for reports, and for
/// people who compare. A table comes with its columns and constraints from `catalog`.
pub fn definition(object: &Object, catalog: &Catalog) -> String {
    let sql = match object {
        Object::Schema(schema) => schema::create(schema),
        Object::Extension(extension) => extension::create(extension),
        Object::EnumType(enum_type) => enum_type::create(enum_type),
        Object::Domain(domain) => domain::create(domain, &domain::constraints(catalog, domain)),
        Object::DomainConstraint(constraint) => domain::add_constraint(constraint, true),
        Object::CompositeType(composite) => composite_type::create(composite),
        Object::RangeType(range) => range_type::create(range),
        Object::Sequence(sequence) => sequence::create(sequence),
        Object::Table(table) => table::definition(table, catalog),
        Object::Column(column) => {
            let mut sql = Sql::new(format!("ALTER TABLE {} ADD COLUMN ", column.table));
            column::define(&mut sql, column, column::Parts::ALL);
            sql
        }
        Object::Constraint(constraint) => constraint::add(constraint, true),
        Object::Index(index) => index::create(index, index::Build::default()),
        Object::View(view) => view::create(view, false),
        Object::MaterializedView(view) => materialized_view::create(view),
        Object::Function(function) => {
            routine::create(&function.0, routine::Kind::Function, routine::Mode::Create)
        }
        Object::Procedure(procedure) => {
            routine::create(&procedure.0, routine::Kind::Procedure, routine::Mode::Create)
        }
        Object::Trigger(trigger) => trigger::create(trigger),
        Object::Policy(policy) => policy::create(policy),
        Object::BaseType(base) => base_type::create(base),
        Object::Collation(object) => collation::create(object),
        Object::Conversion(conversion) => collation::create_conversion(conversion),
        Object::Language(object) => language::create(object),
        Object::AccessMethod(method) => language::create_access_method(method),
        Object::Aggregate(object) => aggregate::create(object),
        Object::Operator(object) => operator::create(object),
        Object::OperatorFamily(family) => operator::create_family(family),
        Object::OperatorClass(class) => operator::create_class(class),
        Object::Cast(object) => cast::create(object),
        Object::Transform(transform) => cast::create_transform(transform),
        Object::TextSearchParser(parser) => text_search::create_parser(parser),
        Object::TextSearchTemplate(template) => text_search::create_template(template),
        Object::TextSearchDictionary(dictionary) => text_search::create_dictionary(dictionary),
        Object::TextSearchConfiguration(object) => text_search::create_configuration(object),
        Object::ForeignDataWrapper(wrapper) => foreign_data::create_wrapper(wrapper),
        Object::Server(server) => foreign_data::create_server(server),
        Object::UserMapping(mapping) => foreign_data::create_mapping(mapping),
        Object::Statistics(object) => statistics::create(object),
        Object::EventTrigger(trigger) => event_trigger::create(trigger),
        Object::Rule(object) => rule::create(object, false),
        Object::Publication(object) => publication::create(object),
        Object::Subscription(subscription) => publication::create_subscription(subscription),
        Object::DefaultPrivileges(_) => Sql::new(String::new()),
    };
    sql.text
}
