//! What a repair was made from and for, in digests: the lines in the head of its file, and reading them back.
//!
//! Owns: these lines, and whether a kept file is what repair would write now, with the reasons where it is not.
//!
//! Never: reads files; looks at the SQL itself. A file that was edited by hand is told by a digest of its text.

use crate::Report;
use trueup_repair::{Digests, Relied, catalog_digest};

/// What the head of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprints {
    /// The version of trueup that made it.
    pub version: String,
    /// The options that change what is planned, as they are given: `--allow trigger`.
    pub options: String,
    /// The desired catalog.
    pub desired: String,
    /// The live catalog.
    pub live: String,
    /// The statements of the file, with the facts that they rely on.
    pub plan: String,
}

impl Fingerprints {
    /// Of what was found now.
    #[must_use]
    pub fn of(report: &Report<'_>) -> Self {
        Self::with(report, &relied(report))
    }

    pub(crate) fn with(report: &Report<'_>, relied: &Relied) -> Self {
        let mut plan = Digests::default();
        if !report.plan.steps.is_empty() {
            plan.add(&relied.query());
            plan.add(&report.plan.preamble());
            report.plan.steps.iter().for_each(|step| plan.add(&report.plan.script(step)));
        }
        Fingerprints {
            version: report.version.to_owned(),
            options: report.options.join(" "),
            desired: catalog_digest(report.desired),
            live: catalog_digest(report.live),
            plan: plan.hex(),
        }
    }
}

pub(crate) fn relied(report: &Report<'_>) -> Relied {
    Relied::new(report.desired, report.live, report.comparison, report.plan)
}

/// The digest of what stands below the head, whatever ends its lines.
pub(crate) fn body(text: &str) -> String {
    let mut digests = Digests::default();
    digests.add(text.replace("\r\n", "\n").trim_end());
    digests.hex()
}

/// Why a file can't be held against anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRepair(pub &'static str);

impl std::fmt::Display for NoRepair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// A repair file that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    said: Fingerprints,
    edited: bool,
}

impl Kept {
    /// Reads the head of a file.
    ///
    /// # Errors
    /// When no repair wrote it, or its head lacks what repair writes there.
    pub fn read(text: &str) -> Result<Self, NoRepair> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        if !text.starts_with(crate::repair_file::TITLE) {
            return Err(NoRepair("it is no file that trueup repair wrote"));
        }
        let (head, below) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let value = |name: &str| {
            head.lines().find_map(|line| Some(line.strip_prefix("-- ")?.strip_prefix(name)?.trim()))
        };
        let pair = |line: &str, first: &str, second: &str| {
            let (a, b) = line.split_once(", ")?;
            Some((a.strip_prefix(first)?.trim().to_owned(), b.strip_prefix(second)?.trim().to_owned()))
        };
        let lacks = NoRepair("its head has no fingerprints: it was edited, or an older trueup wrote it");
        let (desired, live) =
            value("schemas ").and_then(|line| pair(line, "desired ", "live ")).ok_or(lacks.clone())?;
        let (plan, file) =
            value("digests ").and_then(|line| pair(line, "plan ", "file ")).ok_or(lacks.clone())?;
        let version = value("made ").and_then(|line| line.rsplit_once(" by trueup ")).ok_or(lacks)?.1;
        let options = value("options ").unwrap_or("").to_owned();
        let said = Fingerprints { version: version.to_owned(), options, desired, live, plan };
        Ok(Kept { said, edited: body(below) != file })
    }

    /// Why the file is not what repair would write now; nothing when it is. Times, row counts and other words make no difference.
    #[must_use]
    pub fn stale(&self, report: &Report<'_>) -> Vec<String> {
        let now = Fingerprints::of(report);
        let said = &self.said;
        let mut reasons = Vec::new();
        if self.edited {
            reasons.push("it was edited by hand".to_owned());
        }
        if said.plan == now.plan {
            return reasons;
        }
        let desired = said.desired != now.desired;
        let options = said.options != now.options;
        if desired {
            reasons.push("the desired schema has changed".to_owned());
        }
        if options {
            let given = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
            reasons.push(format!(
                "it was made with other options: {}, and now {}",
                given(&said.options),
                given(&now.options)
            ));
        }
        if said.live != now.live {
            reasons.push(if report.plan.steps.is_empty() && !desired && !options {
                "the live schema is repaired already: there is nothing to run".to_owned()
            } else {
                "the live schema has changed".to_owned()
            });
        }
        if said.version != now.version {
            reasons.push(format!("trueup {} made it, and this is {}", said.version, now.version));
        }
        if reasons.is_empty() {
            reasons.push("the live tables have other sizes, and are repaired in another way".to_owned());
        }
        reasons
    }
}
