//! The log line of a decision. Those about callers whom nobody knows are few: a stranger's 36 bytes would write 200 otherwise,
//! as often as it likes. What is not said is counted, and said in one line a kind.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use authority::record::{Outcome, Record};

/// How long a kind of refusals is counted before its sum is told.
const WINDOW: Duration = Duration::from_secs(10);
/// Refusals of a kind that have a line of their own in that time.
const OWN_LINES: u64 = 5;

/// How often each kind of refusals of strangers came in this window.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<BTreeMap<String, u64>>);

impl Lines {
    /// Says a decision. `stranger`: nobody proved who asked.
    pub(super) fn say(&self, record: &Record, stranger: bool) {
        // Whoever logs nothing of it needs no words for it.
        if !tracing::enabled!(target: "decision", tracing::Level::INFO) {
            return;
        }
        let cause = record.evidence.cause.as_ref().and_then(|cause| serde_json::to_value(cause).ok());
        let cause = cause.as_ref().and_then(|cause| cause.get("cause")).and_then(|cause| cause.as_str()).unwrap_or("");
        if !stranger || self.has_a_line(cause) {
            say(record, cause);
        }
    }

    /// Tells what was not said, again and again.
    pub(super) async fn sum_up_for_good(&self) {
        loop {
            tokio::time::sleep(WINDOW).await;
            self.sum_up();
        }
    }

    /// Tells what was not said, and begins anew.
    pub(super) fn sum_up(&self) {
        let counted = std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        for (cause, count) in counted.into_iter().filter(|(_, count)| *count > OWN_LINES) {
            tracing::info!(
                target: "decision",
                outcome = "denied",
                cause,
                more = count - OWN_LINES,
                "more callers whom nobody knows were refused for the same cause",
            );
        }
    }

    /// A kind is a cause's name, of which there are some thirty.
    fn has_a_line(&self, cause: &str) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = counted.entry(cause.to_owned()).or_default();
        *count += 1;
        *count <= OWN_LINES
    }
}

/// One structured line a decision. It is made of names only: no header, no token, no body ever reaches it.
fn say(record: &Record, cause: &str) {
    let evidence = &record.evidence;
    let resource = evidence.asked.last().map_or("", |asked| asked.resource.as_str());
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
    use std::io::Write;
    use std::sync::Arc;

    use authority::denial::Denial;
    use authority::record::{Cause, Link};
    use wire::{Fault, RequestId};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        /// The lines since the last look.
        fn turn(&self) -> Vec<String> {
            let bytes = std::mem::take(&mut *self.0.lock().unwrap());
            String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn refused(cause: Cause) -> Record {
        let denial = Denial::new(Link::Credentials, cause, Fault::new("AccessDenied", 403, ""));
        Record::new(RequestId::from_entropy([1; 16]), 1, "127.0.0.1".to_owned(), *denial.evidence)
    }

    #[tokio::test(start_paused = true)]
    async fn attack_61_a_flood_of_strangers_writes_a_few_lines_and_a_sum() {
        let page = Page::default();
        let to = page.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let lines = Arc::new(Lines::default());
        let telling = tokio::spawn({
            let lines = Arc::clone(&lines);
            async move { lines.sum_up_for_good().await }
        });
        tokio::task::yield_now().await;
        let (unsigned, other) = (refused(Cause::Unsigned), refused(Cause::Signature { because: "x".to_owned() }));
        for _ in 0..100_000 {
            lines.say(&unsigned, true);
        }
        lines.say(&other, true);
        for _ in 0..20 {
            lines.say(&other, false);
        }
        assert_eq!(page.turn().len(), 5 + 1 + 20, "known callers have a line for each decision");
        tokio::time::sleep(WINDOW + Duration::from_secs(1)).await;
        let sum = page.turn();
        assert_eq!(sum.len(), 1, "{sum:?}");
        assert!(sum[0].contains("cause=\"unsigned\" more=99995"), "{sum:?}");
        tokio::time::sleep(WINDOW).await;
        assert!(page.turn().is_empty(), "what is told is told once");
        lines.say(&unsigned, true);
        assert_eq!(page.turn().len(), 1, "and who comes later has a line again");
        telling.abort();
        for _ in 0..7 {
            lines.say(&unsigned, true);
        }
        page.turn();
        lines.sum_up();
        assert!(page.turn()[0].contains("more=3"), "at the end nothing is kept back");
    }
}
