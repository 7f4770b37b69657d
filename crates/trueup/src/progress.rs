//! A spinner on standard error for a person who waits.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long nothing is shown: what is done by then needs no progress.
const MOMENT: Duration = Duration::from_millis(400);

/// Shows what is being done, once it takes longer than a moment. Dropping it clears the line.
pub struct Progress {
    inner: Option<(Sender<()>, JoinHandle<()>)>,
    doing: Arc<Mutex<String>>,
}

impl Progress {
    /// Begins to wait; `shown` is false where nobody watches.
    pub fn start(shown: bool) -> Self {
        let doing = Arc::new(Mutex::new(String::new()));
        let inner = shown.then(|| {
            let (stop, stopped) = channel::<()>();
            let doing = Arc::clone(&doing);
            let watcher = std::thread::spawn(move || {
                if !matches!(stopped.recv_timeout(MOMENT), Err(RecvTimeoutError::Timeout)) {
                    return;
                }
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                    bar.set_style(style);
                }
                while matches!(
                    stopped.recv_timeout(Duration::from_millis(100)),
                    Err(RecvTimeoutError::Timeout)
                ) {
                    bar.set_message(doing.lock().unwrap_or_else(PoisonError::into_inner).clone());
                    bar.tick();
                }
                bar.finish_and_clear();
            });
            (stop, watcher)
        });
        Progress { inner, doing }
    }

    /// Says what is being done now.
    pub fn doing(&self, what: &str) {
        if self.inner.is_some() {
            what.clone_into(&mut self.doing.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, watcher)) = self.inner.take() {
            drop(stop);
            // A spinner that panicked has cleared nothing, and there is nobody to tell.
            let _ = watcher.join();
        }
    }
}
