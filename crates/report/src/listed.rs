//! Each finding as a line-based format lists it: one flat view of drift, of what is undecided, and of remarks on the policy.
//!
//! Formats for programs and pipelines (annotations, SARIF, JUnit, …) read this and never each other; the text for people has
//! blocks of its own.

use crate::safe::brief;
use crate::{Report, wording};
use std::collections::HashMap;
use trueup_catalog::{ObjectKey, Span};
use trueup_diff::{Change, Code, Drift, Level, Undecided, What};
use trueup_policy::{Since, Standing, Verdict};
use trueup_repair::{Digests, Left};

/// The longest value that a line shows.
const LONGEST: usize = 200;

/// One finding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed<'a> {
    /// What it is about.
    pub about: About<'a>,
    /// Its code.
    pub code: Code,
    /// The level that counts: the policy's, where there is one.
    pub level: Level,
    /// The object, where it is about one.
    pub key: Option<&'a ObjectKey>,
    /// Where the desired SQL makes it.
    pub span: Option<&'a Span>,
    /// What the policy says of it; `None` for remarks, and where there is no policy.
    pub standing: Option<&'a Standing>,
    /// What the plan says of a drift that it does not close.
    pub left: Option<&'a Left>,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About<'a> {
    /// A drift, with its index in `Comparison::drift`.
    Drift(usize, &'a Drift),
    /// Something that could not be compared, as comparing tells it.
    Undecided(&'a Undecided),
    /// A remark on the policy.
    Remark(&'a trueup_policy::Remark),
}

impl<'a> Report<'a> {
    /// Every finding, also those that the policy takes out or switches off: drift first, then what is undecided, then remarks. What
    /// is not compared by design (undecided notes that no policy raises) is none.
    pub(crate) fn every(&self) -> Vec<Listed<'a>> {
        let gate = self.gate;
        let left: HashMap<usize, &Left> = self.plan.left.iter().map(|left| (left.drift, left)).collect();
        let drift = self.comparison.drift.iter().enumerate().map(|(i, drift)| {
            let standing = gate.and_then(|gate| gate.drift.get(i));
            Listed {
                about: About::Drift(i, drift),
                code: drift.code,
                level: standing.map_or(drift.level, |standing| standing.level),
                key: Some(&drift.key),
                span: drift.span.as_ref(),
                standing,
                left: left.get(&i).copied(),
            }
        });
        let undecided = self.undecided().filter(|(undecided, standing)| !by_design(undecided, *standing));
        let undecided = undecided.map(|(undecided, standing)| Listed {
            about: About::Undecided(undecided),
            code: undecided.code,
            level: standing.map_or(undecided.level, |standing| standing.level),
            key: undecided.key.as_ref(),
            span: undecided.span.as_ref(),
            standing,
            left: None,
        });
        let remarks = gate.into_iter().flat_map(|gate| &gate.remarks).map(|remark| Listed {
            about: About::Remark(remark),
            code: remark.code,
            level: remark.level,
            key: None,
            span: None,
            standing: None,
            left: None,
        });
        drift.chain(undecided).chain(remarks).collect()
    }

    /// What could not be compared, with what the policy says of it.
    fn undecided(&self) -> impl Iterator<Item = (&'a Undecided, Option<&'a Standing>)> + use<'a> {
        let gate = self.gate;
        let standing = move |i: usize| gate.and_then(|gate| gate.undecided.get(i));
        self.comparison.undecided.iter().enumerate().map(move |(i, undecided)| (undecided, standing(i)))
    }

    /// What is not compared by design, which no policy raises: it is only counted.
    pub(crate) fn by_design(&self) -> impl Iterator<Item = &'a Undecided> + use<'a> {
        let all = self.undecided().filter(|(undecided, standing)| by_design(undecided, *standing));
        all.map(|(undecided, _)| undecided)
    }

    /// Every finding that is listed, in the order of [`Report::every`]. What the policy takes out is only counted.
    pub(crate) fn listed(&self) -> Vec<Listed<'a>> {
        let mut all = self.every();
        all.retain(|listed| listed.standing.is_none_or(Standing::is_listed));
        all
    }

    /// What is listed, the most severe first: what fails, then by level; else in the order of [`Report::every`].
    pub(crate) fn severest(&self) -> Vec<Listed<'a>> {
        let mut all = self.listed();
        all.sort_by_key(|listed| (!listed.fails(), listed.level));
        all
    }

    /// What an exception or the baseline takes out.
    pub(crate) fn taken_out(&self) -> Vec<Listed<'a>> {
        let mut all = self.every();
        all.retain(|listed| listed.taken_out().is_some());
        all
    }
}

fn by_design(undecided: &Undecided, standing: Option<&Standing>) -> bool {
    undecided.level == Level::Note && standing.is_none_or(|standing| standing.level == Level::Note)
}

impl<'a> Listed<'a> {
    /// What is wrong, in a sentence without a full stop: `column public.users.email has another type`.
    pub(crate) fn title(&self) -> String {
        match self.about {
            About::Drift(_, drift) => wording::title(drift),
            About::Undecided(undecided) => wording::undecided_title(undecided),
            About::Remark(remark) => remark.text.clone(),
        }
    }

    /// The values on both sides, a line each: `type: text desired, integer live`. Long text is only named.
    pub(crate) fn values(&self) -> Vec<String> {
        let changes: &[Change] = match self.about {
            About::Drift(_, drift) => &drift.changes,
            About::Undecided(undecided) => undecided.change.as_slice(),
            About::Remark(_) => &[],
        };
        changes.iter().map(values).collect()
    }

    /// What can be done about it, as a clause: `safe: repair closes it`; empty where nothing is known.
    pub(crate) fn way_out(&self, report: &Report<'_>) -> String {
        match self.about {
            About::Drift(_, drift) => crate::finding::repair_line(self.left, drift),
            About::Undecided(undecided) => report
                .advice(undecided.code, undecided.span.as_ref())
                .and_then(|advice| advice.help.clone())
                .unwrap_or_default(),
            About::Remark(remark) => remark.way_out.clone(),
        }
    }

    /// File and line, of the desired SQL or of the configuration.
    pub(crate) fn place(&self) -> Option<(&'a str, u32, u32)> {
        match (self.span, self.about) {
            (Some(span), _) => Some((&span.file, span.line, span.column)),
            (None, About::Remark(remark)) => {
                remark.place.as_ref().map(|(file, line)| (file.as_str(), *line, 1))
            }
            (None, About::Drift(..) | About::Undecided(_)) => None,
        }
    }

    /// Whether it makes the run red.
    pub(crate) fn fails(&self) -> bool {
        self.standing.map_or(self.level != Level::Note, Standing::fails)
    }

    /// Why the policy takes it out: the reason of the exception, or that the baseline knows it.
    pub(crate) fn taken_out(&self) -> Option<String> {
        match &self.standing?.verdict {
            Verdict::Ignored { reason, expires: None, .. } => Some(reason.clone()),
            Verdict::Ignored { reason, expires: Some(day), .. } => Some(format!("{reason} (until {day})")),
            Verdict::Baseline => Some("the baseline knows it".to_owned()),
            Verdict::Fails | Verdict::Note | Verdict::Off | Verdict::Allowed => None,
        }
    }

    /// What is known of it besides its title, a line each, harmless and not too long: values, what comes with it, the way out, what
    /// the policy says.
    pub(crate) fn facts(&self, report: &Report<'_>) -> Vec<String> {
        let mut lines: Vec<String> = self.values().iter().map(|value| brief(value, LONGEST)).collect();
        let way_out = match self.about {
            About::Drift(_, drift) => {
                if !drift.children.is_empty() {
                    lines.push(format!(
                        "with it: {}",
                        brief(&crate::finding::children(&drift.children), LONGEST)
                    ));
                }
                "repair"
            }
            About::Undecided(undecided) => {
                if undecided.code == Code::U103 && !undecided.reason.is_empty() {
                    lines.push(format!("why: {}", brief(&undecided.reason, LONGEST)));
                }
                "way out"
            }
            About::Remark(_) => "way out",
        };
        let text = self.way_out(report);
        if !text.is_empty() {
            lines.push(format!("{way_out}: {}", brief(&text, LONGEST)));
        }
        if !self.remark().is_empty() {
            lines.push(format!("note: {}", self.remark()));
        }
        lines
    }

    /// The title, harmless and not too long.
    pub(crate) fn headline(&self) -> String {
        brief(&self.title(), LONGEST)
    }

    /// The same in each run for the same finding: the policy's, else one made alike of code, object and attributes. What is not about
    /// an object is told by its words, without the line.
    pub(crate) fn fingerprint(&self) -> String {
        if let Some(standing) = self.standing {
            return standing.fingerprint.clone();
        }
        let mut digests = Digests::default();
        digests.add(self.code.number());
        if let Some(key) = self.key {
            digests.add(key.kind.word());
            digests.add(&key.to_string());
        }
        match self.about {
            About::Drift(_, drift) => drift.changes.iter().for_each(|change| digests.add(&change.attribute)),
            About::Undecided(undecided) => {
                digests.add(&undecided.what);
                if let Some(change) = &undecided.change {
                    digests.add(&change.attribute);
                }
                if self.key.is_none() {
                    digests.add(&undecided.reason);
                }
            }
            About::Remark(remark) => {
                if let Some((file, _)) = &remark.place {
                    digests.add(file);
                }
                // Its text says how old the snapshot is, which changes by itself.
                if remark.code != Code::G103 {
                    digests.add(&remark.text);
                }
            }
        }
        digests.hex()
    }

    /// The kind, the object and what is the matter with it, apart; `None` where it is not about an object of a drift.
    pub(crate) fn parts(&self) -> Option<(&'static str, String, String)> {
        match self.about {
            About::Drift(_, drift) => {
                Some((drift.key.kind.word(), drift.key.to_string(), wording::predicate(drift)))
            }
            About::Undecided(_) | About::Remark(_) => None,
        }
    }

    /// Why it does not fail, or whether this change brought it, in a few words; empty where there is nothing to say.
    pub(crate) fn remark(&self) -> &'static str {
        let Some(standing) = self.standing else { return "" };
        match (&standing.verdict, standing.since) {
            (Verdict::Allowed, Some(Since::WasThere)) => "was there before this change; does not fail",
            (Verdict::Allowed, Some(Since::Introduced)) => {
                "new with this change, repair closes it; does not fail"
            }
            (Verdict::Allowed, None) => "does not fail",
            (_, Some(Since::Introduced)) => "new with this change",
            (_, Some(Since::WasThere)) => "was there before this change",
            (_, None) => "",
        }
    }

    /// On which side it is; `None` for what is no drift.
    pub(crate) fn what(&self) -> Option<What> {
        match self.about {
            About::Drift(_, drift) => Some(drift.what),
            About::Undecided(_) | About::Remark(_) => None,
        }
    }
}

fn values(change: &Change) -> String {
    let name = wording::attribute(&change.attribute);
    if change.text {
        return format!("{name} differs");
    }
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    format!("{name}: {} desired, {} live", shown(&change.desired), shown(&change.live))
}
