//! One peer: the composition of the machines, fed with [`Input`], drained of [`Output`].

mod io;

pub use io::{
    Candidate, Channel, Command, Config, Description, Input, LinkAction, LinkEvent, MediaRole,
    Output, Role, SdpKind, SocketAction, SocketEvent, Source,
};
