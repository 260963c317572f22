//! The counters in Prometheus' text exposition format, version 0.0.4
//! (prometheus.io/docs/instrumenting/exposition_formats).

use super::counters::{Counter, Counters};
use super::label::Labels;

/// All counters, those that are zero too: a series that appears with its first count shows no rise.
pub(crate) fn exposition(counters: &Counters) -> String {
    let mut text = Text::default();
    text.family(
        "decisions_total",
        Kind::Counter,
        "Decisions by outcome and by the link of the chain that was reached.",
        &counters.decisions,
    );
    text.family(
        "decision_records_dropped_total",
        Kind::Counter,
        "Records of decisions that were not written to the decision log.",
        &counters.dropped_records,
    );
    text.family(
        "connections_accepted_total",
        Kind::Counter,
        "Connections that were accepted.",
        &counters.accepted,
    );
    text.family(
        "connections_open",
        Kind::Gauge,
        "Connections that are open.",
        &counters.open,
    );
    text.family(
        "connections_refused_total",
        Kind::Counter,
        "Accepted connections that were closed unanswered: no TLS handshake, or another user.",
        &counters.refused,
    );
    text.family(
        "connections_failed_total",
        Kind::Counter,
        "Connections that the system could not hand over, for want of file descriptors perhaps.",
        &counters.not_accepted,
    );
    text.family(
        "fetches_total",
        Kind::Counter,
        "Fetches from OIDC issuers by what was fetched and how it ended.",
        &counters.fetches,
    );
    text.family(
        "ledger_writes_total",
        Kind::Counter,
        "Attempts to write changes of accounts to the store by how they ended.",
        &counters.writes,
    );
    text.0
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
}

/// The text as far as it is written.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family<L: Labels>(&mut self, name: &str, kind: Kind, help: &str, counter: &Counter<L>) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.line(&format!("# HELP podpass_{name} {help}"));
        self.line(&format!("# TYPE podpass_{name} {kind}"));
        for (labels, count) in counter.each() {
            let pairs = labels.pairs().into_iter();
            let pairs: Vec<_> = pairs
                .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
                .collect();
            self.line(&format!("podpass_{name}{{{}}} {count}", pairs.join(",")));
        }
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }
}

/// A label's value: backslash, quote and line feed would end it or the line.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use authority::record::{Link, Outcome};

    use super::*;

    #[test]
    fn a_family_is_told_as_the_format_has_it() {
        let counters = Counters::default();
        counters
            .decisions
            .add((Outcome::Denied, Link::TrustPolicy), 3);
        let text = exposition(&counters);
        let lines: Vec<&str> = text.lines().collect();
        let help = "# HELP podpass_decisions_total Decisions by outcome and by the link of the chain that was reached.";
        assert_eq!(lines[..2], [help, "# TYPE podpass_decisions_total counter"]);
        assert!(
            lines.contains(&"podpass_decisions_total{outcome=\"denied\",link=\"trust-policy\"} 3"),
            "{text}"
        );
        assert!(
            lines.contains(&"podpass_decisions_total{outcome=\"allowed\",link=\"trust-policy\"} 0"),
            "{text}"
        );
        assert!(text.ends_with('\n'), "the last line ends as well");
    }

    #[test]
    fn what_would_end_a_value_is_escaped() {
        assert_eq!(escaped("a\"b\\c\nd"), r#"a\"b\\c\nd"#);
    }

    /// The page is what people read; it names what there is, and nothing else.
    #[test]
    fn the_page_of_metrics_has_them_all() {
        let page = include_str!("../../../../docs/metrics.md");
        let text = exposition(&Counters::default());
        let told: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .collect();
        let rows: Vec<String> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `podpass_"))
            .filter_map(|row| {
                let mut cells = row.split('|').map(str::trim);
                Some(format!(
                    "podpass_{} {}",
                    cells.next()?.trim_end_matches('`'),
                    cells.next()?
                ))
            })
            .collect();
        assert_eq!(rows, told);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let values = line.split('"').skip(1).step_by(2);
            assert!(values.clone().count() > 0, "{line}");
            for value in values {
                assert!(
                    page.contains(&format!("`{value}`")),
                    "`{value}` is not on the page"
                );
            }
        }
    }
}
