//! In which network a room is listed.

use leptos::prelude::*;
use live_core::id::{InvalidId, PeerId};

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::contexts::tabs::use_tab;
use crate::dom::{El, check, el, event_value, follow, labelled};
use crate::i18n::use_i18n;
use crate::reactive::text;

/// What the list of networks is called in its tab.
pub(crate) const NETWORKS: &str = "networks";

/// The choice to keep the room out of every list.
pub(crate) fn private_choice(private: RwSignal<bool>) -> El {
    let i18n = use_i18n();
    el("label").set("class", "check").with([
        check("room-private", private.into(), move |on| private.set(on)),
        el("span").with([
            el("span").text(i18n.text(|t| t.private)),
            el("span").set("class", "faint").text(i18n.text(|t| t.private_hint)),
        ]),
    ])
}

/// In which network's list a room stands, if in any.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    private: RwSignal<bool>,
    name: RwSignal<String>,
    invalid: RwSignal<bool>,
}

impl Reach {
    /// A private room is offered the network that the person looks at.
    pub(crate) fn new(network: Option<&PeerId>) -> Self {
        let name = RwSignal::new(network.map(ToString::to_string).unwrap_or_default());
        let offered = use_shared().network;
        follow(move || {
            // The default is known a little later.
            if let Some(network) = offered.get().filter(|_| name.with_untracked(String::is_empty)) {
                name.set(network.to_string());
            }
        });
        Self { private: RwSignal::new(network.is_none()), name, invalid: RwSignal::new(false) }
    }

    pub(crate) fn fields(self) -> [El; 2] {
        let i18n = use_i18n();
        let Self { private, name, invalid } = self;
        let field = el("input")
            .set("type", "text")
            .set("data-testid", "room-network")
            .set("autocomplete", "off")
            .set("spellcheck", "false")
            .set("list", &use_tab().id(NETWORKS))
            .bind("aria-invalid", text(move || invalid.get().to_string()))
            .value(name.into())
            .on("input", move |event| {
                invalid.set(false);
                name.set(event_value(&event));
            });
        let error = text(move || if invalid.get() { i18n.get().invalid_id } else { "" });
        let field =
            labelled(i18n.text(|t| t.network), field).flag("hidden", private.into()).with([
                el("span").set("class", "error").set("role", "alert").text(error),
                known_networks(),
            ]);
        [private_choice(private), field]
    }

    /// The network, `None` for a private room; an error if what is typed is no name.
    pub(crate) fn take(self) -> Result<Option<PeerId>, InvalidId> {
        if self.private.get_untracked() {
            return Ok(None);
        }
        let network = self.name.with_untracked(|name| PeerId::new(name.trim()));
        self.invalid.set(network.is_err());
        let network = network?;
        preferences::joined(network.as_str());
        Ok(Some(network))
    }
}

/// The networks that were joined before, for the fields of the tab around that name them in `list`.
pub(crate) fn known_networks() -> El {
    let network = use_shared().network;
    el("datalist").set("id", &use_tab().id(NETWORKS)).children(move || {
        network.track();
        preferences::networks().iter().map(|name| el("option").set("value", name)).collect()
    })
}
