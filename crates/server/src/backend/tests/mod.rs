//! The answers of every operation, over the backend without HTTP.
