//! Subscriptions.

use super::*;

/// A database with a subscription can't be dropped: this test takes them away again.
#[test]
fn subscriptions() {
    for_each_version(|server: &'static Server| -> Result<(), String> {
        let database = server.database().map_err(|error| error.to_string())?;
        let major = u32::from(server.major());
        let catalog = load(
            &database,
            "CREATE SUBSCRIPTION usual CONNECTION 'host=far password=hunter2' PUBLICATION b, a
                 WITH (connect = false, slot_name = NONE);
             CREATE SUBSCRIPTION other CONNECTION 'host=far' PUBLICATION a
                 WITH (connect = false, slot_name = NONE, synchronous_commit = remote_apply);
             COMMENT ON SUBSCRIPTION usual IS 'from afar';",
        );
        database
            .run("DROP SUBSCRIPTION usual; DROP SUBSCRIPTION other;")
            .map_err(|error| error.to_string())?;
        println!("PostgreSQL {major}");
        let get = |text: &str| entry(&catalog, ObjectKey::global(ObjectKind::Subscription, name(text)));
        let usual = get("usual");
        assert_eq!(usual.comment.as_deref(), Some("from afar"));
        assert!(usual.owner.is_some());
        assert_eq!(
            usual.object,
            Object::Subscription(Subscription {
                name: name("usual"),
                publications: vec![name("a"), name("b")],
                enabled: false,
                slot_name: None,
                options: Options::new(),
            })
        );
        let other = Subscription::of(&get("other").object).unwrap().clone();
        assert_eq!(other.options.get("synchronous_commit").map(String::as_str), Some("remote_apply"));
        assert_eq!(other.options.len(), 1);
        assert!(!serde_json::to_string(&catalog).unwrap().contains("hunter2"));
        assert!(catalog.gaps.is_empty(), "{:?}", catalog.gaps);
        Ok(())
    })
    .unwrap();
}
