//! Reads `trueup.toml`: every mistake at once, each with its line and column and the way out.

use crate::Date;
use crate::config::{Config, FailOn, Setting};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use trueup_diff::{Code, Level, Rename, Selection, Selector, kind_of, kind_word};

/// Something wrong in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, without a full stop.
    pub message: String,
    /// The way out.
    pub way_out: String,
    /// Line and column, from 1; columns in characters.
    pub place: (u32, u32),
}

/// The configuration with what is checked of it turned into what is compared and judged.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// As written.
    pub config: Config,
    /// What `[compare]` selects.
    pub selection: Selection,
    /// What was renamed.
    pub renames: Vec<Rename>,
    /// Levels and exceptions.
    pub policy: Policy,
    /// The line of each key, by its dotted name: `compare.privileges`.
    pub lines: BTreeMap<String, u32>,
}

/// What the policy makes of findings.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Levels by code; `None` is `off`.
    pub levels: BTreeMap<Code, Option<Level>>,
    /// Exceptions.
    pub ignore: Vec<Exception>,
    /// What fails where a base is given; everything when empty.
    pub fail_on: Vec<FailOn>,
}

/// An `[[ignore]]` entry.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The code that it is about.
    pub code: Option<Code>,
    /// The objects.
    pub object: Option<Selector>,
    /// Why.
    pub reason: String,
    /// The last day.
    pub expires: Option<Date>,
    /// Its line.
    pub line: u32,
}

/// Reads the text of the file.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn read(text: &str) -> Result<Project, Vec<Mistake>> {
    let places = Places::new(text);
    let syntax = |error: &toml::de::Error| {
        vec![places.mistake(
            error.span(),
            error.message().trim().replace('\n', "; "),
            "docs/gate.md lists the keys and their values",
        )]
    };
    let tree = DeTable::parse(text).map_err(|error| syntax(&error))?;
    let schema = schemars::schema_for!(Config).to_value();
    let mut mistakes = Vec::new();
    let mut lines = BTreeMap::new();
    let walk = Walk { schema: &schema, places: &places };
    walk.table(tree.get_ref(), &schema, "", &mut mistakes, &mut lines);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let config: Config = toml::from_str(text).map_err(|error| syntax(&error))?;
    let mut project = Project { lines, ..Project::default() };
    check(&config, &places, &mut project, &mut mistakes);
    project.config = config;
    if mistakes.is_empty() { Ok(project) } else { Err(mistakes) }
}

/// A time as a person writes it: `12h`, `7d`, `90min`, `2w`. A day has 24 hours.
///
/// # Errors
/// What is expected instead.
pub fn age(text: &str) -> Result<Duration, String> {
    let usage = || format!("`{text}` is no time: write it as 12h, 7d or 2w");
    let span: jiff::Span = text.parse().map_err(|_| usage())?;
    let exact = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| usage())?;
    Duration::try_from(exact).ok().filter(|time| !time.is_zero()).ok_or_else(usage)
}

/// The word nearest to one that nobody knows.
pub(crate) fn nearest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let mut best: Option<(&str, f64)> = None;
    for candidate in words {
        let alike = strsim::jaro_winkler(word, candidate);
        if alike > 0.8 && best.is_none_or(|(_, most)| alike > most) {
            best = Some((candidate, alike));
        }
    }
    best.map(|(word, _)| word)
}

/// Turns byte offsets into lines and columns.
struct Places<'t> {
    text: &'t str,
}

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        Places { text }
    }

    fn of(&self, offset: usize) -> (u32, u32) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or_default();
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    fn mistake(
        &self,
        span: Option<Range<usize>>,
        message: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Mistake {
        let place = self.of(span.map_or(0, |span| span.start));
        Mistake { message: message.into(), way_out: way_out.into(), place }
    }
}

/// Holds the keys of a file against those of the schema.
struct Walk<'a> {
    schema: &'a serde_json::Value,
    places: &'a Places<'a>,
}

impl Walk<'_> {
    fn table(
        &self,
        table: &DeTable<'_>,
        schema: &serde_json::Value,
        path: &str,
        mistakes: &mut Vec<Mistake>,
        lines: &mut BTreeMap<String, u32>,
    ) {
        let schema = self.resolved(schema);
        let properties = schema.get("properties").and_then(serde_json::Value::as_object);
        let any = schema.get("additionalProperties").filter(|any| any.is_object());
        for (key, value) in table.iter() {
            let name: &str = key.get_ref();
            let dotted = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let inner = properties.and_then(|known| known.get(name)).or(any);
            let Some(inner) = inner else {
                mistakes.push(self.unknown(key.span(), name, path, properties));
                continue;
            };
            lines.insert(dotted.clone(), self.places.of(key.span().start).0);
            self.value(value, inner, &dotted, mistakes, lines);
        }
    }

    fn value(
        &self,
        value: &Spanned<DeValue<'_>>,
        schema: &serde_json::Value,
        path: &str,
        mistakes: &mut Vec<Mistake>,
        lines: &mut BTreeMap<String, u32>,
    ) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, schema, path, mistakes, lines),
            DeValue::Array(items) => {
                let schema = self.resolved(schema);
                let Some(schema) = schema.get("items") else { return };
                for item in items.iter() {
                    self.value(item, schema, path, mistakes, lines);
                }
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }

    /// The schema that a reference names.
    fn resolved<'s>(&'s self, schema: &'s serde_json::Value) -> &'s serde_json::Value {
        let one = schema.get("$ref").or_else(|| {
            let branches = schema.get("anyOf")?.as_array()?;
            branches.iter().find_map(|branch| branch.get("$ref"))
        });
        let pointer = one.and_then(serde_json::Value::as_str).and_then(|text| text.strip_prefix('#'));
        pointer.and_then(|pointer| self.schema.pointer(pointer)).unwrap_or(schema)
    }

    fn unknown(
        &self,
        span: Range<usize>,
        name: &str,
        path: &str,
        properties: Option<&serde_json::Map<String, serde_json::Value>>,
    ) -> Mistake {
        let known: Vec<&str> = properties.map(|p| p.keys().map(String::as_str).collect()).unwrap_or_default();
        let place = if path.is_empty() { String::new() } else { format!(" in [{path}]") };
        let way_out = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "take it out: a value stands here, no table".to_owned(),
            None => format!("known keys are {}", known.join(", ")),
        };
        self.places.mistake(Some(span), format!("`{name}` is no key{place}"), way_out)
    }
}

/// What the shape alone can't say.
fn check(config: &Config, places: &Places<'_>, project: &mut Project, mistakes: &mut Vec<Mistake>) {
    targets(config, places, mistakes);
    let mut selectors = |list: &[Spanned<String>]| -> Vec<Selector> {
        let mut out = Vec::new();
        for text in list {
            match selector(text.get_ref()) {
                Ok(selector) => out.push(selector),
                Err((message, way_out)) => {
                    mistakes.push(places.mistake(Some(text.span()), message, way_out));
                }
            }
        }
        out
    };
    project.selection = Selection {
        include: selectors(&config.compare.include),
        exclude: selectors(&config.compare.exclude),
    };
    for (name, setting) in &config.levels {
        match code(name.get_ref()) {
            Ok(code) => {
                let level = match setting {
                    Setting::Error => Some(Level::Error),
                    Setting::Warning => Some(Level::Warning),
                    Setting::Note => Some(Level::Note),
                    Setting::Off => None,
                };
                project.policy.levels.insert(code, level);
            }
            Err((message, way_out)) => mistakes.push(places.mistake(Some(name.span()), message, way_out)),
        }
    }
    for entry in &config.ignore {
        exception(entry, places, project, mistakes);
    }
    for rename in &config.rename {
        let written = rename.get_ref();
        match kind_of(&written.kind) {
            Ok(kind) => {
                project.renames.push(Rename { kind, from: written.from.clone(), to: written.to.clone() })
            }
            Err(unknown) => {
                let (message, way_out) = unknown_kind(&unknown.word);
                mistakes.push(places.mistake(Some(rename.span()), message, way_out));
            }
        }
    }
    project.policy.fail_on = config.gate.fail_on.clone();
    mistakes.sort_by_key(|mistake| mistake.place);
}

fn targets(config: &Config, places: &Places<'_>, mistakes: &mut Vec<Mistake>) {
    for (name, target) in &config.targets {
        let written = target.get_ref();
        let span = Some(target.span());
        match (&written.url_env, &written.snapshot) {
            (Some(variable), None) => {
                if variable.contains("://") || variable.contains(['=', '@', ' ']) || variable.is_empty() {
                    // It may be a connection string with its password: it is not repeated.
                    mistakes.push(places.mistake(
                        span.clone(),
                        format!("`url-env` of target `{name}` is no name of an environment variable"),
                        "name the variable that holds the connection string, as DATABASE_URL; the string itself stays out of \
                         the file",
                    ));
                }
                if written.max_age.is_some() {
                    mistakes.push(places.mistake(
                        span,
                        format!("target `{name}` is a database, and `max-age` is about snapshots"),
                        "take `max-age` out, or give `snapshot`",
                    ));
                }
            }
            (None, Some(_)) => {
                if let Some(Err(message)) = written.max_age.as_deref().map(age) {
                    mistakes.push(places.mistake(span, message, "a day has 24 hours"));
                }
            }
            (Some(_), Some(_)) | (None, None) => mistakes.push(places.mistake(
                span,
                format!("target `{name}` needs one of `url-env` and `snapshot`"),
                "a target is a database or a file that stands for one",
            )),
        }
    }
    if let Some(target) = &config.target
        && !config.targets.contains_key(target.get_ref())
    {
        let known = config.targets.keys().map(String::as_str);
        let way_out = match nearest(target.get_ref(), known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write a table [targets.{}]", target.get_ref()),
        };
        let message = format!("there is no target `{}`", target.get_ref());
        mistakes.push(places.mistake(Some(target.span()), message, way_out));
    }
}

fn exception(
    entry: &Spanned<crate::config::Ignore>,
    places: &Places<'_>,
    project: &mut Project,
    mistakes: &mut Vec<Mistake>,
) {
    let written = entry.get_ref();
    let mut wrong = |(message, way_out): (String, String)| {
        mistakes.push(places.mistake(Some(entry.span()), message, way_out));
    };
    let code = written.code.as_deref().map(code).transpose().map_err(&mut wrong);
    let object = written.object.as_deref().map(selector).transpose().map_err(&mut wrong);
    if written.reason.trim().is_empty() {
        wrong((
            "an exception needs its reason".to_owned(),
            "say why it is right, for whoever reads it next".to_owned(),
        ));
    }
    if written.code.is_none() && written.object.is_none() {
        wrong((
            "an exception needs a `code`, an `object`, or both".to_owned(),
            "to switch a code off everywhere, write it under [levels]".to_owned(),
        ));
    }
    if let (Ok(code), Ok(object)) = (code, object) {
        project.policy.ignore.push(Exception {
            code,
            object,
            reason: written.reason.trim().to_owned(),
            expires: written.expires,
            line: places.of(entry.span().start).0,
        });
    }
}

fn code(text: &str) -> Result<Code, (String, String)> {
    text.parse().map_err(|_| {
        let upper = text.to_ascii_uppercase();
        let known = Code::ALL.iter().flat_map(|code| [code.number(), code.slug()]);
        let near = nearest(&upper, known.clone()).or_else(|| nearest(text, known));
        let way_out = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`trueup explain` lists the codes".to_owned(),
        };
        (format!("no code is called `{text}`"), way_out)
    })
}

fn selector(text: &str) -> Result<Selector, (String, String)> {
    text.parse::<Selector>().map_err(|unknown| unknown_kind(&unknown.word))
}

fn unknown_kind(word: &str) -> (String, String) {
    let kinds: Vec<String> = trueup_catalog::ObjectKind::ALL.iter().map(|kind| kind_word(*kind)).collect();
    let way_out = match nearest(word, kinds.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a kind and a name as table:public.orders, with * for any text".to_owned(),
    };
    (format!("`{word}` is no kind of object"), way_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let mistakes = read(text).err().unwrap_or_default();
        mistakes
            .iter()
            .map(|m| format!("{}:{} {} ({})", m.place.0, m.place.1, m.message, m.way_out))
            .collect()
    }

    #[test]
    fn a_whole_file_is_read() {
        let project = read(
            "desired = \"db/schema.sql\"\ntarget = \"production\"\n[targets.production]\nurl-env = \"DATABASE_URL\"\n\
             [targets.offline]\nsnapshot = \"live.json\"\nmax-age = \"7d\"\n[compare]\nprivileges = \"strict\"\n\
             exclude = [\"table:public.tmp_*\"]\n[levels]\nD281 = \"off\"\ntype-differs = \"note\"\n\
             [[ignore]]\ncode = \"D102\"\nobject = \"index:public.x\"\nreason = \"why\"\nexpires = 2027-01-31\n\
             [[rename]]\nkind = \"enum\"\nfrom = \"public.a\"\nto = \"public.b\"\n[gate]\nfail-on = [\"existing\"]\n",
        )
        .unwrap();
        assert_eq!(project.config.desired.list(), ["db/schema.sql"]);
        assert_eq!(project.policy.levels.get(&Code::D281), Some(&None));
        assert_eq!(project.policy.levels.get(&Code::D201), Some(&Some(Level::Note)));
        assert_eq!(
            project.policy.ignore.first().map(|e| (e.line, e.expires)),
            Some((14, "2027-01-31".parse().ok()))
        );
        assert_eq!(project.lines.get("compare.privileges"), Some(&9));
        assert_eq!(project.renames.len(), 1);
        assert!(!project.selection.is_all());
    }

    #[test]
    fn every_unknown_key_is_told_with_the_nearest_known_one() {
        assert_eq!(
            mistakes(
                "desird = \"x\"\n[compare]\n  privilege = \"off\"\n[targets.a]\nurl = \"x\"\n[[ignore]]\nreasons = \"\"\n"
            ),
            [
                "1:1 `desird` is no key (did you mean `desired`?)",
                "3:3 `privilege` is no key in [compare] (did you mean `privileges`?)",
                "5:1 `url` is no key in [targets.a] (did you mean `url-env`?)",
                "7:1 `reasons` is no key in [ignore] (did you mean `reason`?)",
            ]
        );
        assert_eq!(mistakes("x = 1").len(), 1);
        assert!(mistakes("x = 1").first().unwrap().contains("known keys are"));
    }

    #[test]
    fn values_that_mean_nothing_are_told() {
        let of = |text: &str| mistakes(text).join("\n");
        assert_eq!(of("[levels]\nD28 = \"off\""), "2:1 no code is called `D28` (did you mean `D281`?)");
        assert_eq!(
            of("[compare]\nexclude = [\"tabel:x\"]"),
            "2:12 `tabel` is no kind of object (did you mean `table`?)"
        );
        assert_eq!(
            of("target = \"prod\"\n[targets.production]\nurl-env = \"A\""),
            "1:10 there is no target `prod` (did you mean `production`?)"
        );
        assert!(of("[targets.a]").contains("needs one of `url-env` and `snapshot`"));
        assert!(of("[[ignore]]\ncode = \"D102\"").contains("missing field `reason`"));
        assert!(of("[[ignore]]\nreason = \"x\"").contains("needs a `code`, an `object`, or both"));
        assert!(of("[[ignore]]\ncode = \"D102\"\nreason = \" \"").contains("needs its reason"));
        assert!(
            of("[[ignore]]\ncode = \"D102\"\nreason = \"x\"\nexpires = \"soon\"").contains("expected a day")
        );
        assert!(of("[levels]\nD281 = \"fatal\"").starts_with("2:8 unknown variant `fatal`"));
        assert!(of("[targets.a]\nsnapshot = \"a\"\nmax-age = \"soon\"").contains("`soon` is no time"));
        assert!(of("desired = ").starts_with("1:"));
    }

    #[test]
    fn a_connection_string_in_the_file_is_refused_and_not_repeated() {
        let said = mistakes("[targets.a]\nurl-env = \"postgres://u:secret@h/d\"").join("");
        assert!(said.contains("no name of an environment variable") && !said.contains("secret"), "{said}");
    }

    #[test]
    fn the_example_of_the_manual_is_read() {
        let manual = include_str!("../../../docs/gate.md");
        let examples: Vec<&str> =
            manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(!examples.is_empty());
        for example in examples {
            let project = read(example).unwrap();
            assert!(!project.config.desired.list().is_empty());
            // Every table of the file has its example.
            for key in ["targets", "compare", "levels", "ignore", "rename", "repair", "gate", "webhook"] {
                assert!(project.lines.contains_key(key), "{key}");
            }
        }
    }

    #[test]
    fn ages() {
        assert_eq!(age("7d"), Ok(Duration::from_secs(7 * 86_400)));
        assert_eq!(age("90min"), Ok(Duration::from_secs(5_400)));
        assert_eq!(age("2w"), Ok(Duration::from_secs(14 * 86_400)));
        for wrong in ["", "7", "soon", "-1d", "0s", "1 month"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
