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

mod ambient;
mod attribute;
mod catalog;
mod column;
mod composite_type;
mod constraint;
mod data_type;
mod domain;
mod enum_type;
mod expr;
mod extension;
mod gap;
mod index;
mod key;
mod keywords;
mod kind;
mod materialized_view;
mod name;
mod options;
mod policy;
mod privilege;
mod range_type;
mod routine;
mod schema;
mod sequence;
mod span;
mod table;
mod trigger;
mod type_modifier;
mod view;

pub use ambient::*;
pub use attribute::*;
pub use catalog::*;
pub use column::*;
pub use composite_type::*;
pub use constraint::*;
pub use data_type::*;
pub use domain::*;
pub use enum_type::*;
pub use expr::*;
pub use extension::*;
pub use gap::*;
pub use index::*;
pub use key::*;
pub use keywords::is_reserved;
pub use kind::*;
pub use materialized_view::*;
pub use name::*;
pub use options::*;
pub use policy::*;
pub use privilege::*;
pub use range_type::*;
pub use routine::*;
pub use schema::*;
pub use sequence::*;
pub use span::*;
pub use table::*;
pub use trigger::*;
pub use type_modifier::builtin_modifiers;
pub use view::*;
