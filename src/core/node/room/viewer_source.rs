//! Sources of viewers. Where the host allows it, a viewer with a source of its own feeds its
//! subtree while nothing comes from above: neither from the host nor from a viewer between.

use rand_core::RngCore;

use super::{Place, Room};
use crate::link::io::{Output, Source};
use crate::model::Tracks;
use crate::node::view::SourceOwner;
use crate::swarm::Swarm;
use crate::util::id::LinkId;
use crate::wire::message::Message;

/// What is known of such sources.
#[derive(Default)]
pub(super) struct ViewerSource {
    /// The own one.
    own: Option<Tracks>,
    /// What comes over this link, the parent's.
    above: Option<(LinkId, Tracks, SourceOwner)>,
    /// What was shown at last.
    shown: Shown,
    /// What the children were told.
    told: Option<(Tracks, SourceOwner)>,
}

/// Whose stream is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nobody's.
    #[default]
    Nothing,
    /// The host's.
    Host(Tracks),
    /// That of a viewer further up.
    Above(Tracks),
    /// The own one.
    Own(Tracks),
}

impl Shown {
    pub(super) fn tracks(self) -> Option<Tracks> {
        match self {
            Self::Nothing => None,
            Self::Host(tracks) | Self::Above(tracks) | Self::Own(tracks) => Some(tracks),
        }
    }
}

impl ViewerSource {
    /// Whose stream is to be shown by a peer whose host streams `host`, and where the sources of
    /// viewers are `allowed`.
    pub(super) fn choose(&self, host: Option<Tracks>, allowed: bool) -> Shown {
        let above = self.above.as_ref().map(|(_, tracks, _)| Shown::Above(*tracks));
        let viewers = || above.or(self.own.map(Shown::Own)).filter(|_| allowed);
        host.map(Shown::Host).or_else(viewers).unwrap_or_default()
    }

    /// The own source has these tracks now.
    pub(super) fn set_own(&mut self, tracks: Option<Tracks>) {
        self.own = tracks;
    }

    /// What a new child must know.
    pub(super) fn for_newcomer(&self) -> Option<Message> {
        self.told.clone().map(|told| message(Some(told)))
    }
}

/// The parent says what a viewer further up shows.
pub(super) fn told(room: &mut Room, link: LinkId, tracks: Option<Tracks>, owner: SourceOwner) {
    room.standing.viewers.above = tracks.map(|tracks| (link, tracks, owner));
}

/// Whose source is shown, if it is that of a viewer further up.
pub(super) fn owner(room: &Room) -> Option<SourceOwner> {
    let Shown::Above(_) = room.standing.shown() else { return None };
    let (_, _, owner) = room.standing.viewers.above.as_ref()?;
    // What comes can be that of a viewer between the host and this peer, and of nobody else.
    let above = room.place.above(&room.standing, &room.below);
    let between = above.path.unwrap_or_default().get(1..).unwrap_or_default();
    let is_between = owner.peer.as_ref().is_some_and(|peer| between.contains(peer));
    Some(if is_between { owner.clone() } else { SourceOwner::default() })
}

/// Shows, passes on and tells what is to be shown by now.
pub(super) fn settle<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    if room.place.is_host() {
        return;
    }
    let parent = room.place.parent();
    room.standing.viewers.above.take_if(|(link, ..)| Some(*link) != parent);
    let now = room.standing.shown();
    let before = core::mem::replace(&mut room.standing.viewers.shown, now);
    if now != before {
        show(room, swarm, before, now);
    }
    let above = room.standing.viewers.above.as_ref().map(|(_, _, owner)| owner);
    let told = match now {
        Shown::Above(tracks) => above.map(|owner| (tracks, owner.clone())),
        Shown::Own(tracks) => {
            let (peer, name) = (Some(swarm.id().clone()), room.standing.name.clone());
            Some((tracks, SourceOwner { peer, name }))
        }
        Shown::Nothing | Shown::Host(_) => None,
    };
    if room.standing.viewers.told != told {
        swarm.dirty = true;
        room.standing.viewers.told.clone_from(&told);
        room.below.tell(swarm, &message(told));
    }
}

fn show<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, before: Shown, now: Shown) {
    let parent = room.place.parent();
    swarm.dirty = true;
    swarm.push(Output::Sound(now.tracks().is_some_and(|tracks| tracks.audio)));
    match (before, now) {
        (Shown::Own(_), Shown::Own(_)) => {}
        (_, Shown::Own(_)) => {
            swarm.push(Output::Show(Some(Source::Local)));
            room.below.feed(swarm, Some(Source::Local));
        }
        (Shown::Own(_), Shown::Nothing) => {
            swarm.push(Output::Show(None));
            room.below.feed(swarm, parent.map(Source::Link));
        }
        (Shown::Own(_) | Shown::Nothing, Shown::Above(_)) => {
            room.with_upstream(swarm, |up, cx| up.show_parent(cx));
        }
        // What comes from the parent is shown, and passed on, already.
        _ => {}
    }
}

/// The page has a source of its own now, or none any more.
pub(super) fn set_own(room: &mut Room, tracks: Option<Tracks>) {
    if let Place::Viewer(_) = room.place {
        room.standing.viewers.set_own(tracks);
    }
}

fn message(told: Option<(Tracks, SourceOwner)>) -> Message {
    let (tracks, owner) = told.unzip();
    let SourceOwner { peer, name } = owner.unwrap_or_default();
    Message::OnAir { name, by: peer, tracks }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Tracks = Tracks { audio: true, video: true };
    const AUDIO: Tracks = Tracks { audio: true, video: false };

    #[test]
    fn the_host_comes_first_then_what_is_above_then_the_own_source() {
        let mut source = ViewerSource::default();
        assert_eq!(source.choose(None, true), Shown::Nothing);
        source.set_own(Some(AUDIO));
        assert_eq!(source.choose(None, true), Shown::Own(AUDIO));
        assert_eq!(source.choose(None, false), Shown::Nothing);
        source.above = Some((LinkId(1), BOTH, SourceOwner::default()));
        assert_eq!(source.choose(None, true), Shown::Above(BOTH));
        assert_eq!(source.choose(None, false), Shown::Nothing);
        for allowed in [true, false] {
            assert_eq!(source.choose(Some(BOTH), allowed), Shown::Host(BOTH));
        }
    }
}
