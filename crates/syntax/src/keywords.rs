//! PostgreSQL's key words and where each may stand as a name: `pg_get_keywords()` of PostgreSQL 18 (manual, appendix C).

/// Category of a word, as in `src/include/parser/kwlist.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeywordClass {
    /// No key word, or an unreserved one: any name.
    Free,
    /// May be a column or table name, no function or type name.
    ColumnName,
    /// May be a function or type name, no column or table name.
    TypeOrFunction,
    /// Only a label after AS.
    Reserved,
}

/// `col_name_keyword`
const COLUMN_NAME: &[&str] = &[
    "between", "bigint", "bit", "boolean", "char", "character", "coalesce", "dec", "decimal", "exists", "extract",
    "float", "greatest", "grouping", "inout", "int", "integer", "interval", "json", "json_array", "json_arrayagg",
    "json_exists", "json_object", "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table",
    "json_value", "least", "merge_action", "national", "nchar", "none", "normalize", "nullif", "numeric", "out",
    "overlay", "position", "precision", "real", "row", "setof", "smallint", "substring", "time", "timestamp",
    "treat", "trim", "values", "varchar", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest",
    "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
];

/// `type_func_name_keyword`
const TYPE_FUNC_NAME: &[&str] = &[
    "authorization", "binary", "collation", "concurrently", "cross", "current_schema", "freeze", "full", "ilike",
    "inner", "is", "isnull", "join", "left", "like", "natural", "notnull", "outer", "overlaps", "right", "similar",
    "tablesample", "verbose",
];

/// `reserved_keyword`
const RESERVED: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast", "check",
    "collate", "column", "constraint", "create", "current_catalog", "current_date", "current_role", "current_time",
    "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "false", "fetch", "for", "foreign", "from", "grant", "group", "having", "in", "initially", "intersect", "into",
    "lateral", "leading", "limit", "localtime", "localtimestamp", "not", "null", "offset", "on", "only", "or",
    "order", "placing", "primary", "references", "returning", "select", "session_user", "some", "symmetric",
    "system_user", "table", "then", "to", "trailing", "true", "union", "unique", "user", "using", "variadic",
    "when", "where", "window", "with",
];

/// `unreserved_keyword`
const UNRESERVED: &[&str] = &[
    "abort", "absent", "absolute", "access", "action", "add", "admin", "after", "aggregate", "also", "alter",
    "always", "asensitive", "assertion", "assignment", "at", "atomic", "attach", "attribute", "backward", "before",
    "begin", "breadth", "by", "cache", "call", "called", "cascade", "cascaded", "catalog", "chain",
    "characteristics", "checkpoint", "class", "close", "cluster", "columns", "comment", "comments", "commit",
    "committed", "compression", "conditional", "configuration", "conflict", "connection", "constraints", "content",
    "continue", "conversion", "copy", "cost", "csv", "cube", "current", "cursor", "cycle", "data", "database",
    "day", "deallocate", "declare", "defaults", "deferred", "definer", "delete", "delimiter", "delimiters",
    "depends", "depth", "detach", "dictionary", "disable", "discard", "document", "domain", "double", "drop",
    "each", "empty", "enable", "encoding", "encrypted", "enforced", "enum", "error", "escape", "event", "exclude",
    "excluding", "exclusive", "execute", "explain", "expression", "extension", "external", "family", "filter",
    "finalize", "first", "following", "force", "format", "forward", "function", "functions", "generated", "global",
    "granted", "groups", "handler", "header", "hold", "hour", "identity", "if", "immediate", "immutable",
    "implicit", "import", "include", "including", "increment", "indent", "index", "indexes", "inherit", "inherits",
    "inline", "input", "insensitive", "insert", "instead", "invoker", "isolation", "keep", "key", "keys", "label",
    "language", "large", "last", "leakproof", "level", "listen", "load", "local", "location", "lock", "locked",
    "logged", "mapping", "match", "matched", "materialized", "maxvalue", "merge", "method", "minute", "minvalue",
    "mode", "month", "move", "name", "names", "nested", "new", "next", "nfc", "nfd", "nfkc", "nfkd", "no",
    "normalized", "nothing", "notify", "nowait", "nulls", "object", "objects", "of", "off", "oids", "old", "omit",
    "operator", "option", "options", "ordinality", "others", "over", "overriding", "owned", "owner", "parallel",
    "parameter", "parser", "partial", "partition", "passing", "password", "path", "period", "plan", "plans",
    "policy", "preceding", "prepare", "prepared", "preserve", "prior", "privileges", "procedural", "procedure",
    "procedures", "program", "publication", "quote", "quotes", "range", "read", "reassign", "recursive", "ref",
    "referencing", "refresh", "reindex", "relative", "release", "rename", "repeatable", "replace", "replica",
    "reset", "restart", "restrict", "return", "returns", "revoke", "role", "rollback", "rollup", "routine",
    "routines", "rows", "rule", "savepoint", "scalar", "schema", "schemas", "scroll", "search", "second",
    "security", "sequence", "sequences", "serializable", "server", "session", "set", "sets", "share", "show",
    "simple", "skip", "snapshot", "source", "sql", "stable", "standalone", "start", "statement", "statistics",
    "stdin", "stdout", "storage", "stored", "strict", "string", "strip", "subscription", "support", "sysid",
    "system", "tables", "tablespace", "target", "temp", "template", "temporary", "text", "ties", "transaction",
    "transform", "trigger", "truncate", "trusted", "type", "types", "uescape", "unbounded", "uncommitted",
    "unconditional", "unencrypted", "unknown", "unlisten", "unlogged", "until", "update", "vacuum", "valid",
    "validate", "validator", "value", "varying", "version", "view", "views", "virtual", "volatile", "whitespace",
    "within", "without", "work", "wrapper", "write", "xml", "year", "yes", "zone",
];

/// Words that can be a column label only after AS.
const NEEDS_AS: &[&str] = &[
    "array", "as", "char", "character", "create", "day", "except", "fetch", "filter", "for", "from", "grant",
    "group", "having", "hour", "intersect", "into", "isnull", "limit", "minute", "month", "notnull", "offset", "on",
    "order", "over", "overlaps", "precision", "returning", "second", "to", "union", "varying", "where", "window",
    "with", "within", "without", "year",
];

fn contains(list: &[&str], word: &str) -> bool {
    let mut buffer = [0u8; 24];
    let bytes = word.as_bytes();
    let Some(lower) = buffer.get_mut(..bytes.len()) else { return false };
    lower.copy_from_slice(bytes);
    lower.make_ascii_lowercase();
    let lower: &[u8] = lower;
    list.binary_search_by(|probe| probe.as_bytes().cmp(lower)).is_ok()
}

/// The category of an unquoted word, in any case.
#[must_use]
pub fn keyword_class(word: &str) -> KeywordClass {
    if contains(RESERVED, word) {
        KeywordClass::Reserved
    } else if contains(COLUMN_NAME, word) {
        KeywordClass::ColumnName
    } else if contains(TYPE_FUNC_NAME, word) {
        KeywordClass::TypeOrFunction
    } else {
        KeywordClass::Free
    }
}

/// Whether an unquoted word is reserved: no name of anything, only a label after AS.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    contains(RESERVED, word)
}

/// Whether an unquoted word is a key word of any category.
pub(crate) fn is_known(word: &str) -> bool {
    [UNRESERVED, RESERVED, COLUMN_NAME, TYPE_FUNC_NAME].iter().any(|list| contains(list, word))
}

/// Whether an unquoted word can label an output column without AS (`BareColLabel`).
pub(crate) fn is_bare_label(word: &str) -> bool {
    !contains(NEEDS_AS, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_found() {
        for list in [COLUMN_NAME, TYPE_FUNC_NAME, RESERVED, NEEDS_AS, UNRESERVED] {
            assert!(list.is_sorted());
            assert!(list.iter().all(|w| contains(list, &w.to_uppercase())));
        }
        assert_eq!(keyword_class("SELECT"), KeywordClass::Reserved);
        assert_eq!(keyword_class("left"), KeywordClass::TypeOrFunction);
        assert_eq!(keyword_class("Coalesce"), KeywordClass::ColumnName);
        assert_eq!(keyword_class("name"), KeywordClass::Free);
        assert!(!is_bare_label("day"));
    }
}
