//! How a run is told to stop.

use tokio::sync::watch;

/// Stops the run that holds the other half.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<bool>);

/// What a run looks at to see whether it is to stop.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<bool>);

/// Both halves.
pub fn interrupt() -> (Interrupter, Interrupt) {
    let (sender, receiver) = watch::channel(false);
    (Interrupter(sender), Interrupt(receiver))
}

impl Interrupter {
    /// Asks the run to stop as soon as it can do so cleanly.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Interrupt {
    /// Whether it is to stop.
    pub fn wanted(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is; for ever where nobody can ask any more.
    pub async fn come(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
