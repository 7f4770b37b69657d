//! Whether a default can change from row to row.
//!
//! `ADD COLUMN … DEFAULT` keeps the table as it is only when the default calls no volatile function
//! (manual, ALTER TABLE, "Notes"). What is not known to be harmless counts as volatile.

use crate::mentions::mentions;
use trueup_catalog::{Catalog, Expr, Function, Name, ObjectKind, QualifiedName, Volatility};

/// Built-in functions and type names with parentheses that defaults use and that are not volatile
/// (`provolatile` in `pg_proc`).
const HARMLESS: &[&str] = &[
    // Syntax that looks like a call.
    "array",
    "row",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "cast",
    "extract",
    "in",
    "values",
    "any",
    "all",
    "current_timestamp",
    "localtimestamp",
    "current_time",
    "localtime",
    "and",
    "or",
    "not",
    "is",
    "then",
    "else",
    "when",
    "case",
    "as",
    "substring",
    "position",
    "overlay",
    "trim",
    "collate",
    "interval",
    // Types with modifiers.
    "numeric",
    "decimal",
    "dec",
    "varying",
    "varchar",
    "character",
    "char",
    "bpchar",
    "bit",
    "varbit",
    "float",
    "timestamp",
    "timestamptz",
    "time",
    "timetz",
    "int4",
    "int8",
    "int2",
    "text",
    "bool",
    "date",
    // Functions.
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "timezone",
    "date_trunc",
    "date_part",
    "to_char",
    "to_date",
    "to_number",
    "to_timestamp",
    "age",
    "make_date",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "make_interval",
    "lower",
    "upper",
    "initcap",
    "md5",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "concat",
    "concat_ws",
    "format",
    "replace",
    "left",
    "right",
    "lpad",
    "rpad",
    "repeat",
    "reverse",
    "btrim",
    "ltrim",
    "rtrim",
    "length",
    "char_length",
    "octet_length",
    "substr",
    "strpos",
    "split_part",
    "translate",
    "encode",
    "decode",
    "chr",
    "ascii",
    "quote_ident",
    "quote_literal",
    "abs",
    "round",
    "floor",
    "ceil",
    "ceiling",
    "trunc",
    "mod",
    "power",
    "sqrt",
    "sign",
    "div",
    "jsonb_build_object",
    "jsonb_build_array",
    "json_build_object",
    "json_build_array",
    "to_json",
    "to_jsonb",
    "jsonb_object",
    "json_object",
    "array_fill",
    "array_append",
    "array_cat",
    "string_to_array",
    "array_to_string",
    "current_setting",
    "current_database",
    "current_schema",
    "current_user",
    "session_user",
    "user",
    "pg_backend_pid",
    "inet_client_addr",
    "inet_server_addr",
    "txid_current",
    "pg_current_xact_id",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
    "to_tsvector",
    "point",
    "box",
    "circle",
    "polygon",
    "host",
    "network",
    "hashtext",
];

/// Whether `default` may call a volatile function.
pub(crate) fn is_volatile(default: &Expr, catalog: &Catalog) -> bool {
    mentions(&default.sql).iter().filter(|m| m.call).any(|mention| match mention.parts.as_slice() {
        [name] => {
            let own = default.search_path.iter().find_map(|schema| volatility(catalog, schema, name));
            own.unwrap_or_else(|| !HARMLESS.contains(&name.as_str()))
        }
        [schema, name] if *schema == trueup_catalog::PG_CATALOG => !HARMLESS.contains(&name.as_str()),
        [schema, name] => volatility(catalog, schema, name).unwrap_or(true),
        _ => true,
    })
}

/// Whether any function of this name is volatile; `None` when there is none.
fn volatility(catalog: &Catalog, schema: &Name, name: &Name) -> Option<bool> {
    let name = QualifiedName { schema: schema.clone(), name: name.clone() };
    let known: Vec<bool> = catalog
        .routines(ObjectKind::Function, &name)
        .filter_map(|(_, entry)| Function::of(&entry.object))
        .map(|f| f.0.volatility == Volatility::Volatile)
        .collect();
    if known.is_empty() { None } else { Some(known.contains(&true)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_harmless() {
        let catalog = Catalog::default();
        let volatile = |sql: &str| is_volatile(&Expr::qualified(sql), &catalog);
        assert!(!volatile("0"));
        assert!(!volatile("now()"));
        assert!(!volatile("'0'::numeric(10,2)"));
        assert!(!volatile("'x'::character varying(20)"));
        assert!(!volatile("(now() AT TIME ZONE 'utc'::text)"));
        assert!(volatile("gen_random_uuid()"));
        assert!(volatile("random()"));
        assert!(volatile("nextval('s'::regclass)"));
        assert!(volatile("public.make_id()"));
        assert!(volatile("clock_timestamp()"));
    }
}
