//! Which statements are on the list.

use super::{Judge, Verdict, dotted, fields, flag, list, node, parts, relation, text};
use serde_json::Value;

/// Settings of a session that a repair may set: none changes what is stored.
const SETTINGS: &[&str] = &[
    "lock_timeout",
    "statement_timeout",
    "search_path",
    "standard_conforming_strings",
    "check_function_bodies",
    // How values are printed, and how a query is run.
    "datestyle",
    "intervalstyle",
    "timezone",
    "extra_float_digits",
    "bytea_output",
    "quote_all_identifiers",
    "jit",
];

impl Judge<'_> {
    pub(super) fn statement(&mut self, tree: &Value) -> Verdict {
        let (kind, of) = node(tree)?;
        match kind {
            "SelectStmt" => self.reads_only(tree),
            "VariableSetStmt" => match (text(of, "kind"), text(of, "name")) {
                ("VAR_SET_VALUE" | "VAR_SET_DEFAULT" | "VAR_RESET", name) if SETTINGS.contains(&name) => {
                    Ok(())
                }
                // A session that can only read, until it has looked.
                ("VAR_RESET", "default_transaction_read_only") => Ok(()),
                ("VAR_SET_VALUE", "default_transaction_read_only")
                    if of.pointer("/args/0/A_Const/sval/sval").and_then(Value::as_str) == Some("on") =>
                {
                    Ok(())
                }
                (_, name) => Err(format!("the setting {name}")),
            },
            "TransactionStmt" => match text(of, "kind") {
                "TRANS_STMT_BEGIN" | "TRANS_STMT_COMMIT" => Ok(()),
                other => Err(other.to_owned()),
            },
            "LockStmt" => Ok(()),
            "AlterTableStmt" => self.alter_table(of),
            "CreateStmt" => self.create_table(of),
            "CreateForeignTableStmt" => self.create_table(fields(of, "base")?),
            "IndexStmt" => self.create_index(of),
            "ViewStmt" => self.create_view(of),
            "CreateTableAsStmt" => self.create_materialized_view(of),
            "CreateFunctionStmt" => self.create_function(of),
            "CreateDomainStmt" => self.create_domain(of),
            "CreateTrigStmt" => self.create_trigger(of),
            "RuleStmt" => self.create_rule(of),
            "CreatePolicyStmt" => self.create_policy(of),
            "CreateSeqStmt" => {
                self.makes("relation", &relation(fields(of, "sequence")?));
                Ok(())
            }
            "CreateSchemaStmt" => self.named("named", text(of, "schemaname"), of),
            "CreateExtensionStmt" => self.named("named", text(of, "extname"), of),
            "CreateForeignServerStmt" => self.named("named", text(of, "servername"), of),
            "CreateFdwStmt" => self.named("named", text(of, "fdwname"), of),
            "CreatePLangStmt" => self.named("named", text(of, "plname"), of),
            "CreateEnumStmt" | "CreateRangeStmt" => {
                self.makes("type", &dotted(&parts(of, "typeName")));
                Ok(())
            }
            "CompositeTypeStmt" => {
                self.makes("type", &relation(fields(of, "typevar")?));
                Ok(())
            }
            "DefineStmt" => {
                if flag(of, "replace") {
                    return Err("a definition is replaced".to_owned());
                }
                let name = dotted(&parts(of, "defnames"));
                self.makes(if text(of, "kind") == "OBJECT_AGGREGATE" { "routine" } else { "type" }, &name);
                Ok(())
            }
            "CreateOpFamilyStmt" => {
                self.makes("family", &dotted(&parts(of, "opfamilyname")));
                Ok(())
            }
            "CreateStatsStmt" => self.made_of(of, "defnames"),
            "CreateConversionStmt" => self.made_of(of, "conversion_name"),
            "CreateOpClassStmt" => self.made_of(of, "opclassname"),
            "AlterOwnerStmt" => self.alter_owner(of),
            "CreateAmStmt" | "CommentStmt" | "SecLabelStmt" => Ok(()),
            // Rows that the SQL states: constants, and never in the place of a row that is there.
            "InsertStmt"
                if of.pointer("/onConflictClause/action").and_then(Value::as_str)
                    == Some("ONCONFLICT_NOTHING")
                    && of.pointer("/selectStmt/SelectStmt/valuesLists").is_some()
                    && of.get("withClause").is_none() =>
            {
                Ok(())
            }
            "CreateTransformStmt" if !flag(of, "replace") => Ok(()),
            "CreateCastStmt" => self.needs_consent(false, "a cast"),
            "CreateEventTrigStmt" => {
                self.makes("event trigger", text(of, "trigname"));
                self.needs_consent(false, "an event trigger")
            }
            "AlterEventTrigStmt" => match text(of, "tgenabled") {
                "O" | "A" | "R" => self.needs_consent(false, "an event trigger"),
                _ if self.is_new("event trigger", text(of, "trigname")) => Ok(()),
                _ => Err("an event trigger is turned off".to_owned()),
            },
            "CreatePublicationStmt" => {
                self.makes("named", &dotted(&[text(of, "pubname")]));
                self.needs_consent(false, "a publication")
            }
            "AlterPublicationStmt" if text(of, "action") == "AP_AddObjects" => {
                self.needs_consent(false, "a publication")
            }
            "AlterOpFamilyStmt" if !flag(of, "isDrop") => {
                let new = self.is_new("family", &dotted(&parts(of, "opfamilyname")));
                self.needs_consent(new, "a member of an operator family")
            }
            "AlterTSConfigurationStmt" if text(of, "kind") == "ALTER_TSCONFIG_ADD_MAPPING" => Ok(()),
            "AlterEnumStmt" if text(of, "oldVal").is_empty() && flag(of, "skipIfNewValExists") => Ok(()),
            "AlterDomainStmt" => self.alter_domain(of),
            "AlterSeqStmt" => {
                let only_owner = list(of, "options").all(|option| {
                    option.pointer("/DefElem/defname").and_then(Value::as_str) == Some("owned_by")
                });
                if only_owner { Ok(()) } else { Err("ALTER SEQUENCE".to_owned()) }
            }
            "AlterStatsStmt" => Ok(()),
            "AlterObjectDependsStmt" if !flag(of, "remove") => Ok(()),
            "GrantStmt" => self.grant(of),
            "AlterDefaultPrivilegesStmt" if flag(fields(of, "action")?, "is_grant") => {
                self.needs_consent(false, "default privileges")
            }
            other => Err(format!("{other} is not on the list")),
        }
    }

    fn made_of(&mut self, of: &Value, field: &str) -> Verdict {
        self.makes("named", &dotted(&parts(of, field)));
        Ok(())
    }

    /// Only what the script itself made goes to an owner.
    fn alter_owner(&self, of: &Value) -> Verdict {
        let object = of.get("object").ok_or("an owner of nothing")?;
        let (kind, object) = node(object)?;
        let name = match kind {
            "String" => format!(".{}", text(object, "sval")),
            "List" => dotted(&parts(object, "items")),
            "ObjectWithArgs" => dotted(&parts(object, "objname")),
            "TypeName" => dotted(&parts(object, "names")),
            other => return Err(format!("an owner of {other}")),
        };
        // An operator class or family stands behind its access method.
        let new =
            ["relation", "routine", "type", "named", "family"].iter().any(|sort| self.is_new(sort, &name))
                || self.is_new("event trigger", name.trim_start_matches('.'));
        if new { Ok(()) } else { Err(format!("another owner of {name}")) }
    }

    fn named(&mut self, sort: &str, name: &str, of: &Value) -> Verdict {
        if flag(of, "replace") {
            return Err("a definition is replaced".to_owned());
        }
        self.makes(sort, &format!(".{name}"));
        Ok(())
    }

    /// The subtypes are those of `AlterDomainStmt` in `parsenodes.h`: T default, C add constraint, V validate.
    fn alter_domain(&mut self, of: &Value) -> Verdict {
        let name = dotted(&parts(of, "typeName"));
        match text(of, "subtype") {
            "T" if of.get("def").is_some() => Ok(()),
            "V" => Ok(()),
            "C" => {
                let constraint = fields(fields(of, "def")?, "Constraint")?;
                let unused = !self.database.used.contains(&name);
                let later = flag(constraint, "skip_validation") || self.is_new("type", &name) || unused;
                if text(constraint, "contype") != "CONSTR_CHECK" || !later {
                    return Err("a demand that is checked under a lock".to_owned());
                }
                self.own.demanding.insert(name);
                Ok(())
            }
            other => Err(format!("ALTER DOMAIN {other}")),
        }
    }
}
