//! One hand-made run of a gate for every format: a finding of each verdict, and names that try to be more than names.

use std::time::{Duration, UNIX_EPOCH};
use trueup_catalog::{
    Catalog, Column, DataType, Entry, Name, NotNull, ObjectKey, ObjectKind, QualifiedName, Size, Span, Table,
    Weight,
};
use trueup_diff::{Change, Code, Comparison, Disposition, Drift, Level, Side, Summary, Undecided, What};
use trueup_policy::{Date, Judgement, Known, Remark, Since, Standing, Verdict};
use trueup_repair::{Held, Left, Lock, LockMode, Locked, Phase, Plan, Statement, Step, Work};
use trueup_report::{Advice, Failure, Place, Report, Server, Sources};

pub const SCHEMA: &str = "\
CREATE TABLE public.users (
  id          bigint PRIMARY KEY,
  email       text NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON public.users (lower(email));
CREATE VIEW public.active AS
  SELECT id
  FROM public.users;
CREATE WHATEVER x;
";

/// A name that tries everything: HTML, tables, commands of runners, colours, mentions, references, links, code.
pub const HOSTILE: &str = "<script>alert(1)</script>|\\|\n::error::x %0A##[add-mask]y\u{1b}[31m `code` @team #12 [a](https://x.y) \u{202e}🚀\u{ffff}";

pub fn span_of(text: &str) -> Span {
    let start = SCHEMA.find(text).expect("in the schema");
    let before = &SCHEMA[..start];
    Span {
        file: "./schema/users.sql".into(),
        start,
        end: start + text.len(),
        line: u32::try_from(before.matches('\n').count()).unwrap() + 1,
        column: u32::try_from(before.rsplit('\n').next().unwrap().chars().count()).unwrap() + 1,
    }
}

pub fn table(name: &str) -> ObjectKey {
    ObjectKey::in_schema(ObjectKind::Table, QualifiedName::new("public", name))
}

pub fn on_users(kind: ObjectKind, name: &str) -> ObjectKey {
    ObjectKey::on_relation(kind, QualifiedName::new("public", "users"), Name::new(name))
}

pub fn change(attribute: &str, desired: Option<&str>, live: Option<&str>) -> Change {
    Change {
        attribute: attribute.into(),
        desired: desired.map(str::to_owned),
        live: live.map(str::to_owned),
        weight: Weight::Meaning,
        text: false,
    }
}

pub fn drift(code: Code, what: What, key: ObjectKey, disposition: Disposition, reason: &str) -> Drift {
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

/// What the policy says of a finding; the fingerprint is made of a number.
pub fn standing(number: usize, level: Level, verdict: Verdict, since: Option<Since>) -> Standing {
    Standing { level, verdict, since, fingerprint: format!("{number:032x}") }
}

/// Everything that a report borrows.
pub struct Made {
    pub comparison: Comparison,
    pub plan: Plan,
    pub desired: Catalog,
    pub live: Catalog,
    pub desired_place: Place,
    pub live_place: Place,
    pub sources: Sources,
    pub advice: Vec<Advice>,
    pub gate: Option<Judgement>,
}

impl Made {
    pub fn report(&self) -> Report<'_> {
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
            gate: self.gate.as_ref(),
            target: None,
            elapsed: Duration::from_millis(41),
            made: UNIX_EPOCH + Duration::from_secs(1_795_235_837),
            version: "0.1.0",
        }
    }
}

pub fn made(comparison: Comparison, plan: Plan, gate: Option<Judgement>) -> Made {
    let users = QualifiedName::new("public", "users");
    let mut desired = Catalog::default();
    let mut entry = Entry::from(Table::new(users.clone()));
    entry.span = Some(span_of("public.users ("));
    desired.insert(entry);
    let mut email = Column::new(users, Name::new("email"), 2, DataType::builtin("text"));
    email.not_null = Some(NotNull::default());
    desired.insert(email);
    Made {
        comparison,
        plan,
        desired,
        live: Catalog::default(),
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
        sources: Sources::from([("./schema/users.sql".into(), SCHEMA.into())]),
        advice: vec![Advice {
            span: span_of("CREATE WHATEVER"),
            code: "S101".into(),
            sqlstate: Some("42601".into()),
            help: Some("correct the statement".into()),
        }],
        gate,
    }
}

pub fn cannot_tell(attribute: &str) -> Undecided {
    Undecided {
        code: Code::U103,
        level: Level::Error,
        key: Some(on_users(ObjectKind::Column, "email")),
        what: format!("{attribute} of column public.users.email"),
        sort: "column".into(),
        change: Some(change(attribute, Some("f('x')"), Some("g('y'::text)"))),
        reason: "the overloads of f are not decided by rules".into(),
        side: None,
        span: Some(span_of("email       text")),
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
        span: Some(span_of("CREATE WHATEVER")),
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

fn summary() -> Summary {
    Summary { desired_objects: 16, live_objects: 17, matching: 11 }
}

fn ignored(reason: &str, expires: Option<Date>, line: u32) -> Verdict {
    Verdict::Ignored { reason: reason.into(), expires, line }
}

fn remarks() -> Vec<Remark> {
    vec![
        Remark {
            code: Code::G101,
            level: Level::Warning,
            text: "the exception for index public.orders_tmp expired on 2026-01-31".into(),
            way_out: "close the drift, or give the entry a later day".into(),
            place: Some(("trueup.toml".into(), 12)),
        },
        Remark {
            code: Code::G102,
            level: Level::Note,
            text: format!("the exception for {HOSTILE} matches nothing"),
            way_out: "take the entry out".into(),
            place: Some(("trueup.toml".into(), 31)),
        },
    ]
}

/// A run that fails, with a finding of each verdict.
pub fn red() -> Made {
    use Disposition::{Consent, Data, Manual, Safe};
    let long = "very_long_name_".repeat(4);
    let mut list = vec![
        drift(
            Code::D201,
            What::Changed,
            on_users(ObjectKind::Column, "email"),
            Consent,
            "the wider type keeps the table as it is",
        ),
        drift(
            Code::D101,
            What::Missing,
            on_users(ObjectKind::Index, "users_email_key"),
            Data,
            "rows that are there must be unique",
        ),
        drift(
            Code::D231,
            What::Changed,
            ObjectKey::in_schema(ObjectKind::View, QualifiedName::new("public", "active")),
            Manual,
            "another query can change what clients read",
        ),
        drift(Code::D102, What::Unexpected, table(HOSTILE), Manual, "adding can't remove it"),
        drift(Code::D281, What::Changed, on_users(ObjectKind::Column, "email"), Safe, "live has none"),
        drift(Code::D102, What::Unexpected, table("search_tmp"), Manual, "adding can't remove it"),
        drift(Code::D102, What::Unexpected, table("old_orders"), Manual, "adding can't remove it"),
        drift(Code::D271, What::Changed, table("users"), Manual, "the policy says nothing of owners"),
        drift(Code::D101, What::Missing, table(&long), Safe, "it is only added"),
        drift(
            Code::D102,
            What::Unexpected,
            ObjectKey::global(ObjectKind::EventTrigger, Name::new("audit ddl")),
            Manual,
            "adding can't remove it",
        ),
    ];
    list[0].span = Some(span_of("email       text NOT NULL"));
    list[0].changes = vec![change("data_type", Some("text"), Some("character varying(100)"))];
    list[1].span = Some(span_of("users_email_key"));
    list[2].span = Some(span_of("CREATE VIEW public.active AS\n  SELECT id\n  FROM public.users"));
    list[2].changes = vec![Change {
        text: true,
        ..change(
            "query",
            Some("SELECT id\nFROM public.users"),
            Some("SELECT id\nFROM public.users\nWHERE note <> '```'"),
        )
    }];
    list[4].changes = vec![change("comment", Some("where we write"), None)];
    list[7].changes = vec![change("owner", Some("app"), Some("postgres"))];
    list[8].children = vec![ObjectKey::on_relation(
        ObjectKind::Column,
        QualifiedName::new("public", long.as_str()),
        Name::new("id"),
    )];
    let users = QualifiedName::new("public", "users");
    let steps = vec![Step {
        phase: Phase::Build,
        statements: vec![Statement::new(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email_key ON public.users (lower(email))",
        )],
        title: "index public.users_email_key UNIQUE (lower(email))".into(),
        notes: vec![],
        search_path: None,
        closes: vec![1],
        after: vec![],
        key: list[1].key.clone(),
        locks: vec![Lock::new(Locked::Table, users, LockMode::ShareUpdateExclusive, Held::Build)],
        work: Work::Build,
        size: Some(Size { rows: Some(12_400_000), bytes: 3 << 30 }),
        transactional: false,
        may_fail_on_data: true,
        hazards: vec![],
        probe: None,
        rights: vec![],
    }];
    let left = [(0, Consent), (2, Manual), (3, Manual), (9, Manual)]
        .map(|(index, disposition)| Left {
            drift: index,
            code: list[index].code,
            disposition,
            reason: list[index].reason.clone(),
            consent: (disposition == Consent).then(|| format!("widen:column:{}", list[index].key)),
            suggestion: None,
            probe: None,
        })
        .to_vec();
    let (new, old) = (Some(Since::Introduced), Some(Since::WasThere));
    let gate = Judgement {
        drift: vec![
            standing(0, Level::Error, Verdict::Fails, new),
            standing(1, Level::Error, Verdict::Allowed, old),
            standing(2, Level::Warning, Verdict::Fails, new),
            standing(3, Level::Error, Verdict::Fails, old),
            standing(4, Level::Note, Verdict::Note, old),
            standing(
                5,
                Level::Warning,
                ignored("moves with the new search | see #12", Some(jiff_day()), 7),
                old,
            ),
            standing(6, Level::Warning, Verdict::Baseline, old),
            standing(7, Level::Note, Verdict::Off, old),
            standing(8, Level::Error, Verdict::Allowed, new),
            standing(9, Level::Warning, Verdict::Fails, None),
        ],
        undecided: vec![
            standing(10, Level::Error, Verdict::Fails, None),
            standing(11, Level::Error, ignored(HOSTILE, None, 19), None),
            standing(12, Level::Note, Verdict::Note, None),
        ],
        remarks: remarks(),
        repaired: vec![Known {
            code: Code::D102,
            object: "index public.users_tmp".into(),
            title: "index public.users_tmp is unexpected".into(),
        }],
        closed: vec![Known {
            code: Code::D202,
            object: "column public.users.email".into(),
            title: "column public.users.email allows NULL".into(),
        }],
        baseline: Some("trueup-baseline.json".into()),
        base: Some("origin/main".into()),
        age: Some("3 days".into()),
        age_seconds: Some(259_200),
    };
    made(
        Comparison {
            drift: list,
            undecided: vec![cannot_tell("default"), cannot_tell("generated_expression"), not_modelled()],
            out_of_scope: vec![(Name::new("cron"), 12)],
            summary: summary(),
            ..Comparison::default()
        },
        Plan { steps, left, ..Plan::default() },
        Some(gate),
    )
}

fn jiff_day() -> Date {
    Date::constant(2027, 1, 31)
}

/// A run with findings of which none fails.
pub fn green() -> Made {
    let mut made = red();
    made.comparison.undecided.clear();
    made.comparison.summary = Summary { matching: 16, ..summary() };
    if let Some(gate) = &mut made.gate {
        for standing in gate.drift.iter_mut().filter(|standing| standing.fails()) {
            standing.verdict = Verdict::Baseline;
        }
        gate.undecided.clear();
        gate.remarks.clear();
        gate.base = None;
        gate.drift.iter_mut().for_each(|standing| standing.since = None);
        gate.closed.clear();
    }
    made
}

/// A run without any finding.
pub fn clean() -> Made {
    let summary = Summary { matching: 16, ..summary() };
    made(Comparison { summary, ..Comparison::default() }, Plan::default(), Some(Judgement::default()))
}

/// A run that can't say: a statement was not read, and the snapshot is old.
pub fn undecided() -> Made {
    let gate = Judgement {
        undecided: vec![standing(1, Level::Error, Verdict::Fails, None)],
        remarks: vec![Remark {
            code: Code::G103,
            level: Level::Error,
            text: "the snapshot live.json is 40 days old, and 7 days are allowed".into(),
            way_out: "make the snapshot again".into(),
            place: None,
        }],
        age: Some("40 days".into()),
        age_seconds: Some(3_456_000),
        ..Judgement::default()
    };
    made(
        Comparison { undecided: vec![syntax()], summary: summary(), ..Comparison::default() },
        Plan::default(),
        Some(gate),
    )
}

/// The red run without a policy, as a plain check has it.
pub fn check() -> Made {
    Made { gate: None, ..red() }
}

/// A run that could not be done.
pub fn failure() -> Failure<'static> {
    const PROBLEMS: &[(Code, &str, Option<&str>)] = &[
        (
            Code::X101,
            "the server at db.internal refuses: <b>|`no`\u{1b}[31m\n::error::x ##[error]y",
            Some("look whether it runs"),
        ),
        (Code::X104, "trueup.toml can't be read", None),
    ];
    Failure {
        place: Some("shop at db.internal"),
        problems: PROBLEMS,
        made: UNIX_EPOCH + Duration::from_secs(1_795_235_837),
        version: "0.1.0",
    }
}
