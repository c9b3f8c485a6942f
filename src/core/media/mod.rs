//! What is sent over which link, and at which quality.

pub(crate) mod encoder;
