//! Applies statements to the catalog, one file a kind of object.

pub(crate) mod alter_column;
pub(crate) mod alter_table;
pub(crate) mod column;
pub(crate) mod comment;
pub(crate) mod common;
pub(crate) mod constraint;
pub(crate) mod do_block;
pub(crate) mod domain;
pub(crate) mod extension;
pub(crate) mod grant;
pub(crate) mod guard;
pub(crate) mod guard_tables;
pub(crate) mod index;
pub(crate) mod index_element;
pub(crate) mod like;
pub(crate) mod materialized_view;
pub(crate) mod mentions;
pub(crate) mod other;
pub(crate) mod partition;
pub(crate) mod policy;
pub(crate) mod removal;
pub(crate) mod rename;
pub(crate) mod routine;
pub(crate) mod schema;
pub(crate) mod sequence;
pub(crate) mod set;
pub(crate) mod stars;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod transaction;
pub(crate) mod trigger;
pub(crate) mod user_type;
pub(crate) mod view;
pub(crate) mod walk;
