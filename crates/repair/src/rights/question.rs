//! The one query that asks a server which of many rights the current role lacks.
//!
//! Everything is looked up by value: nothing fails because a thing is not there. `pg_has_role(…, 'USAGE')` is what PostgreSQL's own
//! ownership checks ask (`has_privs_of_role` of `acl.c`), and true for superusers; giving a thing away takes membership up to 15 and
//! `SET` since 16 (`check_can_set_role`).

use super::{Need, Right, RightsQuestion, Sort};
use trueup_catalog::quote_literal;

/// Roles by which providers of managed servers make their customers' administrators.
const MANAGED: &[&str] =
    &["rds_superuser", "cloudsqlsuperuser", "alloydbsuperuser", "azure_pg_admin", "neon_superuser"];

/// How the things of a sort are found in their catalog: names of columns.
pub(crate) struct Place {
    pub catalog: &'static str,
    pub owner: &'static str,
    pub name: &'static str,
    pub namespace: Option<&'static str>,
    /// The condition on the detail.
    detail: Option<&'static str>,
}

impl Place {
    const fn global(catalog: &'static str, owner: &'static str, name: &'static str) -> Self {
        Place { catalog, owner, name, namespace: None, detail: None }
    }

    const fn in_schema(
        catalog: &'static str,
        owner: &'static str,
        name: &'static str,
        namespace: &'static str,
    ) -> Self {
        Place { catalog, owner, name, namespace: Some(namespace), detail: None }
    }
}

/// The types of a routine as `format_type` prints them with an empty search path.
const ARGUMENTS: &str = "(a.detail IS NULL OR a.detail = (SELECT coalesce(pg_catalog.string_agg(pg_catalog.format_type(x.type, NULL), ', ' ORDER BY x.place), '') FROM pg_catalog.unnest(o.proargtypes) WITH ORDINALITY AS x (type, place)))";
const SIDES: &str = "a.detail = pg_catalog.concat(CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprleft, NULL) END, ', ', CASE WHEN o.oprright = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprright, NULL) END)";

/// `None` for what stands in no catalog.
pub(crate) fn place(sort: Sort) -> Option<Place> {
    let method = |catalog, owner, name, namespace, condition| Place {
        detail: Some(condition),
        ..Place::in_schema(catalog, owner, name, namespace)
    };
    Some(match sort {
        Sort::Database | Sort::Statement => return None,
        Sort::Schema => Place::global("pg_namespace", "nspowner", "nspname"),
        Sort::Relation => Place::in_schema("pg_class", "relowner", "relname", "relnamespace"),
        Sort::Type => Place::in_schema("pg_type", "typowner", "typname", "typnamespace"),
        Sort::Routine => Place {
            detail: Some(ARGUMENTS),
            ..Place::in_schema("pg_proc", "proowner", "proname", "pronamespace")
        },
        Sort::Operator => Place {
            detail: Some(SIDES),
            ..Place::in_schema("pg_operator", "oprowner", "oprname", "oprnamespace")
        },
        Sort::OperatorFamily => method(
            "pg_opfamily",
            "opfowner",
            "opfname",
            "opfnamespace",
            "a.detail = (SELECT m.amname FROM pg_catalog.pg_am AS m WHERE m.oid = o.opfmethod)",
        ),
        Sort::OperatorClass => method(
            "pg_opclass",
            "opcowner",
            "opcname",
            "opcnamespace",
            "a.detail = (SELECT m.amname FROM pg_catalog.pg_am AS m WHERE m.oid = o.opcmethod)",
        ),
        Sort::Collation => Place::in_schema("pg_collation", "collowner", "collname", "collnamespace"),
        Sort::Conversion => Place::in_schema("pg_conversion", "conowner", "conname", "connamespace"),
        Sort::Language => Place::global("pg_language", "lanowner", "lanname"),
        Sort::ForeignDataWrapper => Place::global("pg_foreign_data_wrapper", "fdwowner", "fdwname"),
        Sort::Server => Place::global("pg_foreign_server", "srvowner", "srvname"),
        Sort::Statistics => Place::in_schema("pg_statistic_ext", "stxowner", "stxname", "stxnamespace"),
        Sort::Dictionary => Place::in_schema("pg_ts_dict", "dictowner", "dictname", "dictnamespace"),
        Sort::Configuration => Place::in_schema("pg_ts_config", "cfgowner", "cfgname", "cfgnamespace"),
        Sort::EventTrigger => Place::global("pg_event_trigger", "evtowner", "evtname"),
        Sort::Publication => Place::global("pg_publication", "pubowner", "pubname"),
        // Everyone may read its name and owner, not its connection string.
        Sort::Subscription => Place::global("pg_subscription", "subowner", "subname"),
        Sort::Extension => Place::global("pg_extension", "extowner", "extname"),
        Sort::Tablespace => Place::global("pg_tablespace", "spcowner", "spcname"),
        Sort::Role => Place::global("pg_roles", "oid", "rolname"),
    })
}

/// The things of one sort that are asked for, with their OIDs and owners.
fn found(sort: Sort) -> Option<String> {
    let Place { catalog, owner, name, namespace, detail } = place(sort)?;
    let (join, in_schema) = match namespace {
        Some(namespace) => (
            format!(" JOIN pg_catalog.pg_namespace AS n ON n.oid = o.{namespace}"),
            " AND n.nspname = a.schema",
        ),
        None => (String::new(), ""),
    };
    let detail = detail.map_or_else(String::new, |detail| format!(" AND {detail}"));
    // Not everyone may read the OID of a subscription up to 13.
    let oid = if sort == Sort::Subscription { "0::pg_catalog.oid AS oid" } else { "o.oid" };
    Some(format!(
        "SELECT a.i, a.part, {oid}, o.{owner} AS owner FROM asked AS a JOIN pg_catalog.{catalog} AS o ON o.{name} = a.name{join} WHERE a.sort = '{}'{in_schema}{detail}",
        sort.word()
    ))
}

fn need_word(need: Need) -> &'static str {
    match need {
        Need::Superuser => "superuser",
        Need::Own => "own",
        Need::Create => "create",
        Need::Usage => "usage",
        Need::WriteIn => "write in",
        Need::Execute => "execute",
        Need::References => "REFERENCES",
        Need::Trigger => "TRIGGER",
        Need::Select => "SELECT",
        Need::Insert => "INSERT",
        Need::Grant => "grant",
        Need::Become => "become",
        Need::ActAs => "act as",
        Need::DefaultsOf => "defaults of",
        Need::OwnerCreates => "owner creates",
        Need::OwnerSuperuser => "owner superuser",
        Need::Install => "install",
        Need::Unknown => "unknown",
    }
}

/// One branch of the answer whether the role has the right `a` on the thing `t`, which may not be there.
struct Branch {
    /// Whether a right of this sort may come here.
    of: fn(Need, Sort) -> bool,
    sql: &'static str,
}

/// The branches in their order. A query has those that its rights need, so that people can read it.
const BRANCHES: &[Branch] = &[
    Branch { of: |need, _| need != Need::OwnerSuperuser, sql: "me.super AND a.need <> 'owner superuser' THEN true" },
    Branch {
        of: |need, _| matches!(need, Need::Superuser | Need::Unknown),
        sql: "a.need IN ('superuser', 'unknown') THEN false",
    },
    Branch {
        of: |need, _| matches!(need, Need::Become | Need::DefaultsOf),
        sql: "a.need IN ('become', 'defaults of') THEN coalesce(pg_catalog.pg_has_role(role.oid,
            CASE WHEN me.version < 160000 THEN 'MEMBER' WHEN a.need = 'become' THEN 'SET' ELSE 'USAGE' END), false)",
    },
    Branch {
        of: |need, _| need == Need::ActAs,
        sql: "a.need = 'act as' THEN coalesce(pg_catalog.pg_has_role(role.oid, 'USAGE'), false)",
    },
    Branch {
        of: |need, _| need == Need::OwnerSuperuser,
        sql: "a.need = 'owner superuser' THEN coalesce((SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = role.oid), false)",
    },
    Branch {
        of: |need, sort| need == Need::OwnerCreates && sort == Sort::Database,
        sql: "a.need = 'owner creates' AND a.sort = 'database' THEN role.oid IS NOT NULL
            AND coalesce(pg_catalog.has_database_privilege(role.oid, pg_catalog.current_database(), 'CREATE'), false)",
    },
    Branch {
        of: |need, sort| need == Need::OwnerCreates && sort != Sort::Database,
        sql: "a.need = 'owner creates' THEN coalesce(pg_catalog.has_schema_privilege(role.oid, t.oid, 'CREATE'), false)",
    },
    Branch {
        of: |need, _| need == Need::Install,
        sql: "a.need = 'install' THEN t.oid IS NOT NULL OR NOT EXISTS (
            SELECT FROM pg_catalog.pg_available_extension_versions AS v
            WHERE v.name = a.name AND v.superuser
              AND NOT (v.trusted AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'))
              AND v.version = coalesce(a.detail, (
                  SELECT e.default_version FROM pg_catalog.pg_available_extensions AS e WHERE e.name = a.name)))",
    },
    Branch {
        of: |_, sort| sort == Sort::Database,
        sql: "a.sort = 'database' THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')",
    },
    // The plan makes it.
    Branch {
        of: |_, _| true,
        sql: "t.oid IS NULL THEN a.role IS NULL OR coalesce(pg_catalog.pg_has_role(role.oid, 'USAGE'), false)",
    },
    Branch { of: |need, _| need == Need::Own, sql: "a.need = 'own' THEN pg_catalog.pg_has_role(t.owner, 'USAGE')" },
    Branch {
        of: |need, sort| need == Need::Create && sort == Sort::Tablespace,
        sql: "a.need = 'create' AND a.sort = 'tablespace' THEN pg_catalog.has_tablespace_privilege(t.oid, 'CREATE')",
    },
    Branch {
        of: |need, sort| need == Need::Create && sort == Sort::Schema,
        sql: "a.need = 'create' AND a.sort = 'schema' THEN pg_catalog.has_schema_privilege(t.oid, 'CREATE')",
    },
    Branch {
        of: |need, sort| need == Need::Usage && sort == Sort::Schema,
        sql: "a.need = 'usage' AND a.sort = 'schema' THEN pg_catalog.has_schema_privilege(t.oid, 'USAGE')",
    },
    Branch {
        of: |need, sort| need == Need::Usage && sort == Sort::Type,
        sql: "a.need = 'usage' AND a.sort = 'type' THEN pg_catalog.has_type_privilege(t.oid, 'USAGE')",
    },
    Branch {
        of: |need, sort| need == Need::Usage && sort == Sort::ForeignDataWrapper,
        sql: "a.need = 'usage' AND a.sort = 'foreign-data wrapper' THEN pg_catalog.has_foreign_data_wrapper_privilege(t.oid, 'USAGE')",
    },
    Branch {
        of: |need, sort| need == Need::Usage && sort == Sort::Server,
        sql: "a.need = 'usage' AND a.sort = 'foreign server' THEN pg_catalog.has_server_privilege(t.oid, 'USAGE')",
    },
    Branch {
        of: |need, sort| need == Need::Usage && sort == Sort::Language,
        sql: "a.need = 'usage' AND a.sort = 'language' THEN pg_catalog.has_language_privilege(t.oid, 'USAGE')",
    },
    Branch {
        of: |need, _| need == Need::WriteIn,
        sql: "a.need = 'write in' THEN pg_catalog.has_language_privilege(t.oid, 'USAGE')
            AND (SELECT l.lanpltrusted FROM pg_catalog.pg_language AS l WHERE l.oid = t.oid)",
    },
    Branch {
        of: |need, _| need == Need::Execute,
        sql: "a.need = 'execute' THEN pg_catalog.has_function_privilege(t.oid, 'EXECUTE')",
    },
    Branch {
        of: |need, _| need == Need::Trigger,
        sql: "a.need = 'TRIGGER' THEN pg_catalog.has_table_privilege(t.oid, 'TRIGGER')",
    },
    Branch {
        of: |need, _| matches!(need, Need::References | Need::Select | Need::Insert),
        sql: "a.need IN ('REFERENCES', 'SELECT') THEN pg_catalog.has_table_privilege(t.oid, a.need) OR CASE
            WHEN a.columns = '{}' THEN pg_catalog.has_any_column_privilege(t.oid, a.need)
            ELSE coalesce((
                SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(t.oid, c.attnum, a.need))
                FROM pg_catalog.pg_attribute AS c
                WHERE c.attrelid = t.oid AND NOT c.attisdropped AND c.attname = ANY (a.columns)), true)
        END",
    },
    Branch {
        of: |need, sort| need == Need::Grant && sort != Sort::Relation,
        sql: "a.need = 'grant' AND a.sort <> 'relation' THEN pg_catalog.pg_has_role(t.owner, 'USAGE') OR NOT EXISTS (
            SELECT FROM pg_catalog.unnest(a.words) AS w (word) WHERE NOT CASE a.sort
                WHEN 'schema' THEN pg_catalog.has_schema_privilege(t.oid, w.word || ' WITH GRANT OPTION')
                WHEN 'routine' THEN pg_catalog.has_function_privilege(t.oid, w.word || ' WITH GRANT OPTION')
                WHEN 'type' THEN pg_catalog.has_type_privilege(t.oid, w.word || ' WITH GRANT OPTION')
                WHEN 'language' THEN pg_catalog.has_language_privilege(t.oid, w.word || ' WITH GRANT OPTION')
                WHEN 'foreign-data wrapper' THEN pg_catalog.has_foreign_data_wrapper_privilege(t.oid, w.word || ' WITH GRANT OPTION')
                WHEN 'foreign server' THEN pg_catalog.has_server_privilege(t.oid, w.word || ' WITH GRANT OPTION')
                ELSE false
            END)",
    },
    Branch {
        of: |need, sort| need == Need::Grant && sort == Sort::Relation,
        sql: "a.need = 'grant' THEN pg_catalog.pg_has_role(t.owner, 'USAGE') OR NOT EXISTS (
            SELECT FROM pg_catalog.unnest(a.words) AS w (word) WHERE NOT CASE
                WHEN (SELECT c.relkind FROM pg_catalog.pg_class AS c WHERE c.oid = t.oid) = 'S'
                    THEN pg_catalog.has_sequence_privilege(t.oid, w.word || ' WITH GRANT OPTION')
                WHEN a.columns = '{}' THEN pg_catalog.has_table_privilege(t.oid, w.word || ' WITH GRANT OPTION')
                ELSE coalesce((
                    SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(t.oid, c.attnum, w.word || ' WITH GRANT OPTION'))
                    FROM pg_catalog.pg_attribute AS c
                    WHERE c.attrelid = t.oid AND NOT c.attisdropped AND c.attname = ANY (a.columns)), false)
            END)",
    },
];

impl RightsQuestion {
    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.rights.is_empty()
    }

    /// Gives rows of (role, whether it is superuser, its roles of managed servers, number of a right that it lacks, owner of the
    /// thing); the number is NULL in the one row that there is if it lacks none. Needs an empty search path.
    pub fn query(&self) -> String {
        let managed = MANAGED.iter().map(|role| quote_literal(role)).collect::<Vec<_>>().join(", ");
        let mut sorts: Vec<Sort> =
            self.rights.iter().flat_map(|(right, _)| &right.on).map(|on| on.sort).collect();
        sorts.sort_unstable();
        sorts.dedup();
        let mut things: Vec<String> = sorts.into_iter().filter_map(found).collect();
        if things.is_empty() {
            things.push(
                "SELECT NULL::int AS i, NULL::int AS part, NULL::oid AS oid, NULL::oid AS owner".to_owned(),
            );
        }
        let mut values: Vec<String> = Vec::new();
        for (i, (right, _)) in self.rights.iter().enumerate() {
            for (part, on) in right.on.iter().enumerate() {
                values.push(row(i, part, right, on));
            }
        }
        if values.is_empty() {
            values.push(
                "(-1, 0, 'own', 'statement', NULL, '', NULL, '{}'::text[], '{}'::text[], NULL)".to_owned(),
            );
        }
        let pairs: Vec<(Need, Sort)> = self
            .rights
            .iter()
            .flat_map(|(right, _)| right.on.iter().map(|on| (right.need, on.sort)))
            .collect();
        let branches =
            BRANCHES.iter().filter(|branch| pairs.iter().any(|(need, sort)| (branch.of)(*need, *sort)));
        let has: String = branches.map(|branch| format!("\n        WHEN {}", branch.sql)).collect();
        // Nothing else is asked for; and a CASE needs a branch.
        let has = if has.is_empty() {
            "true".to_owned()
        } else {
            format!("CASE{has}\n        ELSE false\n    END")
        };
        format!(
            "\
WITH me AS (
    SELECT r.rolname AS name, r.rolsuper AS super, pg_catalog.current_setting('server_version_num')::int AS version,
        ARRAY(SELECT m.rolname::text FROM pg_catalog.pg_roles AS m WHERE m.rolname IN ({managed}) AND NOT r.rolsuper AND pg_catalog.pg_has_role(m.oid, 'MEMBER') ORDER BY 1) AS managed
    FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user
), asked (i, part, need, sort, schema, name, detail, columns, words, role) AS (VALUES
    {}
), thing AS (
    {}
), lacking AS (
    SELECT a.i, min(pg_catalog.pg_get_userbyid(t.owner)::text) AS owner
    FROM asked AS a CROSS JOIN me LEFT JOIN thing AS t ON t.i = a.i AND t.part = a.part
        LEFT JOIN pg_catalog.pg_roles AS role ON role.rolname = a.role
    GROUP BY a.i
    HAVING NOT pg_catalog.bool_or({has})
)
SELECT me.name::text, me.super, me.managed, l.i, l.owner FROM me LEFT JOIN lacking AS l ON true ORDER BY l.i",
            values.join(",\n    "),
            things.join("\n    UNION ALL "),
        )
    }
}

fn row(i: usize, part: usize, right: &Right, on: &super::Thing) -> String {
    let text = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), quote_literal);
    let list = |items: Vec<&str>| {
        if items.is_empty() {
            return "'{}'::text[]".to_owned();
        }
        let items: Vec<String> = items.into_iter().map(quote_literal).collect();
        format!("ARRAY[{}]", items.join(", "))
    };
    format!(
        "({i}, {part}, '{}', '{}', {}, {}, {}, {}, {}, {})",
        need_word(right.need),
        on.sort.word(),
        text(on.schema.as_ref().map(trueup_catalog::Name::as_str)),
        quote_literal(on.name.as_str()),
        text(on.detail.as_deref()),
        list(right.columns.iter().map(trueup_catalog::Name::as_str).collect()),
        list(right.words.iter().map(String::as_str).collect()),
        text(right.role.as_ref().map(trueup_catalog::Name::as_str)),
    )
}
