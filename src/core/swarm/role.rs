//! What each link is for, and which messages may come over it.

use crate::model::GatheringKind;
use crate::util::limits;
use crate::wire::message::Message;

/// The one role of a link. It is set when the link is dialled or accepted, and changes only by
/// [`Swarm::set_role`](super::Swarm::set_role).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LinkRole {
    /// The other side is the parent.
    Parent,
    /// The other side may become the parent: an attempt is in flight.
    ParentAttempt,
    /// The parent before a move, kept until the new one has proven itself.
    PreviousParent,
    /// The own standby, dialled or warm.
    Standby,
    /// The other side has joined as a child.
    Child,
    /// A slot is reserved for the other side, which has not joined over this link yet.
    JoiningChild,
    /// A child that has moved away, or to a newer link.
    RetiredChild,
    /// The other side keeps this peer as its standby.
    StandbyFor,
    /// The other side will displace a leaf as soon as it joins.
    Displacing,
    /// The other side sees the room's map without being in the room.
    Observer,
    /// The other side asks this host for admission.
    Applicant,
    /// This peer asks the host on the other side for admission.
    AdmissionRequest,
    /// The other side is the index root that this host announces its room to.
    AnnouncementTo,
    /// The other side announces its room to this index root.
    Announcer,
    /// The other side reads the list of this index root.
    Guest,
    /// The other side is the index root of the own network, whose list is read.
    Root,
    /// The other side is the index root of an extra network.
    ExtraRoot,
    /// The other side is a host whose map is observed.
    ObservedHost,
    /// The other side exchanges streams and texts with this peer.
    Exchange,
    /// The other side is asked for its stream, or lends it.
    Lender,
    /// The other side asks for the stream that is shown here, or has borrowed it.
    Borrower,
    /// Both sides are members of a gathering.
    Gathering(GatheringKind),
}

impl LinkRole {
    /// Whether the other side of such a link may send `message`. Heartbeats never get here.
    pub(crate) fn allows(self, message: &Message) -> bool {
        use Message as M;
        match self {
            Self::Parent => matches!(
                message,
                M::Room(_)
                    | M::Order(_)
                    | M::Game(_)
                    | M::Members { .. }
                    | M::Path { .. }
                    | M::Backups { .. }
                    | M::Chat(_)
                    | M::Picture(_)
                    | M::Leave { .. }
                    | M::Watch { .. }
                    | M::Map { .. }
                    | M::MediaStatus { .. }
                    | M::OnAir { .. }
                    | M::Away
            ),
            Self::ParentAttempt => {
                matches!(message, M::Adopted { .. } | M::Order(_) | M::Leave { .. })
            }
            Self::PreviousParent | Self::Standby => {
                matches!(message, M::Path { .. } | M::Leave { .. })
            }
            Self::Child => matches!(
                message,
                M::Summary(_)
                    | M::Join { .. }
                    | M::Rename { .. }
                    | M::Chat(_)
                    | M::Picture(_)
                    | M::RequestBlob(_)
                    | M::Watch { .. }
                    | M::Map { .. }
                    | M::MediaTimeout
                    | M::Request(_)
                    | M::Leave { .. }
            ),
            Self::JoiningChild | Self::RetiredChild | Self::Displacing => {
                matches!(message, M::Join { .. })
            }
            Self::StandbyFor => matches!(message, M::Join { .. } | M::Activate | M::Pause),
            Self::Observer => matches!(message, M::Watch { .. }),
            Self::Applicant => matches!(message, M::Knock(_)),
            Self::AdmissionRequest => matches!(message, M::Admission(_)),
            Self::AnnouncementTo | Self::Guest => matches!(message, M::RequestBlob(_)),
            Self::Announcer => {
                matches!(message, M::Announce(_) | M::RequestBlob(_) | M::Picture(_))
            }
            Self::Root | Self::ExtraRoot => {
                matches!(message, M::Rooms { .. } | M::Card(_) | M::Gone { .. } | M::Picture(_))
            }
            Self::ObservedHost => matches!(message, M::Map { .. }),
            Self::Exchange => {
                matches!(message, M::OnAir { .. } | M::Text { .. } | M::Leave { .. })
            }
            Self::Lender => matches!(message, M::OnAir { .. } | M::Leave { .. }),
            Self::Borrower => matches!(message, M::RequestStream { .. } | M::Leave { .. }),
            Self::Gathering(_) => matches!(message, M::Picture(_)),
        }
    }
}

impl LinkRole {
    /// Whether the other side has dialled for something that it must ask for as soon as the link is
    /// open.
    pub(crate) fn speaks_first(self) -> bool {
        matches!(
            self,
            Self::JoiningChild
                | Self::Displacing
                | Self::Observer
                | Self::Applicant
                | Self::Announcer
                | Self::Exchange
                | Self::Borrower
        )
    }

    /// The size of the largest message that the other side of such a link may send.
    pub(crate) fn message_size(self) -> usize {
        match self {
            Self::Parent | Self::Child => limits::MEMBER_MESSAGE,
            Self::ParentAttempt => limits::ADOPTION_MESSAGE,
            Self::Announcer => limits::ANNOUNCER_MESSAGE,
            Self::ObservedHost => limits::MEMBER_MESSAGE,
            // The list of a network's rooms.
            Self::Root | Self::ExtraRoot => limits::MESSAGE,
            Self::PreviousParent
            | Self::Standby
            | Self::JoiningChild
            | Self::RetiredChild
            | Self::StandbyFor
            | Self::Displacing
            | Self::Observer
            | Self::Applicant
            | Self::AdmissionRequest
            | Self::AnnouncementTo
            | Self::Guest
            | Self::Exchange
            | Self::Lender
            | Self::Borrower
            | Self::Gathering(_) => limits::STRANGER_MESSAGE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::message::Summary;

    #[test]
    fn only_a_parent_speaks_for_the_room_and_only_a_child_for_its_subtree() {
        let all = [
            LinkRole::Parent,
            LinkRole::ParentAttempt,
            LinkRole::PreviousParent,
            LinkRole::Standby,
            LinkRole::Child,
            LinkRole::JoiningChild,
            LinkRole::RetiredChild,
            LinkRole::StandbyFor,
            LinkRole::Displacing,
            LinkRole::Observer,
            LinkRole::Applicant,
            LinkRole::AdmissionRequest,
            LinkRole::AnnouncementTo,
            LinkRole::Announcer,
            LinkRole::Guest,
            LinkRole::Root,
            LinkRole::ExtraRoot,
            LinkRole::ObservedHost,
            LinkRole::Exchange,
            LinkRole::Lender,
            LinkRole::Borrower,
            LinkRole::Gathering(GatheringKind::Voice),
        ];
        let who = |message: Message| -> Vec<_> {
            all.into_iter().filter(|role| role.allows(&message)).collect()
        };
        assert_eq!(who(Message::Away), [LinkRole::Parent]);
        assert_eq!(who(Message::Summary(Summary::default())), [LinkRole::Child]);
        assert_eq!(who(Message::Activate), [LinkRole::StandbyFor]);
        assert_eq!(who(Message::Admission(None)), [LinkRole::AdmissionRequest]);
        assert_eq!(
            who(Message::Rooms { cards: Vec::new() }),
            [LinkRole::Root, LinkRole::ExtraRoot]
        );
        let text = Message::Text { name: String::new(), text: String::new() };
        assert_eq!(who(text), [LinkRole::Exchange]);
        let request = Message::RequestStream { name: String::new() };
        assert_eq!(who(request), [LinkRole::Borrower]);
        assert!(who(Message::Unknown).is_empty());
    }
}
