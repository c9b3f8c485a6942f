//! Every limit on what a peer or a server accepts from the network, in one place.
//! Sizes are in bytes unless the name says otherwise.

use core::time::Duration;

/// Characters in a peer id.
pub const ID: usize = 64;
/// A signalling frame.
pub const SIGNAL_FRAME: usize = 64 * 1024;
/// A token with which a peer opens its id again.
pub const SIGNAL_TOKEN: usize = 128;
/// Messages that wait for one receiver.
pub const SIGNAL_QUEUE: usize = 32;
/// Receivers for which messages wait.
pub const SIGNAL_QUEUES: usize = 1_000;
/// All the messages that wait.
pub const SIGNAL_QUEUED_BYTES: usize = 64 * 1024 * 1024;
/// Frames per second from one signalling socket, in the long run.
pub const SIGNAL_RATE: u32 = 30;
/// Frames at once from one signalling socket.
pub const SIGNAL_BURST: u32 = 120;
/// Candidates that a signalling socket may send in reply to an offer or an answer, in addition to
/// its rate.
pub const SIGNAL_REPLY_CANDIDATES: u8 = 32;
/// Peers to which one signalling socket may owe replies.
pub const SIGNAL_REPLIES: usize = 8_192;
/// How long, at least, replies to an offer or an answer do not count against the rate.
pub const SIGNAL_REPLY_TIME: Duration = Duration::from_secs(30);
/// Senseless frames after which a signalling socket is closed.
pub const SIGNAL_BAD_FRAMES: u32 = 10;
/// Peers that a signalling socket has offered to or answered, as far as they are remembered.
pub const SIGNAL_CONTACTS: usize = 64;
/// Ids that are kept for their last holders.
pub const SIGNAL_RESERVATIONS: usize = 100_000;
/// An SDP inside a signalling frame.
pub const SDP: usize = 48 * 1024;
/// The metadata of an offer.
pub const METADATA: usize = 16 * 1024;
/// One candidate line.
pub const CANDIDATE: usize = 1024;
/// The name of the media section that a candidate belongs to.
pub const MID: usize = 64;
/// The ICE user name that a candidate belongs to. ICE allows no more.
pub const UFRAG: usize = 256;
/// Candidates per link.
pub const CANDIDATES: usize = 64;
/// Links one peer keeps at once, whatever their purpose.
pub const LINKS: usize = 256;
/// Of those that others have dialled, links of one and the same peer.
pub const LINKS_OF_ONE: usize = 4;
/// Of those, links that are not open yet: of one and the same peer, and of all.
pub const HALF_OPEN_OF_ONE: usize = 2;
/// Links that others have dialled and that are not open yet.
pub const HALF_OPEN: usize = 128;
/// How long a link that another has dialled takes to open, as a rule. Afterwards it gives way to
/// newer ones where there are too many.
pub const OPENING: Duration = Duration::from_millis(1_500);
/// How long a peer that has dialled may take, once the link is open, to say what for.
pub const FIRST_WORD: Duration = Duration::from_secs(4);

/// A packed message up to this size goes in one data-channel frame; a larger one is chunked.
/// The number is PeerJS's.
pub const CHUNK: usize = 16_300;
/// A message in JSON, which is never chunked: what every browser takes in one frame.
pub const JSON_FRAME: usize = 65_536;
/// Chunks of one message.
pub const CHUNKS: usize = 1_024;
/// One reassembled message, whatever its sender is.
pub const MESSAGE: usize = 8 * 1024 * 1024;
/// A message of a peer that is not a member of the room: of a newcomer before it has joined, of an
/// observer, of an applicant, of a guest of an index root.
pub const STRANGER_MESSAGE: usize = 64 * 1024;
/// A message of a peer that may become the parent: it tells all about the room.
pub const ADOPTION_MESSAGE: usize = 256 * 1024;
/// A message of a child or of the parent. The largest one is a picture.
pub const MEMBER_MESSAGE: usize = PICTURE + 64 * 1024;
/// A message of a host that announces its room. The largest one is a cover.
pub const ANNOUNCER_MESSAGE: usize = COVER + 64 * 1024;
/// A message of a legacy page that is not a member: its first map may contain a cover.
pub const OLD_STRANGER_MESSAGE: usize = 1024 * 1024;
/// Messages in reassembly at once, per link.
pub const REASSEMBLIES: usize = 4;
/// The messages in reassembly of all links together; beyond it the largest is dropped.
pub const REASSEMBLY: usize = 32 * 1024 * 1024;
/// How long a message may stay incomplete.
pub const REASSEMBLY_TIME: Duration = Duration::from_secs(30);
/// Nested arrays and maps in a packed message.
pub const DEPTH: usize = 32;
/// Values in a packed message, so that one of many small values does not grow in memory.
pub const VALUES: usize = 256 * 1024;

/// A chat message as its author signs it.
pub const CHAT_STATEMENT: usize = 20 * 1024;
/// What a host says of its room, or of its card in an index.
pub const ROOM_STATEMENT: usize = 32 * 1024;
/// What a host says of the game in its room.
pub const GAME_STATEMENT: usize = 16 * 1024;
/// A decision of a host, or a membership.
pub const ORDER_STATEMENT: usize = 1024;
/// Orders that a newcomer gets.
pub const ORDERS: usize = 1_024;
/// Peers that vouch for a member, one for the other, up to the host.
pub const VOUCHES: usize = 32;
/// How long a membership holds.
pub const MEMBERSHIP: Duration = Duration::from_secs(24 * 60 * 60);
/// Statements that cannot be verified, after which the neighbour that passes them on is left.
pub const FORGERIES: u32 = 2;
/// Peers that are not dealt with any more because they have passed on forgeries.
pub const DISTRUSTED: usize = 256;
/// Values in a statement that peers pass on.
pub const STATEMENT_VALUES: usize = 4_096;

/// Characters in a person's name.
pub const NAME: usize = 64;
/// Characters in a chat text.
pub const CHAT_TEXT: usize = 4_000;
/// The number of a chat message. JavaScript tells no larger ones apart.
pub const CHAT_NUMBER: u64 = (1 << 53) - 1;
/// How far the number of a chat message may be above the last one known of its author.
pub const CHAT_WINDOW: u64 = 1_000;
/// How far the number of a chat message may be ahead of the clock, in milliseconds: pages that were
/// reloaded and gateways number by their clocks.
pub const CHAT_AHEAD: u64 = 24 * 60 * 60 * 1_000;
/// Chat messages that a peer remembers for newcomers.
pub const CHAT_HISTORY: usize = 100;
/// Chat messages at once of one author over one link.
pub const CHAT_AUTHOR_BURST: u32 = 100;
/// Chat messages per second of one author over one link, in the long run.
pub const CHAT_AUTHOR_RATE: u32 = 2;
/// Chat messages at once over one link.
pub const CHAT_LINK_BURST: u32 = 400;
/// Chat messages per second over one link, in the long run.
pub const CHAT_LINK_RATE: u32 = 50;
/// Authors over one link whose rates are measured.
pub const CHAT_AUTHORS: usize = 256;
/// Neighbours of which a peer remembers what history they got.
pub const INTRODUCED: usize = 256;
/// Chat messages that a peer remembers to be deleted.
pub const DELETED: usize = 100;
/// A picture in the chat.
pub const PICTURE: usize = 1024 * 1024;
/// Pixels on a side of a picture.
pub const PICTURE_SIDE: u32 = 4_096;
/// Pixels in a picture.
pub const PICTURE_PIXELS: u64 = 16 * 1024 * 1024;
/// Pictures per minute of one author over one link.
pub const PICTURES_A_MINUTE: u32 = 4;
/// Pictures of one link that wait for the message that refers to them.
pub const PICTURES_WAITING: usize = 4;
/// The pictures that a peer keeps for newcomers and after a repair, together.
pub const PICTURES: usize = 4 * 1024 * 1024;
/// Of those, what a newcomer gets with the messages that came before it.
pub const PICTURES_BEFORE: usize = 2 * 1024 * 1024;
/// The pictures that a peer keeps, however small they are.
pub const PICTURE_COUNT: usize = 512;
/// Bytes of pictures per second that a peer takes from one neighbour in the long run; what is
/// above that is dropped.
pub const PICTURE_RATE: u64 = 256 * 1024;
/// Peers that a host has banned, or muted.
pub const BANNED: usize = 256;
/// Members that a host has muted or sent away in gatherings.
pub const GATHERING_ORDERS: usize = 64;
/// Peers that wait at a host's door.
pub const KNOCKS: usize = 32;
/// Characters in a room's title.
pub const TITLE: usize = 200;
/// Characters in a room's summary.
pub const SUMMARY: usize = 2_000;
/// Characters in the address of a cover.
pub const COVER_URL: usize = 2_000;
/// A cover that a host has uploaded.
pub const COVER: usize = 256 * 1024;
/// The covers that a peer keeps of all the rooms that it lists, together.
pub const COVERS: usize = 8 * 1024 * 1024;
/// Covers that neighbours were asked for, or ask for, as far as they are remembered.
pub const COVERS_NAMED: usize = 4_096;
/// Rooms that an index root lists.
pub const ROOMS: usize = 1_000;
/// Room cards per second that a guest takes from an index root, in the long run.
pub const CARD_RATE: u32 = 100;
/// Covers that a guest fetches from an index root at once.
pub const COVER_BURST: u32 = 256;
/// Seconds for one more of them, in the long run.
pub const COVER_INTERVAL: u64 = 2;
/// Peers in a map of a room.
pub const MAP_PEERS: usize = 1_000;
/// Peers outside a room that look at its map.
pub const OBSERVERS: usize = 16;
/// Children of one peer, however high its own limit is set.
pub const CHILDREN: usize = 64;
/// Peers that were let in and have not joined yet, beyond the number of slots.
pub const EXPECTED: usize = 16;
/// Peers that were let in and did not come, as far as they are remembered.
pub const NO_SHOWS: usize = 256;
/// Free places that a summary names: enough to spread joiners, few enough that summaries stay small.
pub const FREE_SLOTS: usize = 4;
/// Likewise places in which a child might be displaced.
pub const DISPLACEABLE: usize = 2;
/// People in a room, as far as anyone counts them.
pub const MEMBERS: u32 = 1_000_000;
/// A round trip between two peers, in milliseconds, as they tell it to others.
pub const ROUND_TRIP: u32 = 8_192;
/// Joiners of which a peer remembers where it has sent them.
pub const REDIRECTS: usize = 256;
/// Peers whose complaints, or whose claims about places below them, a peer remembers.
pub const SUSPECTS: usize = 128;
/// Peers named in one redirect.
pub const CANDIDATE_PARENTS: usize = 8;
/// Peers between the host and anyone.
pub const PATH: usize = 128;
/// Authors whose last message number a peer remembers.
pub const AUTHORS: usize = 10_000;
/// Peers that one search for a parent asks before it rests.
pub const ASKED: usize = 32;
/// How long a link that its child has replaced may stay open.
pub const RETIRED: Duration = Duration::from_secs(3);
/// What a parent's links reported longer ago than this does not contradict a child that gets nothing;
/// so a child that leaves earlier tells its parent only then.
pub const COMPLAINT: Duration = Duration::from_millis(2_500);

/// Peers at once that ask for the stream that is shown, or have borrowed it.
pub const LOANS: usize = 8;
/// Texts at once over an exchange.
pub const EXCHANGE_BURST: u32 = 30;
/// Texts per second over an exchange, in the long run.
pub const EXCHANGE_RATE: u32 = 4;
/// Old exchange pages at once that are told that the line is busy.
pub const EXCHANGE_TURNED_AWAY: usize = 4;

/// Old pages linked with one peer at once, over data channels.
pub const OLD_LINKS: usize = 128;
/// Of those, links of one and the same peer.
pub const OLD_LINKS_OF_ONE: usize = 3;
/// Old pages that are adopted beyond a peer's own limit of children, for they cannot be sent
/// elsewhere.
pub const OLD_RESERVE: u32 = 8;
/// Calls at once to an old page: one for itself, and one for each child that waits below it.
pub const OLD_CALLS: usize = 5;
/// Calls of old pages, one of each, that wait for the link that tells what they are.
pub const OLD_EARLY_CALLS: usize = 8;
/// Members that are read from, or named in, an old page's map.
pub const OLD_NODES: usize = 1_000;
/// Members of a conference, who are shown to each other with pictures.
pub const CONFERENCE_SEATS: u32 = 8;
/// Members of a voice channel.
pub const VOICE_SEATS: u32 = 16;
/// Seats of one gathering that are read, also from an old page's map.
pub const SEATS: usize = 32;
/// Requests to the host that come over one link at once.
pub const REQUEST_LINK_BURST: u32 = 128;
/// Of one author over one link.
pub const REQUEST_AUTHOR_BURST: u32 = 32;
/// Requests to the host per second over one link, in the long run.
pub const REQUEST_LINK_RATE: u32 = 10;
/// Of one author over one link.
pub const REQUEST_AUTHOR_RATE: u32 = 2;
/// Characters in the id of a stream; browsers allow no more.
pub const STREAM: usize = 64;
/// Messages per second from an old page, in the long run.
pub const OLD_RATE: u32 = 20;
/// Messages at once from an old page.
pub const OLD_BURST: u32 = 60;
/// Messages above that rate, or without sense, after which the link is closed.
pub const OLD_FAULTS: u32 = 400;
/// Bytes of a cover, as the `data:` address that an old page sends or is told of: it comes with
/// every change of the room.
pub const OLD_COVER: usize = COVER / 3 * 4 + 64;
/// Bytes of all covers in one list of rooms for an old page.
pub const OLD_COVERS: usize = 1_450_000;

/// Characters in a stream server's answer.
pub const STREAM_ANSWER: usize = 256 * 1024;
/// Characters in the address that a stream server gives to what it keeps for us.
pub const STREAM_LOCATION: usize = 2_000;
/// Characters in a token for a stream server.
pub const STREAM_TOKEN: usize = 4_000;
