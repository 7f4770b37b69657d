//! `COMMENT ON`.

use super::Sql;
use trueup_catalog::{Address, Name, Object, ObjectKey, ObjectKind, quote_literal};

/// `COMMENT ON … IS '…'`, or `IS NULL` for none.
pub fn comment(key: &ObjectKey, object: &Object, text: Option<&str>) -> Sql {
    is(format!("COMMENT ON {}", target(key, object)), text)
}

/// `COMMENT ON COLUMN …` for a part of a view or composite type, which is no object of its own.
pub fn part(key: &ObjectKey, column: &Name, text: Option<&str>) -> Sql {
    is(format!("COMMENT ON COLUMN {key}.{column}"), text)
}

fn is(head: String, text: Option<&str>) -> Sql {
    let mut sql = Sql::new(head);
    sql.push(" IS ").push(&text.map_or_else(|| "NULL".to_owned(), quote_literal));
    sql
}

/// The object as `COMMENT ON`, `ALTER` and `DROP` name it: `TRIGGER audit ON public.orders`.
/// A foreign table is named so: `COMMENT ON TABLE` and `DROP TABLE` refuse one.
pub fn target(key: &ObjectKey, object: &Object) -> String {
    let foreign = matches!(object, Object::Table(table) if table.foreign.is_some());
    if foreign { format!("FOREIGN TABLE {key}") } else { form(key) }
}

fn form(key: &ObjectKey) -> String {
    let ObjectKey { kind, address } = key;
    match (kind, address) {
        (ObjectKind::Column, _) => format!("COLUMN {key}"),
        (ObjectKind::DomainConstraint, Address::OnRelation { relation, name }) => {
            format!("CONSTRAINT {name} ON DOMAIN {relation}")
        }
        (
            ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy,
            Address::OnRelation { relation, name },
        ) => format!("{} {name} ON {relation}", kind.sql()),
        (ObjectKind::UserMapping, _) => format!("USER MAPPING {key}"),
        _ => format!("{} {key}", kind.sql()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{DataType, QualifiedName};

    #[test]
    fn every_address_has_its_form() {
        let t = QualifiedName::new("public", "t");
        let on = |kind| ObjectKey::on_relation(kind, t.clone(), "x".into());
        assert_eq!(
            is(format!("COMMENT ON {}", form(&on(ObjectKind::Column))), Some("it's")).text,
            "COMMENT ON COLUMN public.t.x IS 'it''s'"
        );
        assert_eq!(form(&on(ObjectKind::Constraint)), "CONSTRAINT x ON public.t");
        assert_eq!(form(&on(ObjectKind::DomainConstraint)), "CONSTRAINT x ON DOMAIN public.t");
        assert_eq!(form(&on(ObjectKind::Index)), "INDEX public.x");
        assert_eq!(form(&on(ObjectKind::Policy)), "POLICY x ON public.t");
        let f = ObjectKey {
            kind: ObjectKind::Function,
            address: Address::Routine { name: t.clone(), arguments: vec![DataType::builtin("int4")] },
        };
        assert_eq!(form(&f), "FUNCTION public.t(integer)");
        assert_eq!(
            is(format!("COMMENT ON {}", form(&ObjectKey::in_schema(ObjectKind::EnumType, t))), None).text,
            "COMMENT ON TYPE public.t IS NULL"
        );
    }
}
