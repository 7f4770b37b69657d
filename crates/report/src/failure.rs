//! A run that could not be done, in the form of each format: a program that waits for a document still gets one.

use crate::safe::brief;
use std::time::SystemTime;
use trueup_diff::Code;

/// The longest message that is shown.
const LONGEST: usize = 1000;

/// Why a run could not be done.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// The database that was to be looked at, as [`crate::Place::name`] would say it, as far as it is known.
    pub place: Option<&'a str>,
    /// Each problem: its code, its message and the way out. Never with a password or a connection string.
    pub problems: &'a [(Code, &'a str, Option<&'a str>)],
    /// When it was tried.
    pub made: SystemTime,
    /// Version of trueup.
    pub version: &'a str,
}

/// One problem, harmless on one line.
#[derive(Clone, Debug)]
pub(crate) struct Stopped {
    pub code: Code,
    pub message: String,
    pub way_out: Option<String>,
}

impl Stopped {
    /// Message and way out in one line.
    pub(crate) fn line(&self) -> String {
        match &self.way_out {
            Some(way_out) => format!("{}; way out: {way_out}", self.message),
            None => self.message.clone(),
        }
    }
}

impl Failure<'_> {
    /// The problems, made harmless. There is always one: a run that stopped without saying why says that.
    pub(crate) fn stopped(&self) -> Vec<Stopped> {
        let mut list: Vec<Stopped> = self
            .problems
            .iter()
            .map(|(code, message, way_out)| Stopped {
                code: *code,
                message: brief(message, LONGEST),
                way_out: way_out.filter(|text| !text.is_empty()).map(|text| brief(text, LONGEST)),
            })
            .collect();
        if list.is_empty() {
            list.push(Stopped {
                code: Code::X104,
                message: "the run stopped without saying why".to_owned(),
                way_out: None,
            });
        }
        list
    }

    /// The verdict: `Gate: not done, the server can't be reached`.
    pub(crate) fn verdict(&self) -> String {
        let list = self.stopped();
        let first = list.first().map_or("", |problem| problem.message.as_str());
        match list.len() {
            0 | 1 => format!("Not done, {first}"),
            several => format!("Not done, {first} (and {} more)", several - 1),
        }
    }
}
