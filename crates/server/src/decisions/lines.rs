//! The log line of a decision. Those about callers whom nobody knows are few: a stranger's 36 bytes
//! would write 200 otherwise, as often as it likes. What has no line is counted, and told in one
//! line a kind.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use authority::record::{Outcome, Record};

use crate::limits::{LINES_WINDOW, OWN_LINES};

/// How often each kind of refusals of strangers came in this window: by a cause's name, of which
/// there are some thirty.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<BTreeMap<String, u64>>);

impl Lines {
    /// Says a decision. `stranger`: nobody proved who asked.
    pub(super) fn say(&self, record: &Record, stranger: bool) {
        // Whoever logs nothing of it needs no words for it.
        if !tracing::enabled!(target: "decision", tracing::Level::INFO) {
            return;
        }
        let cause = record
            .evidence
            .cause
            .as_ref()
            .and_then(|cause| serde_json::to_value(cause).ok());
        let cause = cause
            .as_ref()
            .and_then(|cause| cause.get("cause"))
            .and_then(|cause| cause.as_str())
            .unwrap_or("");
        if !stranger || self.has_a_line(cause) {
            say(record, cause);
        }
    }

    /// Tells what had no line, again and again.
    pub(super) async fn sum_up_for_good(&self) {
        loop {
            tokio::time::sleep(LINES_WINDOW).await;
            self.sum_up();
        }
    }

    /// Tells what had no line, and begins anew.
    pub(super) fn sum_up(&self) {
        for (cause, more) in self.untold() {
            tracing::info!(
                target: "decision",
                outcome = "denied",
                cause,
                more,
                "more callers without valid credentials were refused for the same cause",
            );
        }
    }

    fn has_a_line(&self, cause: &str) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counted.entry(cause.to_owned()).or_default();
        *count += 1;
        *count <= OWN_LINES
    }

    /// How many of each kind had no line in this window, which ends here.
    fn untold(&self) -> Vec<(String, u64)> {
        let counted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        counted
            .into_iter()
            .filter(|(_, count)| *count > OWN_LINES)
            .map(|(cause, count)| (cause, count - OWN_LINES))
            .collect()
    }
}

/// One structured line a decision. It is made of names only: no header, no token, no body ever
/// reaches it.
fn say(record: &Record, cause: &str) {
    let evidence = &record.evidence;
    let resource = evidence
        .asked
        .last()
        .map_or("", |asked| asked.resource.as_str());
    let link = serde_json::to_value(evidence.link).ok();
    tracing::info!(
        target: "decision",
        request_id = %record.request_id,
        outcome = if evidence.outcome == Outcome::Allowed { "allowed" } else { "denied" },
        operation = %evidence.operation,
        resource,
        link = link.as_ref().and_then(|link| link.as_str()).unwrap_or(""),
        cause,
        principal = evidence.who.arn.as_deref().or(evidence.who.subject.as_deref()).unwrap_or(""),
        role = evidence.who.role.as_deref().unwrap_or(""),
        source_ip = %record.source_ip,
    );
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn attack_61_a_flood_of_strangers_has_a_few_lines_and_a_sum() {
        let lines = Lines::default();
        let told = (0..100_000)
            .filter(|_| lines.has_a_line("unsigned"))
            .count();
        assert!(
            told == 5 && lines.has_a_line("signature"),
            "another kind has lines of its own"
        );
        assert_eq!(lines.untold(), [("unsigned".to_owned(), 99_995)]);
        assert_eq!(lines.untold(), [], "what is told is told once");
        assert!(
            lines.has_a_line("unsigned"),
            "and who comes later has a line again"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_ends_by_itself() {
        let lines = Arc::new(Lines::default());
        let telling = Arc::clone(&lines);
        let telling = tokio::spawn(async move { telling.sum_up_for_good().await });
        assert_eq!((0..9).filter(|_| lines.has_a_line("unsigned")).count(), 5);
        tokio::time::sleep(LINES_WINDOW + Duration::from_secs(1)).await;
        assert!(lines.has_a_line("unsigned"));
        telling.abort();
    }
}
