//! `system:serviceaccount:NAMESPACE:NAME`, the subject of every Kubernetes token.

/// A service account's name as a subject gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccountName {
    /// The namespace, a DNS label.
    pub namespace: String,
    /// The name, a DNS subdomain.
    pub name: String,
}

impl ServiceAccountName {
    /// Reads a subject; `None` when it is not a service account's.
    pub fn from_subject(subject: &str) -> Option<Self> {
        let (namespace, name) = subject
            .strip_prefix("system:serviceaccount:")?
            .split_once(':')?;
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let label = |text: &str| {
            let bytes = text.as_bytes();
            let ends = bytes.first().copied().is_some_and(letter)
                && bytes.last().copied().is_some_and(letter);
            ends && bytes.iter().all(|byte| letter(*byte) || *byte == b'-')
        };
        let sound = namespace.len() <= 63
            && label(namespace)
            && name.len() <= 253
            && name.split('.').all(label);
        sound.then(|| Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The subject.
    pub fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read_back() {
        let name = ServiceAccountName::from_subject("system:serviceaccount:kube-system:aws-node.x")
            .unwrap();
        assert_eq!(
            (name.namespace.as_str(), name.name.as_str()),
            ("kube-system", "aws-node.x")
        );
        assert_eq!(
            name.subject(),
            "system:serviceaccount:kube-system:aws-node.x"
        );
        for text in [
            "",
            "system:serviceaccount:ns",
            "system:serviceaccount::n",
            "system:serviceaccount:ns:",
            "system:serviceaccount:N:n",
            "system:node:a",
            "system:serviceaccount:ns:a:b",
            "system:serviceaccount:-ns:a",
            "system:serviceaccount:ns-:a",
            "system:serviceaccount:ns:a..b",
            "system:serviceaccount:ns:a.-b",
            "system:serviceaccount:n.s:a",
        ] {
            assert_eq!(ServiceAccountName::from_subject(text), None, "{text}");
        }
        let of = |namespace: usize, name: usize| {
            ServiceAccountName::from_subject(&format!(
                "system:serviceaccount:{}:{}",
                "n".repeat(namespace),
                "a".repeat(name)
            ))
        };
        assert!(of(63, 253).is_some() && of(64, 1).is_none() && of(1, 254).is_none());
    }
}
