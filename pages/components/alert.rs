//! The one place where the page says what is wrong and what to do.

use leptos::prelude::*;
use live_core::node::Command;

use super::icon::{Icon, icon};
use crate::app::use_shared;
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::text;
use crate::route::Page;
use crate::trouble::{Remedy, Trouble};

/// Shows what went wrong on the page, else what its node reports, else nothing.
#[component]
pub(crate) fn Alert() -> impl IntoView {
    let shared = use_shared();
    let i18n = use_i18n();
    let nav = use_nav();
    let trouble = Memo::new(move |_| {
        shared.obstacle.get().or_else(|| shared.trouble.get()).or_else(|| {
            let session = shared.current.get()?;
            session.view().try_with(|view| view.problem.clone())?.map(Trouble::Node)
        })
    });

    let remedy = move |remedy: Remedy| match remedy {
        Remedy::None => ().into_any(),
        Remedy::Retry => {
            let retry = move |_| {
                if let Some(session) = shared.current.get_untracked() {
                    session.send(Command::Reconnect);
                }
            };
            view! { <button on:click=retry>{i18n.text(|t| t.try_again)}</button> }.into_any()
        }
        Remedy::Rooms => {
            let href = nav.href(&Page::Index);
            view! { <a class="button" href=href>{i18n.text(|t| t.back_to_rooms)}</a> }.into_any()
        }
    };

    move || {
        let found = trouble.get()?;
        let code = found.code();
        let local = matches!(found, Trouble::Capture(_));
        let action = remedy(found.remedy());
        let close = local.then(|| {
            view! {
                <button
                    class="quiet square"
                    aria-label=i18n.text(|t| t.close)
                    on:click=move |_| shared.trouble.set(None)
                >
                    {icon(Icon::Close)}
                </button>
            }
        });
        Some(view! {
            <div class="alert" role="alert" data-testid="problem" data-problem=code>
                {icon(Icon::Warning)}
                <p>{text(move || found.text(i18n.get()))}</p>
                {action}
                {close}
            </div>
        })
    }
}
