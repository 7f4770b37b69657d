//! Judges findings: levels, exceptions, the baseline, and what a change brought.

use crate::config::FailOn;
use crate::identity::{Identity, of_drift, of_undecided};
use crate::{Baseline, Date, Exception, Judgement, Known, Policy, Remark, Since, Standing, Verdict};
use std::collections::BTreeSet;
use std::time::Duration;
use trueup_catalog::ObjectKey;
use trueup_diff::{Code, Comparison, Level, What};

/// What a judgement is made from besides the findings.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// Levels and exceptions.
    pub policy: &'a Policy,
    /// The name of the configuration's file, for remarks.
    pub file: &'a str,
    /// The baseline and its name.
    pub baseline: Option<(&'a str, &'a Baseline)>,
    /// The revision, and what the desired schema of that revision has against the same live schema.
    pub base: Option<(&'a str, &'a Comparison)>,
    /// Whether repair closes a drift without asking anybody, by its index.
    pub repairable: &'a dyn Fn(usize) -> bool,
    /// The snapshot that stands for the database, where one does.
    pub snapshot: Option<Snapshot<'a>>,
    /// What is wrong with the histories of migration tools, with the level that each code has by itself.
    pub history: &'a [Remark],
    /// Today, in UTC.
    pub today: Date,
}

/// A snapshot that stands for a database.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// Its name.
    pub name: &'a str,
    /// How old it is; `None` when it does not say.
    pub age: Option<Duration>,
    /// The greatest age that is allowed.
    pub max_age: Option<Duration>,
}

/// Judges every finding.
pub fn judge(comparison: &Comparison, circumstances: &Circumstances<'_>) -> Judgement {
    let mut judging = Judging::new(circumstances);
    let ids = of_drift(comparison);
    let drift: Vec<Standing> = comparison
        .drift
        .iter()
        .zip(&ids)
        .enumerate()
        .map(|(i, (drift, id))| {
            let closes = (circumstances.repairable)(i);
            judging.standing(&Finding {
                code: drift.code,
                level: drift.level,
                key: Some(&drift.key),
                id,
                closes,
            })
        })
        .collect();
    let undecided_ids = of_undecided(comparison);
    let undecided: Vec<Standing> = comparison
        .undecided
        .iter()
        .zip(&undecided_ids)
        .map(|(undecided, id)| {
            let (code, level, key) = (undecided.code, undecided.level, undecided.key.as_ref());
            judging.standing(&Finding { code, level, key, id, closes: false })
        })
        .collect();
    let found: BTreeSet<&str> = ids.iter().chain(&undecided_ids).map(|id| id.fingerprint.as_str()).collect();
    let repaired = circumstances.baseline.map(|(_, baseline)| baseline.gone(&found)).unwrap_or_default();
    let closed = circumstances.base.map(|(_, base)| closed(base, &found)).unwrap_or_default();
    let history = judging.history();
    let mut remarks = judging.remarks(&repaired);
    remarks.extend(history);
    let age = circumstances.snapshot.and_then(|snapshot| snapshot.age);
    Judgement {
        drift,
        undecided,
        remarks,
        repaired,
        closed,
        baseline: circumstances.baseline.map(|(name, _)| name.to_owned()),
        base: circumstances.base.map(|(name, _)| name.to_owned()),
        age: age.map(words),
        age_seconds: age.map(|age| age.as_secs()),
    }
}

/// Drift that the base has and this side does not.
fn closed(base: &Comparison, found: &BTreeSet<&str>) -> Vec<Known> {
    base.drift
        .iter()
        .zip(of_drift(base))
        .filter(|(drift, id)| drift.level != Level::Note && !found.contains(id.fingerprint.as_str()))
        .map(|(drift, _)| {
            let object = format!("{} {}", drift.key.kind, drift.key);
            let what = match drift.what {
                What::Missing => "was missing",
                What::Unexpected => "was unexpected",
                What::Changed => "differed",
            };
            Known { code: drift.code, title: format!("{object} {what}"), object }
        })
        .collect()
}

/// One finding of either sort.
struct Finding<'a> {
    code: Code,
    level: Level,
    key: Option<&'a ObjectKey>,
    id: &'a Identity,
    closes: bool,
}

struct Judging<'a> {
    circumstances: &'a Circumstances<'a>,
    known: BTreeSet<&'a str>,
    base: Option<BTreeSet<String>>,
    /// How many findings each exception matched.
    matched: Vec<usize>,
}

impl<'a> Judging<'a> {
    fn new(circumstances: &'a Circumstances<'a>) -> Self {
        let base = circumstances.base.map(|(_, base)| {
            of_drift(base).into_iter().chain(of_undecided(base)).map(|id| id.state).collect()
        });
        Judging {
            circumstances,
            known: circumstances.baseline.map(|(_, baseline)| baseline.states()).unwrap_or_default(),
            base,
            matched: vec![0; circumstances.policy.ignore.len()],
        }
    }

    fn standing(&mut self, finding: &Finding<'_>) -> Standing {
        let set = self.circumstances.policy.levels.get(&finding.code).copied();
        let level = set.flatten().unwrap_or(finding.level);
        let since = self
            .base
            .as_ref()
            .map(|base| if base.contains(&finding.id.state) { Since::WasThere } else { Since::Introduced });
        let ignored = self.ignored(finding);
        let verdict = match (set, ignored) {
            (Some(None), _) => Verdict::Off,
            (_, Some(exception)) => Verdict::Ignored {
                reason: exception.reason.clone(),
                expires: exception.expires,
                line: exception.line,
            },
            (_, None) if level == Level::Note => Verdict::Note,
            (_, None) if self.known.contains(finding.id.state.as_str()) => Verdict::Baseline,
            (_, None) if !self.counts(since, finding.closes) => Verdict::Allowed,
            (_, None) => Verdict::Fails,
        };
        Standing { level, verdict, since, fingerprint: finding.id.fingerprint.clone() }
    }

    /// The first exception that holds today and fits. All that fit are counted.
    fn ignored(&mut self, finding: &Finding<'_>) -> Option<&'a Exception> {
        let mut first = None;
        for (exception, matched) in self.circumstances.policy.ignore.iter().zip(&mut self.matched) {
            if fits(exception, finding) {
                *matched += 1;
                if !expired(exception, self.circumstances.today) {
                    first = first.or(Some(exception));
                }
            }
        }
        first
    }

    /// Faults of histories: levels hold for them, and exceptions that name their code and no object.
    fn history(&mut self) -> Vec<Remark> {
        let policy = self.circumstances.policy;
        let mut out = Vec::new();
        for fault in self.circumstances.history {
            let mut ignored = false;
            for (exception, matched) in policy.ignore.iter().zip(&mut self.matched) {
                if exception.code == Some(fault.code) && exception.object.is_none() {
                    *matched += 1;
                    ignored |= !expired(exception, self.circumstances.today);
                }
            }
            let level = policy.levels.get(&fault.code).copied().unwrap_or(Some(fault.level));
            if let (false, Some(level)) = (ignored, level) {
                out.push(Remark { level, ..fault.clone() });
            }
        }
        out
    }

    fn counts(&self, since: Option<Since>, closes: bool) -> bool {
        let sorts = &self.circumstances.policy.fail_on;
        match since {
            None => true,
            Some(_) if sorts.is_empty() => true,
            Some(Since::WasThere) => sorts.contains(&FailOn::Existing),
            Some(Since::Introduced) => {
                sorts.contains(&FailOn::Introduced)
                    || (sorts.contains(&FailOn::IntroducedUnrepairable) && !closes)
            }
        }
    }

    fn remarks(&self, repaired: &[Known]) -> Vec<Remark> {
        let file = self.circumstances.file;
        let mut out = Vec::new();
        let mut add = |code: Code, text: String, way_out: String, place: Option<(String, u32)>| {
            let set = self.circumstances.policy.levels.get(&code).copied();
            if let Some(level) = set.unwrap_or(Some(code.default_level())) {
                out.push(Remark { code, level, text, way_out, place });
            }
        };
        for (exception, matched) in self.circumstances.policy.ignore.iter().zip(&self.matched) {
            let place = Some((file.to_owned(), exception.line));
            match exception.expires.filter(|_| expired(exception, self.circumstances.today)) {
                Some(day) => {
                    let (rest, way_out) = if *matched == 0 {
                        (", and it matches nothing any more", "take the entry out")
                    } else {
                        ("", "close the drift, or give the entry a later day and say why")
                    };
                    let text = format!("the exception \"{}\" expired on {day}{rest}", exception.reason);
                    add(Code::G101, text, way_out.to_owned(), place);
                }
                None if *matched == 0 => {
                    let text = format!("the exception \"{}\" matches no finding", exception.reason);
                    add(
                        Code::G102,
                        text,
                        "take the entry out, or correct its code or object".to_owned(),
                        place,
                    );
                }
                None => {}
            }
        }
        if let Some(snapshot) = self.circumstances.snapshot
            && let Some(most) = snapshot.max_age
            && snapshot.age.is_none_or(|age| age > most)
        {
            let text = match snapshot.age {
                Some(age) => format!(
                    "{} is {} old, and at most {} are allowed",
                    snapshot.name,
                    words(age),
                    words(most)
                ),
                None => format!("{} does not say when it was made", snapshot.name),
            };
            let way_out = format!(
                "make it again where the database can be reached: trueup snapshot -o {}",
                snapshot.name
            );
            add(Code::G103, text, way_out, Some((snapshot.name.to_owned(), 1)));
        }
        if let Some((name, _)) = self.circumstances.baseline
            && !repaired.is_empty()
        {
            let entries = if repaired.len() == 1 {
                "1 entry".to_owned()
            } else {
                format!("{} entries", repaired.len())
            };
            let text =
                format!("{entries} of {name} {} repaired", if repaired.len() == 1 { "is" } else { "are" });
            add(Code::G104, text, "trueup gate --write-baseline".to_owned(), Some((name.to_owned(), 1)));
        }
        out
    }
}

fn fits(exception: &Exception, finding: &Finding<'_>) -> bool {
    exception.code.is_none_or(|code| code == finding.code)
        && exception.object.as_ref().is_none_or(|object| finding.key.is_some_and(|key| object.takes(key)))
}

fn expired(exception: &Exception, today: Date) -> bool {
    exception.expires.is_some_and(|last| today > last)
}

/// A time in its largest unit: `3 days`.
fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        s if s >= 2 * 86_400 => (s / 86_400, "day"),
        s if s >= 2 * 3_600 => (s / 3_600, "hour"),
        s if s >= 2 * 60 => (s / 60, "minute"),
        s => (s, "second"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
