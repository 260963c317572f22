//! The labels of counters: closed lists, each value with its name in the text.

use authority::record::{Link, Outcome};

/// One label: its name, and every value that it can have.
pub(super) trait Label: Copy + PartialEq + 'static {
    const NAME: &'static str;
    const ALL: &'static [Self];

    fn value(self) -> &'static str;
}

/// What a counter is kept by: one label, or two.
pub(super) trait Labels: Copy + PartialEq {
    fn all() -> Vec<Self>;

    /// Names and values.
    fn pairs(self) -> Vec<(&'static str, &'static str)>;
}

impl<L: Label> Labels for L {
    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    fn pairs(self) -> Vec<(&'static str, &'static str)> {
        vec![(L::NAME, self.value())]
    }
}

impl<A: Label, B: Label> Labels for (A, B) {
    fn all() -> Vec<Self> {
        A::ALL
            .iter()
            .flat_map(|a| B::ALL.iter().map(|b| (*a, *b)))
            .collect()
    }

    fn pairs(self) -> Vec<(&'static str, &'static str)> {
        vec![(A::NAME, self.0.value()), (B::NAME, self.1.value())]
    }
}

/// One list gives both the values and their names: a variant that it lacks does not compile, so
/// nothing can happen that no counter is there for.
macro_rules! label {
    ($type:ty, $name:literal, { $($variant:ident => $value:literal),+ $(,)? }) => {
        impl Label for $type {
            const NAME: &'static str = $name;
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn value(self) -> &'static str {
                match self {
                    $(Self::$variant => $value),+
                }
            }
        }
    };
}

/// A face of the server, as its listener is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaceName {
    Api,
    Issuer,
    Control,
    Metrics,
}

label!(FaceName, "face", {
    Api => "api",
    Issuer => "issuer",
    Control => "control",
    Metrics => "metrics",
});

label!(Outcome, "outcome", { Allowed => "allowed", Denied => "denied" });

// As records have them, so that a graph leads to the log.
label!(Link, "link", {
    Pod => "pod",
    ServiceAccount => "service-account",
    Webhook => "webhook",
    Token => "token",
    OidcProvider => "oidc-provider",
    TrustPolicy => "trust-policy",
    Sts => "sts",
    Credentials => "credentials",
    Permissions => "permissions",
    ResourcePolicy => "resource-policy",
});

/// What was fetched from an issuer's server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchKind {
    /// Discovery document and key set.
    Keys,
    /// The top certificate of its chain.
    Thumbprint,
}

label!(FetchKind, "kind", { Keys => "keys", Thumbprint => "thumbprint" });

/// What became of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchOutcome {
    Fetched,
    Unreachable,
    TooSlow,
    TooMany,
    Status,
    Address,
    Certificate,
    Encoded,
    TooLarge,
    Discovery,
    KeySet,
}

label!(FetchOutcome, "outcome", {
    Fetched => "fetched",
    Unreachable => "unreachable",
    TooSlow => "too-slow",
    TooMany => "too-many",
    Status => "status",
    Address => "address",
    Certificate => "certificate",
    Encoded => "encoded",
    TooLarge => "too-large",
    Discovery => "discovery",
    KeySet => "key-set",
});

/// What became of one attempt to write to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteOutcome {
    /// It is on disk.
    Kept,
    /// Another writer was first; it is decided and tried again.
    Overtaken,
    /// Nothing of it was kept.
    Failed,
}

label!(WriteOutcome, "outcome", { Kept => "kept", Overtaken => "overtaken", Failed => "failed" });

/// Why a record is not in the decision log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DropReason {
    /// Too many waited for the writer.
    Queue,
    /// The disk did not take it.
    Disk,
    /// It could not be written as JSON.
    Encoding,
}

label!(DropReason, "reason", { Queue => "queue", Disk => "disk", Encoding => "encoding" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_outcomes_are_named_as_records_name_them() {
        let told = |value: &dyn Fn() -> serde_json::Value| value().as_str().unwrap().to_owned();
        for link in Link::ALL {
            assert_eq!(link.value(), told(&|| serde_json::to_value(link).unwrap()));
        }
        for outcome in Outcome::ALL {
            assert_eq!(
                outcome.value(),
                told(&|| serde_json::to_value(outcome).unwrap())
            );
        }
    }

    #[test]
    fn two_labels_are_every_pair_of_them() {
        let all = <(Outcome, Link)>::all();
        assert_eq!(all.len(), Outcome::ALL.len() * Link::ALL.len());
        let mut pairs: Vec<_> = all.into_iter().map(Labels::pairs).collect();
        assert!(pairs.contains(&vec![("outcome", "denied"), ("link", "trust-policy")]));
        pairs.sort();
        pairs.dedup();
        assert_eq!(
            pairs.len(),
            Outcome::ALL.len() * Link::ALL.len(),
            "and each once"
        );
    }
}
