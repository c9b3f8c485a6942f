//! P2P-Live-Web.
fn main() {}
