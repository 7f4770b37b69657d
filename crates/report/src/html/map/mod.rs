//! The map: tables as boxes, foreign keys between them, each with its state, and where each box lies.
//!
//! Owns: which tables are on it, what a box shows, the layout. The script draws what it is given and arranges whole schemas.

mod cluster;
mod data;
mod model;
mod pack;
mod place;

pub(super) use data::json;
pub(super) use model::{Map, State};
