//! The one place where the page says what is wrong and what to do.

use leptos::prelude::*;
use live_core::node::Command;

use crate::app::use_shared;
use crate::contexts::user_error::{Remedy, UserError};
use crate::dom::{El, el, sign};
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::text;
use crate::route::Page;
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;

/// Shows what went wrong on the page, else what its node reports, else nothing.
pub(crate) fn alert() -> El {
    let shared = use_shared();
    let i18n = use_i18n();
    let nav = use_nav();
    let trouble = Memo::new(move |_| {
        shared.obstacle.get().or_else(|| shared.trouble.get()).or_else(|| {
            let session = shared.current.get()?;
            session.view().try_with(|view| view.problem.clone())?.map(UserError::Node)
        })
    });
    let remedy = move |remedy: Remedy| match remedy {
        Remedy::None => None,
        Remedy::Retry => {
            Some(el("button").text(i18n.text(|t| t.try_again)).on("click", move |_| {
                if let Some(session) = shared.current.get_untracked() {
                    session.send(Command::Reconnect);
                }
            }))
        }
        Remedy::Rooms => Some(
            el("a")
                .set("class", "button")
                .set("href", &nav.href(&Page::Index))
                .text(i18n.text(|t| t.back_to_rooms)),
        ),
    };
    el("div").set("class", "alerts").children(move || {
        let Some(found) = trouble.get() else {
            return Vec::new();
        };
        let alert = el("div")
            .named("alert", "problem")
            .set("role", "alert")
            .set("data-problem", found.code())
            .with([sign(Icon::Warning)]);
        let local = matches!(found, UserError::Capture(_));
        let action = remedy(found.remedy());
        let close = local.then(|| {
            tool("close-problem", Icon::Close, i18n.text(|t| t.close), None, move || {
                shared.trouble.set(None);
            })
        });
        let said = el("p").text(text(move || found.text(i18n.get())));
        vec![alert.with([said]).with(action).with(close)]
    })
}
