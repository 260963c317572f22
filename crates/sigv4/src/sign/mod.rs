//! The verifier's mirror: signs a request, for tests and for tools of our own that call the API.

mod chunks;
mod post;
mod request;

pub use chunks::{ChunkSigner, unsigned_chunks};
pub use post::post_signature;
pub use request::{Request, authorization, authorization_v4a, payload_hash, presigned};
