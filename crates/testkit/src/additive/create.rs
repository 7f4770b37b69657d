//! What makes something new.

use super::facts::{Volatility, full};
use super::{Judge, Verdict, dotted, fields, flag, list, parts, relation, text};
use serde_json::Value;

impl Judge<'_> {
    pub(super) fn create_table(&mut self, of: &Value) -> Verdict {
        let range = fields(of, "relation")?;
        if text(range, "relpersistence") == "t" {
            return Err("a temporary table".to_owned());
        }
        self.makes("relation", &relation(range));
        Ok(())
    }

    /// Only what is new may be built while writers wait; else concurrently, or for the partitioned table alone.
    pub(super) fn create_index(&mut self, of: &Value) -> Verdict {
        let range = fields(of, "relation")?;
        let table = relation(range);
        let alone = self.relation_kind(&table) == Some("p") && !flag(range, "inh");
        if text(of, "idxname").is_empty() {
            return Err("an index without a name is made again each time".to_owned());
        }
        if self.is_new("relation", &table) || flag(of, "concurrent") || alone {
            self.makes("relation", &full(text(range, "schemaname"), text(of, "idxname")));
            return Ok(());
        }
        Err("an index is built while writers wait".to_owned())
    }

    pub(super) fn create_view(&mut self, of: &Value) -> Verdict {
        let name = relation(fields(of, "view")?);
        if flag(of, "replace") {
            return self.needs_consent(self.is_new("relation", &name), "a view is replaced");
        }
        self.makes("relation", &name);
        Ok(())
    }

    pub(super) fn create_materialized_view(&mut self, of: &Value) -> Verdict {
        if text(of, "objtype") != "OBJECT_MATVIEW" {
            return Err("CREATE TABLE AS".to_owned());
        }
        self.reads_only(fields(of, "query")?)?;
        self.makes("relation", &relation(fields(fields(of, "into")?, "rel")?));
        Ok(())
    }

    pub(super) fn create_function(&mut self, of: &Value) -> Verdict {
        let name = parts(of, "funcname");
        let volatility = list(of, "options").find_map(|option| {
            let option = option.get("DefElem")?;
            (text(option, "defname") == "volatility")
                .then(|| option.pointer("/arg/String/sval"))?
                .and_then(Value::as_str)
        });
        let (schema, last) = match name.as_slice() {
            [schema, name] => (*schema, *name),
            [name] => ("", *name),
            _ => return Err("an odd name".to_owned()),
        };
        self.own.function(schema, last, Volatility::of(volatility.unwrap_or("volatile")));
        if flag(of, "replace") {
            return self.needs_consent(self.is_new("routine", &dotted(&name)), "a function is replaced");
        }
        self.makes("routine", &dotted(&name));
        Ok(())
    }

    pub(super) fn create_domain(&mut self, of: &Value) -> Verdict {
        let demands = list(of, "constraints").any(|constraint| {
            constraint.get("Constraint").is_some_and(|c| text(c, "contype") != "CONSTR_DEFAULT")
        });
        let base = dotted(&parts(fields(of, "typeName")?, "names"));
        let name = dotted(&parts(of, "domainname"));
        if demands || self.demands(&base) {
            self.own.demanding.insert(name.clone());
        }
        self.makes("type", &name);
        Ok(())
    }

    pub(super) fn create_trigger(&mut self, of: &Value) -> Verdict {
        let table = relation(fields(of, "relation")?);
        if flag(of, "replace") {
            return Err("a trigger is replaced".to_owned());
        }
        self.needs_consent(self.is_new("relation", &table), "a trigger on what is there")?;
        self.makes("trigger", &full(&table, text(of, "trigname")));
        Ok(())
    }

    pub(super) fn create_rule(&mut self, of: &Value) -> Verdict {
        let table = relation(fields(of, "relation")?);
        if flag(of, "replace") {
            return Err("a rule is replaced".to_owned());
        }
        self.needs_consent(self.is_new("relation", &table), "a rule on what is there")?;
        self.makes("rule", &full(&table, text(of, "rulename")));
        Ok(())
    }

    pub(super) fn create_policy(&mut self, of: &Value) -> Verdict {
        self.needs_consent(
            self.is_new("relation", &relation(fields(of, "table")?)),
            "a policy on what is there",
        )
    }

    /// Privileges are given, never taken, and on what is there with consent only.
    pub(super) fn grant(&self, of: &Value) -> Verdict {
        if !flag(of, "is_grant") {
            return Err("REVOKE".to_owned());
        }
        let columns: Vec<&str> = list(of, "privileges")
            .filter_map(|privilege| privilege.get("AccessPriv"))
            .flat_map(
                |privilege| if privilege.get("cols").is_some() { parts(privilege, "cols") } else { vec![""] },
            )
            .collect();
        let new = list(of, "objects").all(|object| {
            let function = object.pointer("/ObjectWithArgs").map(|f| dotted(&parts(f, "objname")));
            let range = object.get("RangeVar").map(relation);
            let named = object.pointer("/String/sval").and_then(Value::as_str).map(|n| full("", n));
            let listed = object.get("List").map(|l| dotted(&parts(l, "items")));
            range.is_some_and(|name| {
                self.is_new("relation", &name)
                    || columns.iter().all(|c| self.is_new("column", &full(&name, c)))
            }) || function.is_some_and(|name| self.is_new("routine", &name))
                || named
                    .into_iter()
                    .chain(listed)
                    .any(|name| self.is_new("type", &name) || self.is_new("named", &name))
        });
        self.needs_consent(new, "a privilege on what is there")
    }
}
