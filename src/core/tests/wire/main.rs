//! The encodings.

#![allow(clippy::unwrap_used, missing_docs)]

mod binarypack;
mod chunk;
mod json;
mod message;
mod support;
