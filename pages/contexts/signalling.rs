//! The signalling server that the pages use, once it is known.

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::signalling::{self, Server, SignallingOverrides};

use crate::contexts::preferences;
use crate::contexts::user_error::{UserError, use_fatal_error};

/// The signalling server, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Signalling(RwSignal<Option<Server>, LocalStorage>);

/// Makes it a context, and discovers the server: by the `parameters` of the address, the settings,
/// `config.json` and the page's own origin. `None` skips the discovery.
pub(crate) fn provide_signalling(parameters: Option<Vec<(String, String)>>) {
    let signalling = Signalling(RwSignal::new_local(None));
    provide_context(signalling);
    let Some(parameters) = parameters else {
        return;
    };
    let fatal_error = use_fatal_error();
    let stored =
        preferences::load(preferences::SERVER).map(|text| SignallingOverrides::parse(&text));
    spawn_local(async move {
        match signalling::discover(&parameters, stored).await {
            Ok(server) => signalling.0.set(Some(server)),
            Err(error) => fatal_error.set(Some(UserError::Server(error))),
        }
    });
}

/// The server of the app.
pub(crate) fn use_signalling() -> Signalling {
    expect_context()
}

impl Signalling {
    /// The server; tracks it.
    pub(crate) fn server(self) -> Option<Server> {
        self.0.get()
    }

    /// The server, untracked.
    pub(crate) fn server_untracked(self) -> Option<Server> {
        self.0.get_untracked()
    }

    /// The public URL of the pages, if it differs from this one; tracks the server.
    pub(crate) fn site(self) -> Option<String> {
        self.0.with(|server| server.as_ref()?.pages.clone())
    }
}
