//! Event triggers.

use super::*;

#[test]
fn event_triggers() {
    on_every_version(
        |_| {
            "CREATE FUNCTION ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
             CREATE EVENT TRIGGER few ON ddl_command_end WHEN TAG IN ('drop table', 'CREATE TABLE') EXECUTE FUNCTION ddl();
             CREATE EVENT TRIGGER \"Any\" ON sql_drop EXECUTE FUNCTION ddl();
             COMMENT ON EVENT TRIGGER few IS 'watches';
             ALTER EVENT TRIGGER \"Any\" ENABLE ALWAYS;"
                .to_owned()
        },
        |catalog, _| {
            let get = |text: &str| entry(catalog, ObjectKey::global(ObjectKind::EventTrigger, name(text)));
            let some = get("few");
            assert_eq!(
                some.object,
                Object::EventTrigger(EventTrigger {
                    name: name("few"),
                    event: "ddl_command_end".to_owned(),
                    tags: vec!["CREATE TABLE".to_owned(), "DROP TABLE".to_owned()],
                    function: q("public.ddl"),
                    enabled: TriggerEnabled::Origin,
                })
            );
            assert_eq!(some.comment.as_deref(), Some("watches"));
            assert!(some.owner.is_some());
            let any = EventTrigger::of(&get("Any").object).unwrap().clone();
            assert_eq!((any.tags.len(), any.enabled), (0, TriggerEnabled::Always));
        },
    );
}
