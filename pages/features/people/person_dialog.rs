//! A host's moderation actions for one person.

use leptos::prelude::*;
use live_core::node::{Command, Moderation};

use super::{Person, is_muted};
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::dialog::Dialog;

/// Open while `selected` is a person.
#[component]
pub(crate) fn PersonDialog(room: RoomHandle, selected: RwSignal<Option<Person>>) -> impl IntoView {
    let i18n = use_i18n();
    let view = room.view();
    let about = move |test: &dyn Fn(&Person) -> bool| {
        selected.with(|person| person.as_ref().is_some_and(test))
    };
    let muted = Memo::new(move |_| about(&|person| view.with(|view| is_muted(view, &person.id))));
    let is_self =
        Memo::new(move |_| about(&|person| view.with(|view| view.id.as_ref() == Some(&person.id))));
    let has_message = Memo::new(move |_| about(&|person| person.message.is_some()));
    // Taking the selection closes the dialog.
    let order = move |make: fn(Person, bool) -> Option<Moderation>| {
        let muted = muted.get_untracked();
        let person = selected.try_update(Option::take).flatten();
        if let Some(order) = person.and_then(|person| make(person, muted)) {
            room.send(Command::Moderate(order));
        }
    };
    let title =
        move || selected.with(|person| person.as_ref().map(|p| p.name.clone()).unwrap_or_default());
    view! {
        <Dialog
            testid="person-dialog"
            open=Signal::derive(move || selected.with(Option::is_some))
            on_close=move |()| selected.set(None)
            title
        >
            <div class="deeds">
                <Button
                    testid="delete-message"
                    hidden=move || !has_message.get()
                    on_press=move || order(|person, _| Some(Moderation::Delete(person.message?)))
                >
                    {t!(i18n, delete_message)}
                </Button>
                <Button
                    testid="mute-person"
                    hidden=is_self
                    on_press=move || {
                        order(|person, muted| Some(Moderation::Mute(person.id, !muted)))
                    }
                >
                    {move || {
                        if muted.get() { t_string!(i18n, unmute) } else { t_string!(i18n, mute_person) }
                    }}
                </Button>
                <Button
                    testid="kick-person"
                    variant=ButtonVariant::Danger
                    hidden=is_self
                    on_press=move || order(|person, _| Some(Moderation::Kick(person.id)))
                >
                    {t!(i18n, kick)}
                </Button>
                <Button
                    testid="ban-person"
                    variant=ButtonVariant::Danger
                    hidden=is_self
                    on_press=move || order(|person, _| Some(Moderation::Ban(person.id)))
                >
                    {t!(i18n, ban)}
                </Button>
                <p class="faint" hidden=is_self>{t!(i18n, ban_hint)}</p>
            </div>
        </Dialog>
    }
}
