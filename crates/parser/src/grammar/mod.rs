//! Reads statements into small structs, one file a kind of object. Never: names resolved, or the catalog.

pub(crate) mod alter_table;
pub(crate) mod comment;
pub(crate) mod common;
pub(crate) mod constraint;
pub(crate) mod foreign_data;
pub(crate) mod grant;
pub(crate) mod index;
pub(crate) mod object;
pub(crate) mod policy;
pub(crate) mod routine;
pub(crate) mod schema;
pub(crate) mod security_label;
pub(crate) mod sequence;
pub(crate) mod table;
pub(crate) mod trigger;
pub(crate) mod types;
pub(crate) mod view;
