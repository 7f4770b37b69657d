//! Rules.

use super::*;

#[test]
fn rules() {
    on_every_version(
        |_| {
            "CREATE TABLE t (a int, b text);
             CREATE TABLE log (a int, note text);
             CREATE VIEW v AS SELECT a FROM t;
             CREATE RULE one AS ON UPDATE TO t WHERE old.a <> new.a DO ALSO INSERT INTO log VALUES (new.a, 'a;b');
             CREATE RULE two AS ON DELETE TO v DO INSTEAD (DELETE FROM t WHERE t.a = old.a; NOTIFY gone;);
             CREATE RULE \"no WHERE (\" AS ON INSERT TO log DO INSTEAD NOTHING;
             ALTER TABLE t ENABLE REPLICA RULE one;
             COMMENT ON RULE two ON v IS 'through the view';"
                .to_owned()
        },
        |catalog, _| {
            let get = |table: &str, text: &str| {
                entry(catalog, ObjectKey::on_relation(ObjectKind::Rule, q(table), name(text)))
            };
            let one = Rule::of(&get("public.t", "one").object).unwrap().clone();
            assert_eq!((one.event, one.instead), (RuleEvent::Update, false));
            assert_eq!(one.condition, Some(expr("(old.a <> new.a)")));
            assert_eq!(one.enabled, TriggerEnabled::Replica);
            assert_eq!(one.actions.len(), 1);
            assert!(one.actions[0].sql.contains("'a;b'"), "{}", one.actions[0].sql);
            let two = get("public.v", "two");
            assert_eq!(two.comment.as_deref(), Some("through the view"));
            let two = Rule::of(&two.object).unwrap().clone();
            assert!(two.instead && two.condition.is_none());
            let commands: Vec<_> =
                two.actions.iter().map(|a| a.sql.split_whitespace().next().unwrap()).collect();
            assert_eq!(commands, ["DELETE", "NOTIFY"]);
            let none = Rule::of(&get("public.log", "no WHERE (").object).unwrap().clone();
            assert!(none.actions.is_empty() && none.instead && none.event == RuleEvent::Insert);
            // A view's own rule is the view.
            assert_eq!(catalog.of_kind(ObjectKind::Rule).count(), 3);
        },
    );
}
