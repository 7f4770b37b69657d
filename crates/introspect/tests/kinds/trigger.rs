//! Triggers and policies.

use super::*;

#[test]
fn triggers_and_policies() {
    on_every_version(
        |_| {
            "CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
             CREATE TABLE t (a int, b text, \" WHEN (\" int);
             CREATE TRIGGER one BEFORE INSERT OR UPDATE OF b, a OR DELETE ON t FOR EACH ROW
                 EXECUTE FUNCTION fire('x', 'it''s', '');
             CREATE TRIGGER two AFTER UPDATE ON t REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT
                 EXECUTE FUNCTION fire();
             CREATE TRIGGER \"three WHEN (\" AFTER UPDATE ON t FOR EACH ROW WHEN (OLD.a IS DISTINCT FROM NEW.a AND NEW.b <> ') EXECUTE')
                 EXECUTE FUNCTION fire();
             CREATE TRIGGER four AFTER TRUNCATE ON t EXECUTE FUNCTION fire();
             CREATE TABLE other (a int);
             CREATE CONSTRAINT TRIGGER five AFTER INSERT ON t FROM other DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                 EXECUTE FUNCTION fire();
             ALTER TABLE t DISABLE TRIGGER two;
             ALTER TABLE t ENABLE REPLICA TRIGGER four;
             ALTER TABLE t ENABLE ALWAYS TRIGGER one;
             COMMENT ON TRIGGER one ON t IS 'first';
             CREATE VIEW v AS SELECT a FROM t;
             CREATE TRIGGER instead INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION fire();
             CREATE TABLE pt (a int) PARTITION BY LIST (a);
             CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1);
             CREATE TRIGGER cloned AFTER INSERT ON pt FOR EACH ROW EXECUTE FUNCTION fire();
             CREATE TABLE pk (a int PRIMARY KEY);
             CREATE TABLE fk (a int REFERENCES pk);
             CREATE POLICY everyone ON t USING (a > 0);
             CREATE POLICY strict ON t AS RESTRICTIVE FOR UPDATE TO pg_monitor, pg_signal_backend USING (b = current_user) WITH CHECK (a < 9);
             COMMENT ON POLICY strict ON t IS 'careful';"
                .to_owned()
        },
        |catalog, _| {
            let get = |table: &str, text: &str| {
                let entry = entry(catalog, ObjectKey::on_relation(ObjectKind::Trigger, q(table), name(text)));
                let Object::Trigger(trigger) = entry.object else { panic!() };
                (trigger, entry.comment)
            };
            let make = |text: &str, timing| Trigger {
                table: q("public.t"),
                name: name(text),
                timing,
                on_insert: false,
                on_update: false,
                update_columns: vec![],
                on_delete: false,
                on_truncate: false,
                for_each_row: false,
                when: None,
                old_table: None,
                new_table: None,
                function: q("public.fire"),
                arguments: vec![],
                constraint: None,
                enabled: TriggerEnabled::Origin,
                inherited: false,
            };
            let (one, comment) = get("public.t", "one");
            assert_eq!(comment.as_deref(), Some("first"));
            let expected = Trigger {
                on_insert: true,
                on_update: true,
                on_delete: true,
                update_columns: vec![name("b"), name("a")],
                for_each_row: true,
                arguments: vec!["x".into(), "it's".into(), String::new()],
                enabled: TriggerEnabled::Always,
                ..make("one", TriggerTiming::Before)
            };
            assert_eq!(one, expected);
            let expected = Trigger {
                on_update: true,
                old_table: Some(name("was")),
                new_table: Some(name("is_now")),
                enabled: TriggerEnabled::Disabled,
                ..make("two", TriggerTiming::After)
            };
            assert_eq!(get("public.t", "two").0, expected);
            let condition = "((old.a IS DISTINCT FROM new.a) AND (new.b <> ') EXECUTE'::text))";
            let expected = Trigger {
                on_update: true,
                for_each_row: true,
                when: Some(expr(condition)),
                ..make("three WHEN (", TriggerTiming::After)
            };
            assert_eq!(get("public.t", "three WHEN (").0, expected);
            let expected = Trigger {
                on_truncate: true,
                enabled: TriggerEnabled::Replica,
                ..make("four", TriggerTiming::After)
            };
            assert_eq!(get("public.t", "four").0, expected);
            let constraint = ConstraintTrigger {
                from: Some(q("public.other")),
                deferrable: true,
                initially_deferred: true,
            };
            let expected = Trigger {
                on_insert: true,
                for_each_row: true,
                constraint: Some(constraint),
                ..make("five", TriggerTiming::After)
            };
            assert_eq!(get("public.t", "five").0, expected);
            assert_eq!(get("public.v", "instead").0.timing, TriggerTiming::InsteadOf);
            assert!(!get("public.pt", "cloned").0.inherited);
            assert!(get("public.pt1", "cloned").0.inherited);
            assert_eq!(catalog.of_kind(ObjectKind::Trigger).count(), 8, "none of the foreign key's own");

            let policy = |text: &str| {
                entry(catalog, ObjectKey::on_relation(ObjectKind::Policy, q("public.t"), name(text)))
            };
            let expected = Policy {
                table: q("public.t"),
                name: name("everyone"),
                permissive: true,
                command: PolicyCommand::All,
                roles: vec![],
                using: Some(expr("(a > 0)")),
                check: None,
            };
            assert_eq!(policy("everyone").object, expected.into());
            let strict = policy("strict");
            assert_eq!(strict.comment.as_deref(), Some("careful"));
            let expected = Policy {
                table: q("public.t"),
                name: name("strict"),
                permissive: false,
                command: PolicyCommand::Update,
                roles: vec![name("pg_monitor"), name("pg_signal_backend")],
                using: Some(expr("(b = CURRENT_USER)")),
                check: Some(expr("(a < 9)")),
            };
            assert_eq!(strict.object, expected.into());
        },
    );
}
