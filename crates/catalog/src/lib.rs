//! The schema model of trueup.
//!
//! Owns: the kinds of object, their keys and names, data types, expressions as text with the
//! names' context, the catalog of objects, and what could not be read (gaps).
//!
//! Never: does I/O, reads SQL text, decides whether two definitions mean the same, or is async.
//!
//! A catalog is filled by the parser (from SQL files) or by introspection (from a live server);
//! the two must end in the same values for the same schema. Everything is ordered, so that every
//! output made from a catalog is deterministic.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod access_method;
mod aggregate;
mod ambient;
mod attribute;
mod base_type;
mod cast;
mod catalog;
mod collation;
mod column;
mod composite_type;
mod constraint;
mod conversion;
mod data_type;
mod default_privileges;
mod domain;
mod enum_type;
mod event_trigger;
mod expr;
mod extension;
mod foreign_data;
mod gap;
mod index;
mod key;
mod keywords;
mod kind;
mod language;
mod materialized_view;
mod name;
mod operator;
mod operator_class;
mod operator_family;
mod options;
mod policy;
mod privilege;
mod publication;
mod range_type;
mod routine;
mod rule;
mod schema;
mod sequence;
mod span;
mod stated_rows;
mod statistics;
mod subscription;
mod table;
mod text_search;
mod transform;
mod trigger;
mod type_modifier;
mod view;

pub use access_method::*;
pub use aggregate::*;
pub use ambient::*;
pub use attribute::*;
pub use base_type::*;
pub use cast::*;
pub use catalog::*;
pub use collation::*;
pub use column::*;
pub use composite_type::*;
pub use constraint::*;
pub use conversion::*;
pub use data_type::*;
pub use default_privileges::*;
pub use domain::*;
pub use enum_type::*;
pub use event_trigger::*;
pub use expr::*;
pub use extension::*;
pub use foreign_data::*;
pub use gap::*;
pub use index::*;
pub use key::*;
pub use keywords::is_reserved;
pub use kind::*;
pub use language::*;
pub use materialized_view::*;
pub use name::*;
pub use operator::*;
pub use operator_class::*;
pub use operator_family::*;
pub use options::*;
pub use policy::*;
pub use privilege::*;
pub use publication::*;
pub use range_type::*;
pub use routine::*;
pub use rule::*;
pub use schema::*;
pub use sequence::*;
pub use span::*;
pub use stated_rows::*;
pub use statistics::*;
pub use subscription::*;
pub use table::*;
pub use text_search::*;
pub use transform::*;
pub use trigger::*;
pub use type_modifier::builtin_modifiers;
pub use view::*;
