//! Answers that were given once, by what they depend on.
//!
//! An answer holds as long as everything that both sides of the question need is the same: so it is kept under a digest of
//! those objects, and found again wherever the same two definitions meet, with or without a server. A snapshot carries the
//! answers that were given when it was made.

use crate::Sides;
use crate::closure::Names;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use trueup_catalog::Catalog;
use trueup_diff::{Answer, Answers, Question};

/// Part of every digest: another way of settling must not find the answers of this one.
const METHOD: &str = "1";

/// Answers by digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memory(BTreeMap<String, Kept>);

/// What is worth keeping: what could not be asked once may be asked later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Same,
    Different,
}

impl Memory {
    /// The answers that are known, and the questions that are left.
    #[must_use]
    pub fn recall(&self, sides: Sides<'_>, questions: &[Question]) -> (Answers, Vec<Question>) {
        let mut answers = Answers::default();
        if self.0.is_empty() {
            return (answers, questions.to_vec());
        }
        let digests = Digests::new(sides);
        let mut left = Vec::new();
        for question in questions {
            match self.0.get(&digests.of(question)) {
                Some(Kept::Same) => answers.insert(question.clone(), Answer::Same),
                Some(Kept::Different) => answers.insert(question.clone(), Answer::Different),
                None => left.push(question.clone()),
            }
        }
        (answers, left)
    }

    /// Keeps the answers of a server.
    pub fn keep(&mut self, sides: Sides<'_>, answers: &Answers) {
        let digests = Digests::new(sides);
        for (question, answer) in answers.iter() {
            let kept = match answer {
                Answer::Same => Kept::Same,
                Answer::Different => Kept::Different,
                Answer::Open(_) => continue,
            };
            self.0.insert(digests.of(question), kept);
        }
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many answers are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes in the answers of another.
    pub fn extend(&mut self, other: Memory) {
        self.0.extend(other.0);
    }
}

struct Digests<'a> {
    desired: Names<'a>,
    live: Names<'a>,
    major: u32,
}

impl<'a> Digests<'a> {
    fn new(sides: Sides<'a>) -> Self {
        Digests {
            desired: Names::new(sides.desired, sides.ambients()),
            live: Names::new(sides.live, sides.ambients()),
            major: sides.major(),
        }
    }

    fn of(&self, question: &Question) -> String {
        let wanted = FxHashSet::from_iter([question.key.clone()]);
        let mut digest = Sha256::new();
        let mut part = |text: &str| {
            digest.update(text.len().to_le_bytes());
            digest.update(text.as_bytes());
        };
        part(METHOD);
        part(&self.major.to_string());
        part(question.key.kind.word());
        part(&question.key.to_string());
        part(&question.attribute);
        for catalog in [self.desired.closure(&wanted), self.live.closure(&wanted)] {
            part("side");
            objects(&catalog, &mut part);
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn objects(catalog: &Catalog, part: &mut impl FnMut(&str)) {
    for (_, entry) in catalog.iter() {
        match serde_json::to_string(&entry.object) {
            Ok(text) => part(&text),
            // No object of the model fails; if one did, its debug form tells as much.
            Err(_) => part(&format!("{:?}", entry.object)),
        }
    }
}
