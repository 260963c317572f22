//! The documents of one layer, or of one level of it: read once, compiled when they are first asked in haste.

use std::sync::{Arc, OnceLock};

use crate::compiled::Compiled;
use crate::document::Document;

/// Documents in their order. Cloning shares what is read and compiled.
#[derive(Clone, Debug, Default)]
pub struct Policies(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    documents: Vec<Arc<Document>>,
    compiled: OnceLock<Compiled>,
}

impl Policies {
    /// The documents.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.0.documents.iter().map(Arc::as_ref)
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        self.0.compiled.get_or_init(|| Compiled::of(self.documents()))
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
        Self(Arc::new(Shared { documents: documents.into_iter().collect(), compiled: OnceLock::new() }))
    }
}
