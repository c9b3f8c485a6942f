//! Errors that the user can act on: a code for scripts, a text, and a remedy.

use leptos::prelude::*;
use live_core::view::Problem;
use live_web::capture;
use live_web::signalling;
use live_web::support::Missing;

use crate::i18n::{Texts, td_string};

/// An error that the user can act on.
#[derive(Clone, Debug, PartialEq)]
pub enum UserError {
    /// The node reports it.
    Node(Problem),
    /// A source could not be started.
    Capture(capture::Error),
    /// The address has invalid signalling parameters.
    Server(signalling::Error),
    /// The browser lacks a required feature.
    Browser(Missing),
    /// The address names no room.
    BadRoomId,
}

/// The action beside the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// No action.
    None,
    /// Try again.
    Retry,
    /// Go to the list of rooms.
    Rooms,
}

/// The error that keeps the whole app from working, as a context.
#[derive(Clone, Copy)]
pub(crate) struct FatalError(RwSignal<Option<UserError>>);

/// Makes it a context.
pub(crate) fn provide_fatal_error() -> FatalError {
    let error = FatalError(RwSignal::new(None));
    provide_context(error);
    error
}

/// The fatal error of the app.
pub(crate) fn use_fatal_error() -> FatalError {
    expect_context()
}

impl FatalError {
    /// The error, if there is one; tracks it.
    pub(crate) fn get(self) -> Option<UserError> {
        self.0.get()
    }

    /// Sets the error.
    pub(crate) fn set(self, error: Option<UserError>) {
        self.0.set(error);
    }
}

impl UserError {
    /// A stable code, for the `data-problem` attribute.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Node(problem) => match problem {
                Problem::ServerUnreachable => "server-unreachable",
                Problem::ServerRefused(_) => "server-refused",
                Problem::IdTaken => "id-taken",
                Problem::RoomNotFound => "room-not-found",
                Problem::NotARoom => "not-a-room",
                Problem::RoomFull => "room-full",
                Problem::Unconnectable => "unconnectable",
                Problem::Intercepted => "intercepted",
                Problem::NetworkUnreachable => "network-unreachable",
                Problem::OtherVersion => "other-version",
                Problem::RoomEnded => "room-ended",
                Problem::Locked => "locked",
                Problem::Knocking => "knocking",
                Problem::Denied => "denied-entry",
                Problem::Kicked => "kicked",
                Problem::Banned => "banned",
                Problem::PeerNotFound => "peer-not-found",
                Problem::LineBusy => "line-busy",
                Problem::PeerUnreachable => "peer-unreachable",
            },
            Self::Capture(error) => match error {
                capture::Error::Denied => "denied",
                capture::Error::NoDevice => "no-device",
                capture::Error::InUse => "device-busy",
                capture::Error::Insecure => "not-secure",
                capture::Error::Unsupported => "capture-unsupported",
                capture::Error::BadFile => "bad-file",
                capture::Error::BadAddress => "bad-address",
                capture::Error::Mixed => "mixed-content",
                capture::Error::Unauthorized => "unauthorized",
                capture::Error::NoServer(_) => "no-stream-server",
                capture::Error::Other(_) => "capture-failed",
            },
            Self::Server(_) => "bad-server",
            Self::Browser(_) => "unsupported",
            Self::BadRoomId => "bad-room-id",
        }
    }

    /// What happened and what the user can do.
    pub fn text(&self, texts: &Texts) -> String {
        let text = match self {
            Self::Node(problem) => match problem {
                Problem::ServerRefused(why) => {
                    return td_string!(texts, server_refused, reason = why);
                }
                Problem::ServerUnreachable => texts.server_unreachable,
                Problem::IdTaken => texts.id_taken,
                Problem::RoomNotFound => texts.room_not_found,
                Problem::NotARoom => texts.not_a_room,
                Problem::RoomFull => texts.room_full,
                Problem::Unconnectable => texts.unconnectable,
                Problem::Intercepted => texts.intercepted,
                Problem::NetworkUnreachable => texts.network_unreachable,
                Problem::OtherVersion => texts.other_version,
                Problem::RoomEnded => texts.room_ended,
                Problem::Locked => texts.locked,
                Problem::Knocking => texts.knocking,
                Problem::Denied => texts.denied_entry,
                Problem::Kicked => texts.kicked,
                Problem::Banned => texts.banned,
                Problem::PeerNotFound => texts.peer_not_found,
                Problem::LineBusy => texts.line_busy,
                Problem::PeerUnreachable => texts.peer_unreachable,
            },
            Self::Capture(error) => match error {
                capture::Error::Other(why) => {
                    return td_string!(texts, capture_failed, reason = why);
                }
                capture::Error::Denied => texts.denied,
                capture::Error::NoDevice => texts.no_device,
                capture::Error::InUse => texts.device_busy,
                capture::Error::Insecure => texts.not_secure,
                capture::Error::Unsupported => texts.capture_unsupported,
                capture::Error::BadFile => texts.bad_file,
                capture::Error::BadAddress => texts.bad_address,
                capture::Error::Mixed => texts.mixed_content,
                capture::Error::Unauthorized => texts.unauthorized,
                capture::Error::NoServer(why) => {
                    return td_string!(texts, no_stream_server, reason = why);
                }
            },
            Self::Server(signalling::Error::Parameter(name)) => {
                return td_string!(texts, bad_server, parameter = name);
            }
            Self::Browser(_) => texts.no_webrtc,
            Self::BadRoomId => texts.bad_room_id,
        };
        text.to_owned()
    }

    /// The action that helps.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Node(
                Problem::RoomEnded
                | Problem::NotARoom
                | Problem::Denied
                | Problem::Kicked
                | Problem::Banned,
            )
            | Self::BadRoomId => Remedy::Rooms,
            Self::Node(Problem::Knocking) => Remedy::None,
            Self::Node(_) => Remedy::Retry,
            Self::Capture(_) | Self::Server(_) | Self::Browser(_) => Remedy::None,
        }
    }
}
