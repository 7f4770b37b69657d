//! How a run goes, on standard error: a line that lives for a person who waits, plain lines elsewhere.

use crate::output;
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::RefCell;
use std::time::{Duration, Instant};
use trueup_apply::{Blocker, Fate, Listener, News, Progress};
use trueup_report::safe;

/// How often plain lines tell how far a build is.
const SOMETIMES: Duration = Duration::from_secs(10);

/// Hears a run and tells it.
pub struct Teller {
    way: Way,
    /// What was told last of the running statement, and when: the same is not told twice.
    last: RefCell<Option<(String, Instant)>>,
}

enum Way {
    Silent,
    Lines,
    Bar(ProgressBar),
}

impl Teller {
    /// `chatty`: whether anything is to be told. `terminal`: whether standard error is one, and free for a line that lives.
    pub fn new(chatty: bool, terminal: bool) -> Self {
        let way = match (chatty, terminal) {
            (false, _) => Way::Silent,
            (true, false) => Way::Lines,
            (true, true) => {
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} ({elapsed})") {
                    bar.set_style(style);
                }
                bar.enable_steady_tick(Duration::from_millis(100));
                Way::Bar(bar)
            }
        };
        Teller { way, last: RefCell::new(None) }
    }

    /// A line that stays.
    fn line(&self, text: &str) {
        match &self.way {
            Way::Silent => {}
            Way::Lines => output::stderr(&format!("{text}\n")),
            Way::Bar(bar) => bar.suspend(|| output::stderr(&format!("{text}\n"))),
        }
    }

    /// What holds until something else happens. Told anew in plain lines only if it is other, or after a while.
    fn state(&self, key: &str, text: &str) {
        match &self.way {
            Way::Silent => {}
            Way::Bar(bar) => bar.set_message(text.to_owned()),
            Way::Lines => {
                let now = Instant::now();
                let mut last = self.last.borrow_mut();
                let told = last
                    .as_ref()
                    .is_some_and(|(known, when)| known == key && now.duration_since(*when) < SOMETIMES);
                if !told {
                    output::stderr(&format!("{text}\n"));
                    *last = Some((key.to_owned(), now));
                }
            }
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        if let Way::Bar(bar) = &self.way {
            bar.finish_and_clear();
        }
    }
}

impl Listener for Teller {
    fn news(&self, news: News<'_>) {
        match news {
            News::OtherRun(holder) => {
                self.line(&format!("waiting for another trueup apply to end: {}", safe(&holder.to_string())));
            }
            News::Begins(number, total, task) => {
                *self.last.borrow_mut() = None;
                let text = format!("[{number}/{total}] {}", safe(&task.title));
                match &self.way {
                    Way::Bar(bar) => bar.set_message(text),
                    Way::Lines | Way::Silent => self.line(&text),
                }
            }
            News::Waits(blockers) => {
                let pids: Vec<String> = blockers.iter().map(|b| b.pid.to_string()).collect();
                self.state(&pids.join(","), &format!("  waits for {}", all(blockers)));
            }
            News::Builds(Progress { phase, done, total }) => {
                let share = match done.saturating_mul(100).checked_div(*total) {
                    Some(percent) => format!(", {percent} %"),
                    None => String::new(),
                };
                self.state(phase, &format!("  {}{share}", safe(phase)));
            }
            News::Rests { attempt, of, rest, said, waited_for } => {
                let whom = match waited_for {
                    [] => String::new(),
                    blockers => format!("; it waited for {}", all(blockers)),
                };
                self.line(&format!(
                    "  try {attempt} of {of}: {}{whom}; again in {:.1} s",
                    safe(&said.message),
                    rest.as_secs_f64()
                ));
            }
            News::Lost(message) => {
                self.line(&format!("  the connection is lost ({}); connecting again", safe(message)));
            }
            News::Ended(number, total, task, fate, elapsed) => {
                if let Way::Bar(bar) = &self.way {
                    bar.set_message("");
                }
                match fate {
                    Fate::Done => {
                        if let Way::Bar(_) = self.way {
                            let title = safe(&task.title);
                            self.line(&format!(
                                "[{number}/{total}] {title} ({:.2} s)",
                                elapsed.as_secs_f64()
                            ));
                        }
                    }
                    Fate::Failed(cause) => self.line(&format!("  failed: {}", safe(&cause.said.message))),
                    Fate::Skipped(place) => {
                        let title = safe(&task.title);
                        self.line(&format!(
                            "[{number}/{total}] {title}: skipped, step {} was not done",
                            place + 1
                        ));
                    }
                    Fate::Cancelled => self.line("  broken off"),
                    Fate::NotReached => {}
                }
            }
            News::Stopping => {
                self.line("  interrupted: cancelling the statement that runs (again to leave at once)");
            }
        }
    }
}

fn all(blockers: &[Blocker]) -> String {
    const SHOWN: usize = 3;
    let mut texts: Vec<String> =
        blockers.iter().take(SHOWN).map(|b| safe(&b.to_string()).into_owned()).collect();
    if blockers.len() > SHOWN {
        texts.push(format!("{} more", blockers.len() - SHOWN));
    }
    texts.join(", ")
}
