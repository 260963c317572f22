//! What runs, and how it ends.

use std::path::PathBuf;

use tokio::task::JoinSet;

use crate::decisions::Writer;
use crate::limits::LAST_DECISIONS;

/// Everything of a server that goes on by itself. Dropped, it ends at once; stopped, it also waits
/// for what was decided to be written.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) tasks: JoinSet<()>,
    pub(super) writer: Writer,
    /// The control socket, where this process has it.
    pub(super) socket: Option<PathBuf>,
}

impl Running {
    /// Ends every task and with them every connection, then the writer of decisions.
    pub(super) async fn stop(mut self) {
        // Connections first: as long as one is open, something may still be decided.
        self.tasks.shutdown().await;
        let written = tokio::task::spawn_blocking(|| self.writer.finish());
        if tokio::time::timeout(LAST_DECISIONS, written).await.is_err() {
            tracing::error!("decisions are still being made; the last ones may be lost");
        }
        // A socket that nobody answers would make the next command wait for nothing.
        if let Some(socket) = self.socket {
            drop(std::fs::remove_file(socket));
        }
    }
}
