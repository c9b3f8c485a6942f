//! The error of a page, with the action that helps.

use leptos::prelude::*;
use live_core::node::Command;

use crate::contexts::tabs::use_tab;
use crate::contexts::user_error::{Remedy, UserError, use_fatal_error};
use crate::i18n::{t, use_i18n};
use crate::nav::use_nav;
use crate::route::Page;
use crate::ui::alert::{Alert, AlertTone};
use crate::ui::button::Button;
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;

/// Shows the app's fatal error, else the page's error, else the problem that its node reports.
#[component]
pub(crate) fn PageAlerts() -> impl IntoView {
    let tab = use_tab();
    let fatal_error = use_fatal_error();
    let error = Memo::new(move |_| {
        fatal_error.get().or_else(|| tab.error.get()).or_else(|| {
            let room = tab.room.get()?;
            room.view().try_with(|view| view.problem.clone())?.map(UserError::Node)
        })
    });
    view! {
        <div class="alerts">{move || error.get().map(|error| view! { <ErrorAlert error /> })}</div>
    }
}

/// An error with the action that helps.
#[component]
fn ErrorAlert(error: UserError) -> impl IntoView {
    let tab = use_tab();
    let i18n = use_i18n();
    let nav = use_nav();
    // The user may give up on a source that failed to start.
    let can_close = matches!(error, UserError::Capture(_));
    let remedy = match error.remedy() {
        Remedy::None => None,
        Remedy::Retry => {
            let retry = move || {
                if let Some(room) = tab.room.get_untracked() {
                    room.send(Command::Reconnect);
                }
            };
            Some(view! { <Button on_press=retry>{t!(i18n, try_again)}</Button> }.into_any())
        }
        Remedy::Rooms => Some(
            view! {
                <a class="button" href=nav.href(&Page::Index)>
                    {t!(i18n, back_to_rooms)}
                </a>
            }
            .into_any(),
        ),
    };
    let code = error.code();
    view! {
        <Alert
            testid="problem"
            tone=AlertTone::Warning
            icon=Icon::Warning
            text=move || error.text(i18n.get())
            attr:data-problem=code
        >
            {remedy}
            <Show when=move || can_close>
                <IconButton
                    testid="close-problem"
                    icon=Icon::Close
                    label=t!(i18n, close)
                    on_press=move || tab.error.set(None)
                />
            </Show>
        </Alert>
    }
}
