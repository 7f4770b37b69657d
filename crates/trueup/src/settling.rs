//! The server that `--scratch` names, started at the first question, and what it settles.

use crate::args::Scratch;
use crate::load::Loaded;
use crate::problem::Problem;
use trueup_catalog::{Entry, Extension, Gap, GapReason, ObjectKey, ObjectKind};
use trueup_diff::{Answer, Answers, Code, Question};
use trueup_introspect::MembersOf;
use trueup_report::Advice;
use trueup_scratch::{Error, Place, Server, Sides};

/// Settling in one run: at most one server, stopped with this value.
pub struct Settling {
    choice: Scratch,
    server: Option<Server>,
    /// Why `auto` has no server.
    why_not: Option<String>,
}

impl Settling {
    /// By the option.
    pub fn new(choice: &Scratch) -> Self {
        Settling { choice: choice.clone(), server: None, why_not: None }
    }

    /// Why questions could not be asked although that was wanted; told once rather than with each finding.
    pub fn why_not(&self) -> Option<String> {
        self.why_not.clone()
    }

    /// The answers to the questions, from what a snapshot remembers and from a server.
    ///
    /// # Errors
    /// When a given server can't be used.
    pub async fn answers(
        &mut self,
        desired: &Loaded,
        live: &Loaded,
        questions: &[Question],
    ) -> Result<Answers, Vec<Problem>> {
        let sides = Sides { desired: &desired.catalog, live: &live.catalog };
        let mut memory = live.settled.clone();
        memory.extend(desired.settled.clone());
        let (mut answers, left) = memory.recall(sides, questions);
        if left.is_empty() || self.choice == Scratch::Off {
            return Ok(answers);
        }
        let asked = match self.server(sides.major()).await {
            Ok(server) => trueup_scratch::settle(server, sides, &left).await,
            Err(error) => Err(error),
        };
        match asked {
            Ok(asked) => answers.extend(asked),
            Err(error) if self.choice == Scratch::Auto => {
                tracing::debug!(%error, "nothing is settled by a server");
                self.why_not = Some(error.to_string());
            }
            Err(error) => return Err(vec![problem(&error)]),
        }
        let open = answers.iter().filter(|(_, answer)| matches!(answer, Answer::Open(_))).count();
        tracing::debug!(
            questions = questions.len(),
            remembered = questions.len() - left.len(),
            open,
            "settled"
        );
        Ok(answers)
    }

    /// Reads the desired files by running them in a throw-away database.
    ///
    /// # Errors
    /// When there is no server, or the desired side is no files.
    pub async fn read_through(&mut self, desired: &mut Loaded, live: &Loaded) -> Result<(), Vec<Problem>> {
        if desired.scripts.is_empty() {
            return Err(vec![Problem::configuration(
                "--desired-via scratch runs SQL files, and --desired names none",
                "give SQL files or a folder of them as --desired",
            )]);
        }
        if self.choice == Scratch::Off {
            return Err(vec![Problem::configuration(
                "--desired-via scratch needs a server, and --scratch is off",
                "leave out --scratch off, or give a server",
            )]);
        }
        let major = Sides { desired: &desired.catalog, live: &live.catalog }.major();
        let server = self.server(major).await.map_err(|error| vec![problem(&error)])?;
        let through = trueup_scratch::through(server, &desired.scripts, &desired.catalog).await;
        let through = through.map_err(|error| vec![problem(&error)])?;
        tracing::debug!(
            objects = through.catalog.len(),
            refused = through.failed.len(),
            "read the desired SQL through a server"
        );
        desired.catalog = through.catalog;
        desired.advice = through
            .failed
            .into_iter()
            .map(|failed| Advice {
                span: failed.span,
                code: Code::S102.to_string(),
                sqlstate: failed.sqlstate,
                help: None,
            })
            .collect();
        Ok(())
    }

    /// Finds out what someone changed about the members of the extensions of one side that a server was read for.
    ///
    /// # Errors
    /// When a given server can't be used.
    pub async fn extensions(&mut self, loaded: &mut Loaded) -> Result<(), Vec<Problem>> {
        if self.choice == Scratch::Off || loaded.members.is_empty() {
            return Ok(());
        }
        let Some(major) = loaded.catalog.major_version() else { return Ok(()) };
        let installed: Vec<Extension> = loaded
            .members
            .keys()
            .filter_map(|name| loaded.catalog.get(&ObjectKey::global(ObjectKind::Extension, name.clone())))
            .filter_map(|entry| Extension::of(&entry.object).cloned())
            .collect();
        let (made, why) = match self.fresh(major, &installed).await {
            Ok(made) => (made, "the server that settles does not have it in this version".to_owned()),
            Err(error) if self.choice == Scratch::Auto => (MembersOf::new(), error.to_string()),
            Err(error) => return Err(vec![problem(&error)]),
        };
        for extension in installed {
            let name = extension.name.clone();
            match (loaded.members.get(&name), made.get(&name)) {
                (Some(here), Some(made)) => {
                    let altered = Some(Extension::alterations(here, made));
                    let key = ObjectKey::global(ObjectKind::Extension, name);
                    if let Some(entry) = loaded.catalog.get(&key).cloned() {
                        let object = Extension { altered, ..extension };
                        loaded.catalog.insert(Entry { object: object.into(), ..entry });
                    }
                }
                _ => loaded.catalog.gaps.push(Gap {
                    what: "members of extension".to_owned(),
                    object: name.to_string(),
                    code: Code::U101.to_string(),
                    reason: GapReason::Unmodeled,
                    message: format!("nobody knows what a fresh installation has: {why}"),
                    span: None,
                }),
            }
        }
        Ok(())
    }

    /// What a fresh installation has, as it was kept or as a server makes it.
    async fn fresh(&mut self, major: u32, extensions: &[Extension]) -> Result<MembersOf, Error> {
        #[cfg(unix)]
        let kept = match self.choice {
            Scratch::Auto => trueup_scratch::Kept::of(major, extensions),
            Scratch::Given(_) | Scratch::Off => None,
        };
        #[cfg(unix)]
        if let Some(members) = kept.as_ref().and_then(trueup_scratch::Kept::read) {
            return Ok(members);
        }
        let server = self.server(major).await?;
        // Another version prints other definitions.
        if server.version() / 10_000 != major {
            return Ok(MembersOf::new());
        }
        let members = trueup_scratch::install(server, extensions).await?;
        #[cfg(unix)]
        if let Some(kept) = kept {
            kept.write(&members);
        }
        Ok(members)
    }

    /// Runs statements in a copy of a live schema.
    ///
    /// # Errors
    /// When there is no server, or no copy can be made.
    pub async fn rehearse(
        &mut self,
        live: &trueup_catalog::Catalog,
        statements: &[Option<String>],
    ) -> Result<trueup_scratch::Rehearsal, Vec<Problem>> {
        if self.choice == Scratch::Off {
            return Err(vec![Problem::configuration(
                "--confirm needs a server for the copy, and --scratch is off",
                "leave out --scratch off, or give a server",
            )]);
        }
        let major = live.major_version().unwrap_or(18);
        let server = self.server(major).await.map_err(|error| vec![problem(&error)])?;
        trueup_scratch::rehearse(server, live, statements).await.map_err(|error| vec![problem(&error)])
    }

    async fn server(&mut self, major: u32) -> Result<&Server, Error> {
        let place = match &self.choice {
            Scratch::Given(text) => Place::Given(text.clone()),
            Scratch::Auto | Scratch::Off => Place::Private,
        };
        let server = match self.server.take() {
            Some(server) => server,
            None => Server::start(&place, major).await?,
        };
        Ok(self.server.insert(server))
    }
}

fn problem(error: &Error) -> Problem {
    let code = match error {
        Error::Introspect(error) => error.code().parse().unwrap_or(Code::X101),
        Error::NoServer(_) | Error::Refused { .. } => Code::X104,
    };
    Problem { code, message: crate::problem::plain(&format!("--scratch: {error}")), way_out: error.way_out() }
}
