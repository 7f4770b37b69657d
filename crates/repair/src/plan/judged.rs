//! What comes of a finding: how it may be closed, with which steps, or what people are told.

use super::draft::Draft;
use crate::allow::Consent;
use crate::ddl::Sql;
use crate::probe::Probe;
use rustc_hash::FxHashSet;
use trueup_diff::Disposition;

/// What can be done about one finding.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub disposition: Disposition,
    /// Why, as a clause.
    pub reason: String,
    /// What must be allowed, for `Consent`; or for `Manual`, to make steps of it after all.
    pub consent: Option<Consent>,
    /// The steps; a manual finding may have some that go part of the way.
    pub drafts: Vec<Draft>,
    /// For people, where there are no steps.
    pub suggestion: Vec<Sql>,
    /// Asks the rows what stands in the way, where there are no steps that do.
    pub probe: Option<Probe>,
    /// The selector that allows what it waits for, where that lacks only consent.
    pub waits: Option<String>,
}

impl Judged {
    pub fn new(disposition: Disposition, reason: impl Into<String>, drafts: Vec<Draft>) -> Self {
        Judged {
            disposition,
            reason: reason.into(),
            consent: None,
            drafts,
            suggestion: Vec::new(),
            probe: None,
            waits: None,
        }
    }

    /// Left until something else has consent.
    pub fn waiting(reason: impl Into<String>, selector: String) -> Self {
        Judged { waits: Some(selector), ..Judged::new(Disposition::Consent, reason, Vec::new()) }
    }

    pub fn safe(reason: impl Into<String>, drafts: Vec<Draft>) -> Self {
        Judged::new(Disposition::Safe, reason, drafts)
    }

    pub fn data(reason: impl Into<String>, drafts: Vec<Draft>) -> Self {
        Judged::new(Disposition::Data, reason, drafts)
    }

    pub fn consent(consent: Consent, reason: impl Into<String>, drafts: Vec<Draft>) -> Self {
        Judged { consent: Some(consent), ..Judged::new(Disposition::Consent, reason, drafts) }
    }

    pub fn manual(reason: impl Into<String>, suggestion: Vec<Sql>) -> Self {
        Judged { suggestion, ..Judged::new(Disposition::Manual, reason, Vec::new()) }
    }

    /// Nothing to do: another object's steps make it.
    pub fn follows() -> Self {
        Judged::safe("it comes with its parent", Vec::new())
    }

    /// Joins two parts of one finding; the graver disposition speaks.
    pub fn join(mut self, other: Judged) -> Self {
        if other.disposition > self.disposition {
            self.disposition = other.disposition;
            self.reason = other.reason;
            self.consent = other.consent;
        }
        self.drafts.extend(other.drafts);
        self.suggestion.extend(other.suggestion);
        self.probe = self.probe.or(other.probe);
        self
    }

    /// One statement can close several changes of an object: once is enough.
    pub fn without_repeats(mut self) -> Self {
        let mut seen = FxHashSet::default();
        self.drafts.retain(|d| seen.insert(d.step.statements.clone()));
        let mut seen = FxHashSet::default();
        self.suggestion.retain(|sql| seen.insert(sql.text.clone()));
        self
    }
}
