//! What is sent over which link, and at which quality; whether it comes.

pub(crate) mod encoder;
pub(crate) mod flow;
mod source_monitor;

pub(crate) use source_monitor::SourceMonitor;
