//! The form that creates a room.

use leptos::prelude::*;

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::dom::{El, el};
use crate::features::rooms::edit::{Fields, meta_fields};
use crate::features::rooms::visibility::private_choice;
use crate::i18n::use_i18n;
use crate::later::{Later, kept};
use crate::nav::use_nav;
use crate::route::{HostQuery, Page};
use crate::ui::dialog::dialog;

/// The dialog that leads to the host page of a new room.
pub(crate) fn create(open: RwSignal<bool>) -> El {
    let close = Callback::new(move |()| open.set(false));
    let body = kept(open.into(), move || form(open));
    let title = use_i18n().text(|t| t.create_room);
    dialog(open.into(), close, title, "create-dialog", vec![body])
}

fn form(open: RwSignal<bool>) -> Later {
    let i18n = use_i18n();
    let nav = use_nav();
    let shared = use_shared();
    let fields = Fields::remembered();
    let bad_cover = RwSignal::new(false);
    let private = RwSignal::new(preferences::load(preferences::PRIVATE).is_some());
    let actions = el("div").set("class", "actions").with([
        el("button")
            .set("type", "button")
            .text(i18n.text(|t| t.cancel))
            .on("click", move |_| open.set(false)),
        el("button").named("primary", "confirm-create").text(i18n.text(|t| t.create)),
    ]);
    Ok(el("form").with(meta_fields(fields, bad_cover)).with([private_choice(private), actions]).on(
        "submit",
        move |event| {
            event.prevent_default();
            let Some(meta) = fields.take() else {
                bad_cover.set(true);
                return;
            };
            preferences::set_flag(preferences::PRIVATE, private.get_untracked());
            let image = fields.image.get_untracked();
            shared.cover.set(image.clone());
            let here = nav.go(&Page::Host(HostQuery {
                network: if private.get_untracked() {
                    None
                } else {
                    shared.network.get_untracked()
                },
                title: meta.title,
                summary: meta.summary,
                cover: meta.cover,
                kind: meta.kind,
            }));
            if !here {
                preferences::hand_over(image.as_deref());
            }
        },
    ))
}
