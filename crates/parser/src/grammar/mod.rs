//! Reads statements into small structs, one file a kind of object. Never: names resolved, or the catalog.
