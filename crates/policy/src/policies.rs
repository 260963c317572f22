//! The documents of one layer, or of one level of it: read once, compiled when they are first asked
//! in haste.

use std::sync::{Arc, OnceLock};

use crate::compiled::Compiled;
use crate::document::Document;

/// Documents in their order. Cloning shares what is read and compiled.
#[derive(Clone, Debug, Default)]
pub struct Policies(Arc<[Arc<Part>]>);

/// Documents that are compiled as one.
#[derive(Debug, Default)]
struct Part {
    documents: Vec<Arc<Document>>,
    compiled: OnceLock<Compiled>,
}

impl Policies {
    /// The same documents one after the other, each keeping what it is compiled to: for a choice
    /// that is made for one call, of policies that many calls choose from. What is collected from
    /// documents is compiled as one, which is asked faster.
    pub fn joined(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(
            parts
                .into_iter()
                .flat_map(|policies| policies.0.iter().cloned().collect::<Vec<_>>())
                .collect(),
        )
    }

    /// The documents.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.shared().map(Arc::as_ref)
    }

    /// The documents, to be put together anew.
    pub fn shared(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.0.iter().flat_map(|part| &part.documents)
    }

    /// Characters of all documents.
    pub fn chars(&self) -> usize {
        self.documents().map(Document::chars).sum()
    }

    /// Whether any document asks for a condition key that begins so, in lower case.
    pub fn asks_for(&self, prefix: &str) -> bool {
        self.documents().any(|document| document.asks_for(prefix))
    }

    /// Policy variables of all documents.
    pub fn variables(&self) -> usize {
        self.documents().map(Document::variables).sum()
    }

    pub(crate) fn compiled(&self) -> impl Iterator<Item = &Compiled> {
        self.0.iter().map(|part| {
            part.compiled
                .get_or_init(|| Compiled::of(part.documents.iter().map(Arc::as_ref)))
        })
    }
}

impl From<Document> for Policies {
    fn from(document: Document) -> Self {
        std::iter::once(document).collect()
    }
}

impl FromIterator<Document> for Policies {
    fn from_iter<I: IntoIterator<Item = Document>>(documents: I) -> Self {
        documents.into_iter().map(Arc::new).collect()
    }
}

impl FromIterator<Arc<Document>> for Policies {
    fn from_iter<I: IntoIterator<Item = Arc<Document>>>(documents: I) -> Self {
        let part = Part {
            documents: documents.into_iter().collect(),
            compiled: OnceLock::new(),
        };
        Self(Arc::new([Arc::new(part)]))
    }
}
