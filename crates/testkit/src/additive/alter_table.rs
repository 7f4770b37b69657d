//! `ALTER TABLE` and what shares its grammar: indexes, views, foreign tables, composite types, sequences.

use super::expression::not_null_of;
use super::facts::full;
use super::{Judge, Verdict, fields, flag, list, relation, text};
use serde_json::Value;

/// How the checks are named that a repair makes to prove a NOT NULL.
const HELPER: &str = "_trueup_not_null";

impl Judge<'_> {
    pub(super) fn alter_table(&mut self, of: &Value) -> Verdict {
        let table = relation(fields(of, "relation")?);
        let sort = text(of, "objtype");
        let commands: Vec<&Value> = list(of, "cmds").collect();
        if commands.is_empty() {
            return Err("nothing that is known".to_owned());
        }
        for command in commands {
            let command = fields(command, "AlterTableCmd")?;
            if text(command, "behavior") == "DROP_CASCADE" {
                return Err("CASCADE".to_owned());
            }
            self.alter_command(sort, &table, command)?;
        }
        Ok(())
    }

    fn alter_command(&mut self, sort: &str, table: &str, command: &Value) -> Verdict {
        let name = text(command, "name");
        let column = full(table, name);
        let new = self.is_new("relation", table);
        let subtype = text(command, "subtype");
        match (sort, subtype) {
            ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE", "AT_AddColumn") => {
                let definition = fields(fields(command, "def")?, "ColumnDef")?;
                if !new {
                    self.new_column(definition)?;
                }
                self.makes("column", &full(table, text(definition, "colname")));
                Ok(())
            }
            ("OBJECT_TYPE", "AT_AddColumn") => {
                let definition = fields(fields(command, "def")?, "ColumnDef")?;
                if list(definition, "constraints").next().is_some() {
                    return Err("an attribute that demands something".to_owned());
                }
                Ok(())
            }
            // Only for rows to come; without a value it would take a default away.
            ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE", "AT_ColumnDefault") if command.get("def").is_some() => {
                Ok(())
            }
            ("OBJECT_VIEW", "AT_ColumnDefault") if command.get("def").is_some() => {
                self.needs_consent(new, "a default of a view")
            }
            ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE", "AT_SetNotNull") => {
                self.proven.insert(column);
                Ok(())
            }
            (
                "OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE" | "OBJECT_MATVIEW" | "OBJECT_INDEX",
                "AT_SetStatistics",
            )
            | ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE" | "OBJECT_MATVIEW", "AT_SetOptions")
            | ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE" | "OBJECT_MATVIEW", "AT_SetStorage")
            | ("OBJECT_TABLE" | "OBJECT_MATVIEW", "AT_SetCompression" | "AT_ClusterOn")
            | ("OBJECT_TABLE" | "OBJECT_INDEX" | "OBJECT_MATVIEW", "AT_SetRelOptions")
            | ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE", "AT_ValidateConstraint")
            | ("OBJECT_TABLE" | "OBJECT_INDEX", "AT_AttachPartition") => Ok(()),
            ("OBJECT_VIEW", "AT_SetRelOptions") => self.needs_consent(new, "an option of a view"),
            ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE", "AT_AddConstraint") => {
                let constraint = fields(fields(command, "def")?, "Constraint")?;
                self.new_constraint(table, new, constraint)
            }
            (
                "OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE",
                "AT_EnableTrig" | "AT_EnableAlwaysTrig" | "AT_EnableReplicaTrig",
            ) => self.needs_consent(self.is_new("trigger", &column), "a trigger is turned on"),
            ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE", "AT_DisableTrig")
                if self.is_new("trigger", &column) =>
            {
                Ok(())
            }
            (
                "OBJECT_TABLE" | "OBJECT_VIEW",
                "AT_EnableRule" | "AT_EnableAlwaysRule" | "AT_EnableReplicaRule",
            ) => self.needs_consent(self.is_new("rule", &column), "a rule is turned on"),
            ("OBJECT_TABLE" | "OBJECT_VIEW", "AT_DisableRule") if self.is_new("rule", &column) => Ok(()),
            ("OBJECT_TABLE", "AT_EnableRowSecurity" | "AT_ForceRowSecurity") => {
                self.needs_consent(new, "row security is turned on")
            }
            (_, "AT_ChangeOwner") if new => Ok(()),
            ("OBJECT_TABLE", "AT_ReplicaIdentity") if new => Ok(()),
            ("OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE", "AT_AlterColumnType") => {
                let definition = fields(fields(command, "def")?, "ColumnDef")?;
                if definition.get("raw_default").is_some() {
                    return Err("USING rewrites the table".to_owned());
                }
                self.needs_consent(false, "a type is changed")?;
                self.widens(&column, fields(definition, "typeName")?)
            }
            ("OBJECT_TABLE", "AT_DropConstraint") => self.drop_helper(table, name),
            (sort, subtype) => Err(format!("{subtype} of {sort} is not on the list")),
        }
    }

    /// A column that rows get which are there.
    fn new_column(&self, definition: &Value) -> Verdict {
        self.keeps_rows(fields(definition, "typeName")?)?;
        for constraint in list(definition, "constraints") {
            let constraint = fields(constraint, "Constraint")?;
            match text(constraint, "contype") {
                "CONSTR_NULL" => {}
                // It fails rather than change a row.
                "CONSTR_NOTNULL" => {}
                "CONSTR_DEFAULT" => self.same_for_all_rows(fields(constraint, "raw_expr")?)?,
                "CONSTR_GENERATED" if text(constraint, "generated_kind") == "v" => {}
                other => return Err(format!("a new column with {other}")),
            }
        }
        Ok(())
    }

    /// A constraint, which looks at rows that are there only later, or by an index that is there.
    fn new_constraint(&mut self, table: &str, new: bool, of: &Value) -> Verdict {
        let name = text(of, "conname");
        if name.is_empty() {
            return Err("a constraint without a name is made again each time".to_owned());
        }
        // Until 17 a foreign key of a partitioned table can't be NOT VALID.
        let partitioned = self.relation_kind(table) == Some("p");
        let later = new || flag(of, "skip_validation") || !flag(of, "is_enforced");
        match text(of, "contype") {
            "CONSTR_CHECK" if later => {
                if let Some(column) = fields(of, "raw_expr").ok().and_then(not_null_of) {
                    self.helpers.insert(full(table, name), column.to_owned());
                }
                Ok(())
            }
            "CONSTR_NOTNULL" if new || flag(of, "skip_validation") => Ok(()),
            "CONSTR_FOREIGN" if later || partitioned => Ok(()),
            "CONSTR_PRIMARY" | "CONSTR_UNIQUE" if new || partitioned || !text(of, "indexname").is_empty() => {
                Ok(())
            }
            "CONSTR_EXCLUSION" if new => Ok(()),
            other => Err(format!("{other} would be checked while nobody can use the table")),
        }
    }

    /// The one thing that a repair drops: the check that it made to prove a NOT NULL, once the column itself carries it.
    fn drop_helper(&self, table: &str, name: &str) -> Verdict {
        match self.helpers.get(&full(table, name)) {
            Some(column) if name.ends_with(HELPER) && self.proven.contains(&full(table, column)) => Ok(()),
            Some(_) if name.ends_with(HELPER) => {
                Err("the helper goes before its column is NOT NULL".to_owned())
            }
            Some(_) | None => Err("DROP CONSTRAINT".to_owned()),
        }
    }
}
