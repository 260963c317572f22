//! IAM operations as functions over a value. To be written.
