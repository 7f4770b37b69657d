//! Conditions for guards: what is looked up in `pg_catalog` before a statement acts.
//!
//! Names are looked up in `pg_namespace` and `pg_class` by value, never cast to `regclass`: a cast raises
//! an error when the schema can't be seen.

use crate::shape;
use trueup_catalog::{
    Address, DataType, Name, ObjectKey, ObjectKind, OperatorFamily, QualifiedName, quote_literal,
};

pub(crate) const RELATION: &str =
    "pg_catalog.pg_class AS r JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace";

pub(crate) fn at(schema: &Name, relation: &Name) -> String {
    format!(
        "n.nspname = {} AND r.relname = {}",
        quote_literal(schema.as_str()),
        quote_literal(relation.as_str())
    )
}

pub(crate) fn of(table: &QualifiedName) -> String {
    at(&table.schema, &table.name)
}

/// A `SELECT` for `EXISTS`, one clause a line.
pub(crate) fn exists(from: &str, condition: &str) -> String {
    format!("EXISTS (\n        SELECT FROM {from}\n        WHERE {condition}\n    )")
}

pub(crate) fn not(condition: &str) -> String {
    format!("NOT {condition}")
}

/// A relation of some kind has this name.
pub(crate) fn any_relation(name: &QualifiedName) -> String {
    exists(RELATION, &of(name))
}

/// No relation of any kind has this name.
pub(crate) fn no_relation(name: &QualifiedName) -> String {
    not(&any_relation(name))
}

/// No type has this name.
pub(crate) fn no_type(name: &QualifiedName) -> String {
    not(&exists(
        "pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace",
        &format!(
            "n.nspname = {} AND t.typname = {}",
            quote_literal(name.schema.as_str()),
            quote_literal(name.name.as_str())
        ),
    ))
}

/// No routine has this name and these argument types.
pub(crate) fn no_routine(name: &QualifiedName, arguments: &[DataType]) -> String {
    no_routine_over_shells(name, arguments, &[])
}

/// The same for one of the functions that a base type is made of: `regtype` refuses the name of a shell type, so that it is looked up.
pub(crate) fn no_routine_over_shells(
    name: &QualifiedName,
    arguments: &[DataType],
    shells: &[&QualifiedName],
) -> String {
    let oid = |t: &DataType| match t.qualified_name().filter(|name| shells.contains(&name)) {
        Some(name) => format!(
            "(SELECT t.oid FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS s ON s.oid = t.typnamespace WHERE s.nspname = {} AND t.typname = {})",
            quote_literal(name.schema.as_str()),
            quote_literal(name.name.as_str())
        ),
        None => format!("{}::pg_catalog.regtype::pg_catalog.oid", quote_literal(&t.to_string())),
    };
    // `proargtypes` prints as its OIDs with spaces between, and so does this list.
    let types = arguments.iter().map(oid).collect::<Vec<_>>();
    let wanted = if types.is_empty() {
        "''".to_owned()
    } else {
        format!("pg_catalog.concat_ws(' ', {})", types.join(", "))
    };
    not(&exists(
        "pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace",
        &format!(
            "n.nspname = {} AND p.proname = {}\n            AND p.proargtypes::pg_catalog.text = {wanted}",
            quote_literal(name.schema.as_str()),
            quote_literal(name.name.as_str())
        ),
    ))
}

fn constraint(table: &QualifiedName, name: &Name, also: &str) -> String {
    exists(
        "pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_class AS r ON r.oid = c.conrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace",
        &format!("{} AND c.conname = {}{also}", of(table), quote_literal(name.as_str())),
    )
}

/// The table has no constraint of this name.
pub(crate) fn no_constraint(table: &QualifiedName, name: &Name) -> String {
    not(&constraint(table, name, ""))
}

/// The table has this constraint, not yet validated.
pub(crate) fn constraint_waits(table: &QualifiedName, name: &Name) -> String {
    constraint(table, name, " AND NOT c.convalidated")
}

/// The table has this constraint, validated.
pub(crate) fn constraint_holds(table: &QualifiedName, name: &Name) -> String {
    constraint(table, name, " AND c.convalidated")
}

/// The domain has no constraint of this name.
pub(crate) fn no_domain_constraint(domain: &QualifiedName, name: &Name) -> String {
    not(&exists(
        "pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_type AS t ON t.oid = c.contypid JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace",
        &format!(
            "n.nspname = {} AND t.typname = {} AND c.conname = {}",
            quote_literal(domain.schema.as_str()),
            quote_literal(domain.name.as_str()),
            quote_literal(name.as_str())
        ),
    ))
}

fn column(table: &QualifiedName, name: &Name, also: &str) -> String {
    exists(
        "pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS r ON r.oid = a.attrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace",
        &format!(
            "{} AND a.attname = {} AND NOT a.attisdropped{also}",
            of(table),
            quote_literal(name.as_str())
        ),
    )
}

/// The table has no such column.
pub(crate) fn no_column(table: &QualifiedName, name: &Name) -> String {
    not(&column(table, name, ""))
}

/// The column is there and nullable.
pub(crate) fn column_nullable(table: &QualifiedName, name: &Name) -> String {
    column(table, name, " AND NOT a.attnotnull")
}

/// The column is there and NOT NULL.
pub(crate) fn column_not_null(table: &QualifiedName, name: &Name) -> String {
    column(table, name, " AND a.attnotnull")
}

/// The column is there and no identity.
pub(crate) fn column_counts_not(table: &QualifiedName, name: &Name) -> String {
    column(table, name, " AND a.attidentity = ''")
}

/// The column is not there, or not this sort of identity.
pub(crate) fn column_is_no_identity(table: &QualifiedName, name: &Name, always: bool) -> String {
    let sort = if always { 'a' } else { 'd' };
    not(&column(table, name, &format!(" AND a.attidentity = '{sort}'")))
}

/// The column has a type other than this one.
pub(crate) fn column_has_other_type(table: &QualifiedName, name: &Name, data_type: &DataType) -> String {
    column(
        table,
        name,
        &format!("\n            AND NOT {}", shape::is_type("a.atttypid", "a.atttypmod", data_type)),
    )
}

/// An index of this name is there and invalid.
pub(crate) fn index_invalid(schema: &Name, name: &Name) -> String {
    exists(
        "pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS r ON r.oid = i.indexrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace",
        &format!("{} AND NOT i.indisvalid", at(schema, name)),
    )
}

/// The relation has no trigger of this name.
pub(crate) fn no_trigger(table: &QualifiedName, name: &Name) -> String {
    not(&exists(
        "pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS r ON r.oid = t.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace",
        &format!("{} AND t.tgname = {} AND NOT t.tgisinternal", of(table), quote_literal(name.as_str())),
    ))
}

/// The table has no policy of this name.
pub(crate) fn no_policy(table: &QualifiedName, name: &Name) -> String {
    not(&exists(
        "pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS r ON r.oid = p.polrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace",
        &format!("{} AND p.polname = {}", of(table), quote_literal(name.as_str())),
    ))
}

/// The relation has no rule of this name.
pub(crate) fn no_rule(table: &QualifiedName, name: &Name) -> String {
    not(&exists(
        "pg_catalog.pg_rewrite AS w JOIN pg_catalog.pg_class AS r ON r.oid = w.ev_class JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace",
        &format!("{} AND w.rulename = {}", of(table), quote_literal(name.as_str())),
    ))
}

/// The type is there as a shell, to be filled.
pub(crate) fn type_is_shell(name: &QualifiedName) -> String {
    exists(
        "pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace",
        &format!(
            "n.nspname = {} AND t.typname = {} AND NOT t.typisdefined",
            quote_literal(name.schema.as_str()),
            quote_literal(name.name.as_str())
        ),
    )
}

fn type_oid(data_type: &DataType) -> String {
    format!("{}::pg_catalog.regtype", quote_literal(&data_type.to_string()))
}

const FAMILY: &str = "JOIN pg_catalog.pg_opfamily AS f ON f.oid = m.{} JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS a ON a.oid = f.opfmethod";

fn of_family(family: &OperatorFamily) -> String {
    format!(
        "n.nspname = {} AND f.opfname = {} AND a.amname = {}",
        quote_literal(family.name.schema.as_str()),
        quote_literal(family.name.name.as_str()),
        quote_literal(family.method.as_str())
    )
}

/// The family has no operator with this number for these types.
pub(crate) fn no_family_operator(
    family: &OperatorFamily,
    left: &DataType,
    right: &DataType,
    strategy: i16,
) -> String {
    not(&exists(
        &format!("pg_catalog.pg_amop AS m {}", FAMILY.replace("{}", "amopfamily")),
        &format!(
            "{} AND m.amopstrategy = {strategy} AND m.amoplefttype = {} AND m.amoprighttype = {}",
            of_family(family),
            type_oid(left),
            type_oid(right)
        ),
    ))
}

/// The family has no support function with this number for these types.
pub(crate) fn no_family_function(
    family: &OperatorFamily,
    left: &DataType,
    right: &DataType,
    number: i16,
) -> String {
    not(&exists(
        &format!("pg_catalog.pg_amproc AS m {}", FAMILY.replace("{}", "amprocfamily")),
        &format!(
            "{} AND m.amprocnum = {number} AND m.amproclefttype = {} AND m.amprocrighttype = {}",
            of_family(family),
            type_oid(left),
            type_oid(right)
        ),
    ))
}

/// The configuration maps no token of this alias.
pub(crate) fn no_mapping(configuration: &QualifiedName, token: &str) -> String {
    not(&exists(
        "pg_catalog.pg_ts_config AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace JOIN pg_catalog.pg_ts_config_map AS m ON m.mapcfg = c.oid CROSS JOIN LATERAL pg_catalog.ts_token_type(c.cfgparser) AS t",
        &format!(
            "n.nspname = {} AND c.cfgname = {} AND t.tokid = m.maptokentype AND t.alias = {}",
            quote_literal(configuration.schema.as_str()),
            quote_literal(configuration.name.as_str()),
            quote_literal(token)
        ),
    ))
}

/// The publication does not list the table.
pub(crate) fn not_published(publication: &Name, table: &QualifiedName) -> String {
    not(&exists(
        "pg_catalog.pg_publication AS p JOIN pg_catalog.pg_publication_rel AS m ON m.prpubid = p.oid JOIN pg_catalog.pg_class AS r ON r.oid = m.prrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace",
        &format!("{} AND p.pubname = {}", of(table), quote_literal(publication.as_str())),
    ))
}

/// The publication does not list the schema (15 and later).
pub(crate) fn schema_not_published(publication: &Name, schema: &Name) -> String {
    not(&exists(
        "pg_catalog.pg_publication AS p JOIN pg_catalog.pg_publication_namespace AS m ON m.pnpubid = p.oid JOIN pg_catalog.pg_namespace AS n ON n.oid = m.pnnspid",
        &format!(
            "p.pubname = {} AND n.nspname = {}",
            quote_literal(publication.as_str()),
            quote_literal(schema.as_str())
        ),
    ))
}

/// No object of its kind has the key: of kinds that have a catalog and a name of their own.
pub(crate) fn no_object(key: &ObjectKey) -> String {
    let in_schema = |catalog: &str, prefix: &str, name: &QualifiedName| {
        not(&exists(
            &format!(
                "pg_catalog.{catalog} AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.{prefix}namespace"
            ),
            &format!(
                "n.nspname = {} AND o.{prefix}name = {}",
                quote_literal(name.schema.as_str()),
                quote_literal(name.name.as_str())
            ),
        ))
    };
    let global = |catalog: &str, column: &str, name: &Name| {
        not(&exists(
            &format!("pg_catalog.{catalog} AS o"),
            &format!("o.{column} = {}", quote_literal(name.as_str())),
        ))
    };
    match &key.address {
        Address::Global(name) => {
            let (catalog, column) = match key.kind {
                ObjectKind::Language => ("pg_language", "lanname"),
                ObjectKind::AccessMethod => ("pg_am", "amname"),
                ObjectKind::ForeignDataWrapper => ("pg_foreign_data_wrapper", "fdwname"),
                ObjectKind::Server => ("pg_foreign_server", "srvname"),
                ObjectKind::EventTrigger => ("pg_event_trigger", "evtname"),
                ObjectKind::Publication => ("pg_publication", "pubname"),
                ObjectKind::Extension => ("pg_extension", "extname"),
                _ => ("pg_namespace", "nspname"),
            };
            global(catalog, column, name)
        }
        Address::InSchema(name) => match key.kind {
            ObjectKind::Collation => in_schema("pg_collation", "coll", name),
            ObjectKind::Conversion => in_schema("pg_conversion", "con", name),
            ObjectKind::Statistics => in_schema("pg_statistic_ext", "stx", name),
            ObjectKind::TextSearchParser => in_schema("pg_ts_parser", "prs", name),
            ObjectKind::TextSearchTemplate => in_schema("pg_ts_template", "tmpl", name),
            ObjectKind::TextSearchDictionary => in_schema("pg_ts_dict", "dict", name),
            ObjectKind::TextSearchConfiguration => in_schema("pg_ts_config", "cfg", name),
            _ => no_relation(name),
        },
        Address::OfMethod { name, method } => {
            let (catalog, prefix) = if key.kind == ObjectKind::OperatorClass {
                ("pg_opclass", "opc")
            } else {
                ("pg_opfamily", "opf")
            };
            not(&exists(
                &format!(
                    "pg_catalog.{catalog} AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.{prefix}namespace JOIN pg_catalog.pg_am AS a ON a.oid = o.{prefix}method"
                ),
                &format!(
                    "n.nspname = {} AND o.{prefix}name = {} AND a.amname = {}",
                    quote_literal(name.schema.as_str()),
                    quote_literal(name.name.as_str()),
                    quote_literal(method.as_str())
                ),
            ))
        }
        Address::Operator { name, left, right } => {
            let side = |side: &Option<DataType>| side.as_ref().map_or_else(|| "0".to_owned(), type_oid);
            not(&exists(
                "pg_catalog.pg_operator AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace",
                &format!(
                    "n.nspname = {} AND o.oprname = {}\n            AND o.oprleft = {} AND o.oprright = {} AND o.oprcode <> 0",
                    quote_literal(name.schema.as_str()),
                    quote_literal(name.name.as_str()),
                    side(left),
                    side(right)
                ),
            ))
        }
        Address::Cast { source, target } => not(&exists(
            "pg_catalog.pg_cast AS c",
            &format!("c.castsource = {} AND c.casttarget = {}", type_oid(source), type_oid(target)),
        )),
        Address::Transform { data_type, language } => not(&exists(
            "pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang",
            &format!(
                "t.trftype = {} AND l.lanname = {}",
                type_oid(data_type),
                quote_literal(language.as_str())
            ),
        )),
        Address::Routine { name, arguments } => no_routine(name, arguments),
        Address::OnRelation { relation, name } => no_rule(relation, name),
        Address::UserMapping { server, .. } => global("pg_foreign_server", "srvname", server),
        Address::DefaultPrivileges { role, .. } => global("pg_roles", "rolname", role),
    }
}

/// The relation (a table or an index) is nobody's partition or child.
pub(crate) fn not_attached(schema: &Name, name: &Name) -> String {
    not(&exists(
        "pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS r ON r.oid = i.inhrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace",
        &at(schema, name),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_names_the_schema_and_quotes_names_as_values() {
        let table = QualifiedName::new("public", "It's");
        assert_eq!(
            no_constraint(&table, &"k".into()),
            "NOT EXISTS (\n        SELECT FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_class AS r ON r.oid = c.conrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace\n        WHERE n.nspname = 'public' AND r.relname = 'It''s' AND c.conname = 'k'\n    )"
        );
    }

    #[test]
    fn routines_are_told_apart_by_their_argument_types() {
        let name = QualifiedName::new("public", "f");
        assert!(no_routine(&name, &[]).contains("p.proargtypes::pg_catalog.text = ''"));
        assert!(
            no_routine(&name, &[DataType::builtin("int4")])
                .contains("pg_catalog.concat_ws(' ', 'integer'::pg_catalog.regtype::pg_catalog.oid)")
        );
    }
}
