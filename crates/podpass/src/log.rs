//! What the server says on stderr: which lines, and none of a stranger's letters in them that a
//! terminal would obey.

use std::fmt::Debug;

use tracing::Metadata;
use tracing::field::Field;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, filter_fn};
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer as _, registry};

/// What is logged when `PODPASS_LOG` does not say otherwise.
const USUAL: &str = "warn,decision=info,issuer=info,keys=info,provider=info";
/// Longest value of a field.
const LONGEST_VALUE: usize = 1_024;

/// Logs to stderr from now on.
pub(crate) fn to_stderr() {
    let filter = EnvFilter::try_from_env("PODPASS_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr())
        && std::env::var_os("NO_COLOR").is_none();
    // A second subscriber in one process only says the same twice.
    drop(lines(filter, ansi, std::io::stderr).try_init());
}

fn lines(
    filter: EnvFilter,
    ansi: bool,
    to: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> impl SubscriberInitExt {
    let fields = debug_fn(field).delimited(" ");
    let layer = fmt::layer()
        .with_ansi(ansi)
        .with_writer(to)
        .fmt_fields(fields);
    registry().with(layer.with_filter(filter.and(filter_fn(is_told))))
}

/// One field. The formatter's own escapes leave line breaks and the marks of direction as they are.
fn field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> std::fmt::Result {
    let value = format!("{value:?}");
    let value = wire::visible(&value, LONGEST_VALUE);
    match field.name() {
        "message" => write!(writer, "{value}"),
        name => write!(writer, "{name}={value}"),
    }
}

/// Only our own lines go below a warning, whatever is asked for: at debug the store writes down
/// whole requests, with the metadata that users gave their objects, and spans that name them.
fn is_told(line: &Metadata<'_>) -> bool {
    const OURS: [&str; 6] = [
        "decision", "issuer", "keys", "provider", "server", "podpass",
    ];
    *line.level() <= LevelFilter::WARN
        || OURS.contains(&line.target().split("::").next().unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(directives: &str, speak: impl Fn()) -> String {
        let page = Page::default();
        let to = page.clone();
        let _guard = lines(EnvFilter::new(directives), false, move || to.clone()).set_default();
        speak();
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_line_stays_a_line_whatever_a_stranger_wrote() {
        let evil =
            "a\u{1b}[2J\u{9b}1m\u{202e}\u{2028}\u{2066}\u{feff}\u{e0041}\r\nWARN decision: allowed";
        let text = logged("info", || {
            tracing::warn!(target: "decision", shown = %evil, quoted = evil, debugged = ?evil, "{evil}");
            tracing::warn!(target: "decision", error = &std::io::Error::other(evil) as &dyn std::error::Error, "failed");
        });
        assert_eq!(text.lines().count(), 2, "{text:?}");
        assert!(
            text.is_ascii() && text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
        assert!(text.contains("shown=a\\u{1b}[2J"), "{text}");
    }

    #[test]
    fn a_value_is_bounded() {
        let text = logged("info", || {
            tracing::warn!(long = "x".repeat(100_000), "message")
        });
        assert!(
            text.len() < 2_000 && text.contains("characters more"),
            "{}",
            text.len()
        );
    }

    #[test]
    fn what_others_write_at_debug_is_not_told() {
        let speak = || {
            let span = tracing::info_span!(target: "hyper_util::client", "put_object", req = "x-amz-meta-secret");
            let _entered = span.enter();
            tracing::debug!(target: "rustls::conn", req = "x-amz-meta-secret");
            tracing::trace!(target: "hyper::proto", "x-amz-meta-secret");
            tracing::error!(target: "redb", "the disk is full");
            tracing::debug!(target: "server::api", "ours");
        };
        let text = logged("trace", speak);
        assert!(
            !text.contains("secret") && text.contains("the disk is full") && text.contains("ours"),
            "{text}"
        );
    }
}
