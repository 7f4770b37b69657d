//! Every renderer over one hand-made report, held against files in `tests/golden/`.
//! `TRUEUP_BLESS=1 cargo test -p trueup-report --test golden` writes them anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};
use trueup_catalog::{
    Catalog, Column, DataType, Entry, Expr, Index, IndexElement, Name, NotNull, ObjectKey, ObjectKind,
    Options, QualifiedName, Span, Table, Weight,
};
use trueup_diff::{Change, Code, Comparison, Disposition, Drift, Level, Side, Summary, Undecided, What};
use trueup_repair::{Hazard, Held, Left, Lock, LockMode, Locked, Plan, Statement, Step, Work};
use trueup_report::{Advice, Look, Place, Report, Server, Sources};

const SCHEMA: &str = "\
CREATE TABLE public.users (
  id          bigint PRIMARY KEY,
  email       text NOT NULL,
  \"weird\tname\" text
);
CREATE UNIQUE INDEX users_email_key ON public.users (lower(email));
CREATE VIEW public.active AS SELECT id FROM public.users;
CREATE WHATEVER x;
";

fn users() -> QualifiedName {
    QualifiedName::new("public", "users")
}

fn span(text: &str) -> Span {
    let start = SCHEMA.find(text).expect("in the schema");
    let before = &SCHEMA[..start];
    Span {
        file: "schema/users.sql".into(),
        start,
        end: start + text.len(),
        line: before.matches('\n').count() as u32 + 1,
        column: before.rsplit('\n').next().unwrap().chars().count() as u32 + 1,
    }
}

fn on_users(kind: ObjectKind, name: &str) -> ObjectKey {
    ObjectKey::on_relation(kind, users(), Name::new(name))
}

fn change(attribute: &str, desired: Option<&str>, live: Option<&str>) -> Change {
    Change {
        attribute: attribute.into(),
        desired: desired.map(str::to_owned),
        live: live.map(str::to_owned),
        weight: Weight::Meaning,
        text: false,
    }
}

fn drift(code: Code, what: What, key: ObjectKey, disposition: Disposition, reason: &str) -> Drift {
    Drift {
        code,
        level: code.default_level(),
        key,
        what,
        changes: Vec::new(),
        disposition,
        reason: reason.into(),
        span: None,
        children: Vec::new(),
        confirmed: true,
        unconfirmed: None,
    }
}

fn index(name: &str, unique: bool, target: IndexElement) -> Index {
    Index {
        table: users(),
        name: Name::new(name),
        method: Name::new("btree"),
        unique,
        elements: vec![target],
        include: Vec::new(),
        nulls_not_distinct: false,
        predicate: None,
        options: Options::new(),
        tablespace: None,
        attached_to: None,
        statistics: Default::default(),
        valid: true,
    }
}

struct Made {
    comparison: Comparison,
    plan: Plan,
    desired: Catalog,
    live: Catalog,
    desired_place: Place,
    live_place: Place,
    sources: Sources,
    advice: Vec<Advice>,
}

impl Made {
    fn report(&self) -> Report<'_> {
        Report {
            comparison: &self.comparison,
            plan: &self.plan,
            desired: &self.desired,
            live: &self.live,
            desired_place: &self.desired_place,
            live_place: &self.live_place,
            sources: &self.sources,
            advice: &self.advice,
            options: &[],
            migrations: None,
            gate: None,
            target: None,
            elapsed: Duration::from_millis(41),
            made: UNIX_EPOCH + Duration::from_secs(1_795_235_837),
            version: "0.1.0",
        }
    }
}

fn made(comparison: Comparison, plan: Plan) -> Made {
    let mut desired = Catalog::default();
    let mut live = Catalog::default();
    desired.insert(Table::new(users()));
    live.insert(Table::new(users()));
    let mut email = Column::new(users(), Name::new("email"), 2, DataType::builtin("text"));
    email.not_null = Some(NotNull::default());
    desired.insert(email.clone());
    email.data_type = DataType { modifiers: vec!["100".into()], ..DataType::builtin("varchar") };
    live.insert(email);
    desired.insert(index(
        "users_email_key",
        true,
        IndexElement {
            target: trueup_catalog::IndexTarget::Expr(Expr::qualified("lower(email)")),
            ..IndexElement::column(Name::new("email"))
        },
    ));
    live.insert(index("users_tmp\u{1b}[31m", false, IndexElement::column(Name::new("id"))));
    let mut audit = Entry::from(Table::new(QualifiedName::new("public", "audit")));
    audit.span = None;
    desired.insert(audit);
    Made {
        comparison,
        plan,
        desired,
        live,
        desired_place: Place { name: "schema/".into(), server: None },
        live_place: Place {
            name: "shop at db.internal".into(),
            server: Some(Server {
                host: "db.internal".into(),
                port: 5432,
                database: "shop".into(),
                user: "app".into(),
                version: "15.18 (Debian 15.18-1)".into(),
            }),
        },
        sources: Sources::from([("schema/users.sql".into(), SCHEMA.into())]),
        advice: vec![Advice {
            span: span("CREATE WHATEVER"),
            code: "S101".into(),
            sqlstate: Some("42601".into()),
            help: Some("correct the statement".into()),
        }],
    }
}

fn syntax() -> Undecided {
    Undecided {
        code: Code::S101,
        level: Level::Error,
        key: None,
        what: "statement".into(),
        sort: "statement".into(),
        change: None,
        reason: "expected a kind of object, found WHATEVER".into(),
        side: Some(Side::Desired),
        span: Some(span("CREATE WHATEVER")),
    }
}

fn cannot_tell() -> Undecided {
    Undecided {
        code: Code::U103,
        key: Some(on_users(ObjectKind::Column, "email")),
        what: "default of column public.users.email".into(),
        sort: "column".into(),
        change: Some(change("default", Some("f('x')"), Some("g('y'::text)"))),
        reason: "the overloads of f are not decided by rules".into(),
        side: None,
        span: Some(span("email       text")),
        ..syntax()
    }
}

fn not_modelled() -> Undecided {
    Undecided {
        code: Code::U101,
        level: Level::Note,
        key: None,
        what: "security label public.users".into(),
        sort: "security label".into(),
        change: None,
        reason: String::new(),
        side: None,
        span: None,
    }
}

fn in_sync() -> Made {
    made(
        Comparison {
            undecided: vec![not_modelled()],
            out_of_scope: vec![(Name::new("cron"), 12), (Name::new("auth"), 1)],
            summary: Summary { desired_objects: 16, live_objects: 16, matching: 16 },
            ..Comparison::default()
        },
        Plan::default(),
    )
}

fn undecided() -> Made {
    made(
        Comparison {
            undecided: vec![syntax(), cannot_tell()],
            summary: Summary { desired_objects: 16, live_objects: 16, matching: 15 },
            ..Comparison::default()
        },
        Plan::default(),
    )
}

fn drifted() -> Made {
    use Disposition::{Consent, Data, Manual, Safe};
    let mut list = vec![
        drift(
            Code::D101,
            What::Missing,
            ObjectKey::in_schema(ObjectKind::Table, QualifiedName::new("public", "audit")),
            Safe,
            "it is only added",
        ),
        drift(
            Code::D201,
            What::Changed,
            on_users(ObjectKind::Column, "email"),
            Consent,
            "the wider type keeps the table as it is",
        ),
        drift(Code::D281, What::Changed, on_users(ObjectKind::Column, "email"), Safe, "live has none"),
        drift(
            Code::D281,
            What::Changed,
            ObjectKey::in_schema(ObjectKind::Table, users()),
            Manual,
            "someone chose the live value",
        ),
        drift(
            Code::D101,
            What::Missing,
            on_users(ObjectKind::Index, "users_email_key"),
            Data,
            "rows that are there must be unique",
        ),
        drift(
            Code::D102,
            What::Unexpected,
            on_users(ObjectKind::Index, "users_tmp\u{1b}[31m"),
            Manual,
            "adding can't remove it",
        ),
        drift(
            Code::D231,
            What::Changed,
            ObjectKey::in_schema(ObjectKind::View, QualifiedName::new("public", "active")),
            Manual,
            "another query can change what clients read",
        ),
        drift(
            Code::D211,
            What::Changed,
            on_users(ObjectKind::Constraint, "users_owner_fkey"),
            Manual,
            "adding can't change what is there",
        ),
    ];
    list[0].children = vec![
        ObjectKey::on_relation(ObjectKind::Column, QualifiedName::new("public", "audit"), Name::new("a")),
        ObjectKey::on_relation(ObjectKind::Column, QualifiedName::new("public", "audit"), Name::new("b")),
        ObjectKey::on_relation(ObjectKind::Index, QualifiedName::new("public", "audit"), Name::new("c")),
    ];
    list[1].span = Some(span("email       text NOT NULL"));
    list[1].changes = vec![change("data_type", Some("text"), Some("character varying(100)"))];
    list[2].changes = vec![change("comment", Some("where we write"), None)];
    list[3].changes = vec![change("comment", Some("People\nwho sign in"), Some("People"))];
    list[4].span = Some(span("users_email_key"));
    list[6].span = Some(span("public.active"));
    list[6].changes = vec![Change {
        text: true,
        ..change(
            "query",
            Some("SELECT id\nFROM public.users"),
            Some("SELECT id\nFROM public.users\nWHERE deleted IS NULL"),
        )
    }];
    list[6].confirmed = false;
    list[7].changes = vec![
        change("on_delete", Some("CASCADE"), Some("NO ACTION")),
        change("deferrable", Some("yes"), Some("no")),
    ];
    let step = |sql: &str, title: &str, closes: Vec<usize>, key: ObjectKey, held: Option<Held>| Step {
        phase: trueup_repair::Phase::Create,
        statements: vec![Statement::new(sql)],
        title: title.into(),
        notes: vec![],
        search_path: None,
        closes,
        after: vec![],
        key,
        locks: held
            .map(|held| {
                let users = QualifiedName::new("public", "users");
                Lock::new(Locked::Table, users, LockMode::ShareUpdateExclusive, held)
            })
            .into_iter()
            .collect(),
        work: Work::Catalog,
        size: None,
        transactional: true,
        may_fail_on_data: false,
        hazards: vec![],
        probe: None,
        rights: vec![],
    };
    let steps = vec![
        step(
            "CREATE TABLE IF NOT EXISTS public.audit (\n    a integer,\n    b text\n)",
            "table public.audit with 2 columns",
            vec![0],
            list[0].key.clone(),
            None,
        ),
        Step {
            transactional: false,
            may_fail_on_data: true,
            work: Work::Build,
            size: Some(trueup_catalog::Size { rows: Some(12_400_000), bytes: 3 << 30 }),
            hazards: vec![Hazard { code: Code::H104, text: "it fails when rows stand in the way".into() }],
            ..step(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email_key ON public.users (lower(email))",
                "index public.users_email_key UNIQUE (lower(email))",
                vec![4],
                list[4].key.clone(),
                Some(Held::Build),
            )
        },
        step(
            "COMMENT ON COLUMN public.users.email IS 'where we write'",
            "comment on column public.users.email",
            vec![2],
            list[2].key.clone(),
            Some(Held::Moment),
        ),
    ];
    let left = [(1, Consent), (3, Manual), (5, Manual), (6, Manual), (7, Manual)]
        .map(|(index, disposition)| Left {
            drift: index,
            code: list[index].code,
            disposition,
            reason: list[index].reason.clone(),
            consent: (disposition == Consent).then(|| format!("widen:column:{}", list[index].key)),
            suggestion: (index == 5).then(|| "DROP INDEX\n  public.\"users_tmp\u{1b}[31m\";".to_owned()),
            probe: None,
        })
        .to_vec();
    made(
        Comparison {
            drift: list,
            undecided: vec![cannot_tell(), not_modelled()],
            out_of_scope: vec![(Name::new("cron"), 12)],
            summary: Summary { desired_objects: 16, live_objects: 17, matching: 11 },
            ..Comparison::default()
        },
        Plan { steps, left, ..Plan::default() },
    )
}

fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("TRUEUP_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{} differs; now it is:\n{text}", path.display());
}

#[test]
fn check_text() {
    let look = Look::default();
    golden("drift.txt", &trueup_report::check_text(&drifted().report(), look));
    golden("in_sync.txt", &trueup_report::check_text(&in_sync().report(), look));
    golden("undecided.txt", &trueup_report::check_text(&undecided().report(), look));
    let mut unread = drifted();
    unread.comparison.undecided.push(syntax());
    golden("unread.txt", &trueup_report::check_text(&unread.report(), look));
}

#[test]
fn colour_adds_and_never_tells() {
    let plain = trueup_report::check_text(&drifted().report(), Look::default());
    let colored = trueup_report::check_text(&drifted().report(), Look { color: true, ..Look::default() });
    assert_ne!(plain, colored);
    let mut stripped = String::new();
    let mut rest = colored.as_str();
    while let Some(at) = rest.find("\u{1b}[") {
        stripped += &rest[..at];
        rest = &rest[at..];
        rest = &rest[rest.find('m').unwrap() + 1..];
    }
    stripped += rest;
    assert_eq!(stripped, plain);
}

#[test]
fn hints() {
    let command = "--desired schema/ --live shop";
    assert_eq!(
        trueup_report::check_hint(&drifted().report(), command).unwrap(),
        "`trueup repair --desired schema/ --live shop -o repair.sql` writes the SQL, `trueup explain D101` the reason"
    );
    assert_eq!(trueup_report::check_hint(&in_sync().report(), command), None);
    assert!(trueup_report::check_hint(&undecided().report(), command).unwrap().contains("explain S101"));
}

#[test]
fn json() {
    golden("drift.json", &trueup_report::check_json(&drifted().report()).unwrap());
    golden("in_sync.json", &trueup_report::check_json(&in_sync().report()).unwrap());
    golden("undecided.json", &trueup_report::check_json(&undecided().report()).unwrap());
    golden("repair.json", &trueup_report::repair_json(&drifted().report()).unwrap());
}

#[test]
fn repair() {
    golden("repair.sql", &trueup_report::repair_file(&drifted().report()));
    golden("repair_nothing.sql", &trueup_report::repair_file(&in_sync().report()));
    golden(
        "repair.txt",
        &trueup_report::repair_text(&drifted().report(), Some("repair.sql"), Look::default()),
    );
    golden("repair_nothing.txt", &trueup_report::repair_text(&in_sync().report(), None, Look::default()));
}

#[test]
fn json_fits_its_schema() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/check.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems = |text: &str| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        // The report itself, so that a problem names the field and not "none of the two fits".
        let part = if document["outcome"] == "error" { "failure" } else { "report" };
        let mut exact = schema.clone();
        exact.as_object_mut().unwrap().remove("anyOf");
        exact["$ref"] = format!("#/$defs/{part}").into();
        assert!(
            validator.is_valid(&document) == jsonschema::validator_for(&exact).unwrap().is_valid(&document)
        );
        jsonschema::validator_for(&exact)
            .unwrap()
            .iter_errors(&document)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect()
    };
    let none: Vec<String> = Vec::new();
    for made in [drifted(), in_sync(), undecided()] {
        assert_eq!(problems(&trueup_report::check_json(&made.report()).unwrap()), none);
        assert_eq!(problems(&trueup_report::repair_json(&made.report()).unwrap()), none);
    }
    let failed =
        trueup_report::error_json(&[(Code::X101, "no", Some("yes")), (Code::X104, "no", None)], "0.1.0");
    assert_eq!(problems(&failed.unwrap()), none);
    assert!(!problems("{\"outcome\": \"drift\"}").is_empty());
}
