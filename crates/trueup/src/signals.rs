//! Signals that stop a run: the first one cleanly, the second one at once.

use crate::output;
use crate::run::Exit;
use trueup_apply::Interrupter;

/// Passes on the first signal; leaves at the second. The server then finishes or cancels what it runs by itself, and the next
/// run finds it.
pub async fn pass_on(interrupter: Interrupter) {
    signal().await;
    interrupter.stop();
    signal().await;
    output::stderr("left at once: what the server still runs ends by itself; apply again to go on\n");
    std::process::exit(i32::from(Exit::Interrupted.code()));
}

/// Ctrl-C, SIGTERM, or the terminal that was closed. Where a signal can't be heard it ends the process, as it always does.
#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::debug!(%error, "a signal can't be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = heard(SignalKind::interrupt()) => {}
        () = heard(SignalKind::terminate()) => {}
        () = heard(SignalKind::hangup()) => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
