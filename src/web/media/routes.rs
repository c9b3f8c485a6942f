//! The routing table: which source feeds which link.

use indexmap::IndexMap;
use live_core::id::LinkId;
use live_core::node::Source;

/// The source of each link that is fed.
#[derive(Default)]
pub(crate) struct Routes(IndexMap<LinkId, Source>);

impl Routes {
    pub(crate) fn set(&mut self, sink: LinkId, source: Option<Source>) {
        match source {
            Some(source) => self.0.insert(sink, source),
            None => self.0.shift_remove(&sink),
        };
    }

    /// The links that `source` feeds.
    pub(crate) fn sinks(&self, source: Source) -> impl Iterator<Item = LinkId> {
        self.0.iter().filter(move |(_, from)| **from == source).map(|(sink, _)| *sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn routes_name_the_sinks_of_a_source() {
        let mut routes = Routes::default();
        routes.set(LinkId(1), Some(Source::Local));
        routes.set(LinkId(2), Some(Source::Link(LinkId(1))));
        routes.set(LinkId(3), Some(Source::Local));
        routes.set(LinkId(1), None);
        assert_eq!(routes.sinks(Source::Local).collect::<Vec<_>>(), [LinkId(3)]);
        assert_eq!(routes.sinks(Source::Link(LinkId(1))).collect::<Vec<_>>(), [LinkId(2)]);
    }
}
