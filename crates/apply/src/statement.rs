//! Running one statement: watched from beside, and cancelled when the run is to stop.

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::session::Session;
use crate::watch::{Blocker, Listener, Look, News};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// How often the running statement is looked at; one that is done sooner is never.
const LOOK: Duration = Duration::from_millis(700);

impl Session {
    /// Runs one statement. `waited_for` becomes what it was last seen waiting for.
    pub(crate) async fn execute(
        &mut self,
        sql: &str,
        interrupt: &mut Interrupt,
        listener: &dyn Listener,
        waited_for: &mut Vec<Blocker>,
    ) -> Result<(), Failure> {
        if interrupt.wanted() {
            return Err(Failure::Interrupted);
        }
        let mut looks = interval_at(Instant::now() + LOOK, LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stopping = false;
        let Session { work, beside, .. } = self;
        let running = work.batch_execute(sql);
        tokio::pin!(running);
        loop {
            tokio::select! {
                biased;
                result = &mut running => return match result {
                    Ok(()) => Ok(()),
                    Err(error) => Err(match Failure::of(&error) {
                        Failure::Server(said) if stopping && said.sqlstate == "57014" => Failure::Interrupted,
                        other => other,
                    }),
                },
                () = interrupt.come(), if !stopping => {
                    stopping = true;
                    listener.news(News::Stopping);
                    beside.cancel().await;
                }
                _ = looks.tick() => {
                    if stopping {
                        beside.cancel().await;
                        continue;
                    }
                    let Look { blockers, progress } = beside.look().await;
                    if !blockers.is_empty() {
                        listener.news(News::Waits(&blockers));
                        *waited_for = blockers;
                    } else if let Some(progress) = progress {
                        listener.news(News::Builds(&progress));
                    }
                }
            }
        }
    }
}
