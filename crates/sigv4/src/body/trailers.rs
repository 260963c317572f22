//! What follows the last chunk of a body.

/// Trailers that were announced and, where chunks are signed, signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers(Vec<(String, String)>);

impl Trailers {
    /// The value of a trailer, by its lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// Names and values in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn put(&mut self, name: String, value: String) {
        self.0.push((name, value));
    }

    /// Lines as they are signed: by name, a line each.
    pub(super) fn canonical(&self) -> Vec<u8> {
        let mut sorted: Vec<_> = self.iter().collect();
        sorted.sort_unstable();
        let lines = sorted
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"));
        lines.collect::<String>().into_bytes()
    }
}
