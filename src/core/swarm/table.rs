//! The links of a node, by their ids and as signalling names them.

use indexmap::IndexMap;

use crate::link::{Link, LinkContext};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;

/// The links.
#[derive(Default)]
pub(crate) struct Table {
    /// In the order of their ids, which is that of their coming: one run of memory, which is
    /// searched in a few steps with every frame.
    links: Vec<(LinkId, Box<Link>)>,
    /// By peer and connection id.
    connections: IndexMap<(PeerId, String), LinkId>,
    /// No link wants to be called before that. What happens mostly puts a link's deadline off, so
    /// this is looked up anew only when it is reached.
    due: Option<Time>,
    next: u32,
    /// The bytes that incomplete messages of all links take.
    incomplete: usize,
}

impl Table {
    /// The id of the next link; `None` when there are too many already.
    pub(super) fn fresh(&mut self) -> Option<LinkId> {
        (self.links.len() < limits::LINKS).then(|| {
            self.next += 1;
            LinkId(self.next)
        })
    }

    pub(super) fn insert(&mut self, id: LinkId, link: Link) {
        put_forward(&mut self.due, link.deadline());
        self.connections.insert((link.peer().clone(), link.connection().to_owned()), id);
        // Ids are given in rising order.
        self.links.push((id, Box::new(link)));
    }

    pub(super) fn remove(&mut self, id: LinkId) {
        if let Some(at) = self.position(id) {
            let (_, link) = self.links.remove(at);
            self.incomplete -= link.incomplete().size();
            self.connections.swap_remove(&(link.peer().clone(), link.connection().to_owned()));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there is such a link.
    pub(crate) fn contains(&self, id: LinkId) -> bool {
        self.position(id).is_some()
    }

    pub(super) fn get(&self, id: LinkId) -> Option<&Link> {
        Some(&self.links[self.position(id)?].1)
    }

    /// The link at this place in the order of insertion.
    pub(super) fn id_at(&self, index: usize) -> Option<LinkId> {
        self.links.get(index).map(|(id, _)| *id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (LinkId, &Link)> {
        self.links.iter().map(|(id, link)| (*id, &**link))
    }

    pub(super) fn find(&self, peer: &PeerId, connection: &str) -> Option<LinkId> {
        self.connections.get(&(peer.clone(), connection.to_owned())).copied()
    }

    /// Does something with a link that may change its deadline. Returns the link, too.
    pub(super) fn update<T>(
        &mut self,
        id: LinkId,
        ctx: &mut LinkContext<'_>,
        f: impl FnOnce(&mut Link, &mut LinkContext<'_>) -> T,
    ) -> Option<(&mut Link, T)> {
        let at = self.position(id)?;
        let link = &mut *self.links[at].1;
        let before = link.incomplete().size();
        let result = f(link, ctx);
        put_forward(&mut self.due, link.deadline());
        self.incomplete = self.incomplete - before + link.incomplete().size();
        Some((link, result))
    }

    /// Gives up the largest incomplete messages until the rest is within the limit.
    pub(super) fn shed_incomplete(&mut self) {
        while self.incomplete > limits::REASSEMBLY {
            let links = self.links.iter_mut().map(|(_, link)| link);
            let Some(link) = links.max_by_key(|link| link.incomplete().largest()) else { return };
            let before = link.incomplete().size();
            link.drop_largest();
            self.incomplete -= before - link.incomplete().size();
        }
    }

    /// The bytes that incomplete messages of all links take.
    pub(super) fn incomplete(&self) -> usize {
        self.incomplete
    }

    /// Takes messages of at least so many bytes over a link from now on.
    pub(super) fn allow(&mut self, id: LinkId, size: usize) {
        if let Some(at) = self.position(id) {
            self.links[at].1.allow(size);
        }
    }

    /// When the first link wants to be called, or earlier.
    pub(super) fn due(&self) -> Option<Time> {
        self.due
    }

    /// When the first link wants to be called.
    pub(super) fn look_up_due(&mut self) -> Option<Time> {
        self.due = self.links.iter().filter_map(|(_, link)| link.deadline()).min();
        self.due
    }

    /// All links are called now, which tells when the first one wants to be called again.
    pub(super) fn clear_due(&mut self) {
        self.due = None;
    }

    fn position(&self, id: LinkId) -> Option<usize> {
        self.links.binary_search_by_key(&id, |(id, _)| *id).ok()
    }
}

/// Makes `due` no later than `deadline`.
fn put_forward(due: &mut Option<Time>, deadline: Option<Time>) {
    *due = due.take().into_iter().chain(deadline).min();
}
