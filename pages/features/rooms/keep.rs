//! The key of a host's room: kept for another day, taken elsewhere, or exchanged for another one.

use core::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::download;
use live_web::identity::{FILE_NAME, Identity, KeptRoom, KeyFileError, OpenElsewhere, RoomKey};
use web_sys::HtmlInputElement;

use crate::contexts::confirmation::{Question, Questions, use_questions};
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::features::rooms::card::room_title;
use crate::i18n::{I18n, MessageKey, t, t_string, use_i18n};
use crate::ui::button::Button;
use crate::ui::field::Checkbox;
use crate::ui::icon::Icon;
use crate::ui::panel::Panel;

/// What the panel works with.
#[derive(Clone, Copy)]
struct Keeper {
    identity: StoredValue<Identity, LocalStorage>,
    /// Whether this browser keeps the room.
    kept: RwSignal<bool>,
    /// The title of another room that it keeps.
    other: RwSignal<Option<String>>,
    /// What went wrong, or is worth knowing.
    note: RwSignal<Option<MessageKey>>,
    on_switch: Callback<()>,
    questions: Questions,
    toasts: Toasts,
    i18n: I18n,
}

/// The panel. `on_switch` is called when the identity has become that of another room.
#[component]
pub(crate) fn KeepRoom(
    identity: StoredValue<Identity, LocalStorage>,
    on_switch: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let keeper = Keeper {
        identity,
        kept: RwSignal::new(false),
        other: RwSignal::new(None),
        note: RwSignal::new(None),
        on_switch,
        questions: use_questions(),
        toasts: use_toasts(),
        i18n,
    };
    keeper.look();
    let Keeper { kept, other, note, .. } = keeper;
    let has_other = Memo::new(move |_| other.with(Option::is_some));
    view! {
        <Panel
            testid="keep-panel"
            title=t!(i18n, keep_room)
            remember="keep"
            // Another page, or the settings, may have changed what is kept.
            on_toggle=move |_: bool| keeper.look()
        >
            <div class="keeping">
                <div hidden=has_other>
                    <Checkbox
                        testid="keep-room"
                        label=t!(i18n, keep)
                        hint=t!(i18n, keep_hint)
                        checked=kept
                        on_change=move |on: bool| keeper.keep(on)
                    />
                </div>
                <div class="keeping" data-testid="kept-other" hidden=move || !has_other.get()>
                    <p>
                        {move || {
                            other.get().map(|title| t_string!(i18n, kept_other, title = title))
                        }}
                    </p>
                    <div class="row">
                        <Button testid="open-kept" on_press=move || keeper.ask_to_open_kept()>
                            {t!(i18n, kept_open)}
                        </Button>
                        <Button testid="keep-instead" on_press=move || keeper.ask_to_replace()>
                            {t!(i18n, keep_instead)}
                        </Button>
                    </div>
                </div>
                <p class="faint">{t!(i18n, key_hint)}</p>
                <div class="row">
                    <Button testid="export-key" on_press=move || keeper.ask_to_export()>
                        {t!(i18n, key_export)}
                    </Button>
                    <label class="button chooser">
                        <input
                            type="file"
                            accept="application/json,.json"
                            data-testid="import-key"
                            aria-label=t!(i18n, key_import)
                            on:change:target=move |event| keeper.import(&event.target())
                        />
                        <span aria-hidden="true">{t!(i18n, key_import)}</span>
                    </label>
                    <Button
                        testid="new-room"
                        icon=Icon::Plus
                        on_press=move || keeper.ask_for_a_new_room()
                    >
                        {t!(i18n, new_room)}
                    </Button>
                </div>
                <p class="error" role="status" data-testid="key-note">
                    {move || note.get().map(|text| text(i18n.get()))}
                </p>
            </div>
        </Panel>
    }
}

impl Keeper {
    /// Reads what this browser keeps.
    fn look(self) {
        let Some(kept) = self.identity.try_with_value(Identity::is_kept) else {
            return;
        };
        self.kept.set(kept);
        let other = KeptRoom::load().filter(|_| !kept);
        self.other.set(other.map(|other| untrack(|| room_title(&other.title, self.i18n))));
    }

    fn keep(self, on: bool) {
        self.note.set(None);
        if !on {
            self.identity.with_value(Identity::unkeep);
            self.note.set(Some(|t| t.kept_off));
        } else if !self.identity.with_value(Identity::keep) {
            self.note.set(Some(|t| t.keep_failed));
            // Once the checkbox has taken over that it was checked, which it is not.
            return set_timeout(move || self.look(), Duration::ZERO);
        }
        self.look();
    }

    fn ask_to_replace(self) {
        let title = self.other.get_untracked().unwrap_or_default();
        let text = untrack(|| t_string!(self.i18n, keep_instead_sure, title = title));
        self.ask(|t| t.keep_instead, text, move || self.keep(true));
    }

    fn ask_to_open_kept(self) {
        let text = self.i18n.get_untracked().key_import_sure.to_owned();
        let open = move || {
            self.switch(|identity| async move { identity.adopt_kept().await });
        };
        self.ask(|t| t.kept_open, text, open);
    }

    fn ask_to_export(self) {
        let text = self.i18n.get_untracked().key_export_sure.to_owned();
        let export = move || {
            let file = self.identity.with_value(|own| own.room_key().file());
            if !file.is_some_and(|file| download(&file, FILE_NAME)) {
                self.note.set(Some(|t| t.key_export_failed));
            }
        };
        self.ask(|t| t.key_export, text, export);
    }

    fn ask_for_a_new_room(self) {
        let text = self.i18n.get_untracked().new_room_sure.to_owned();
        let renew = move || {
            self.switch(|identity| async move {
                identity.renew().await;
                Ok(())
            });
        };
        self.ask(|t| t.new_room, text, renew);
    }

    /// Opens the room of a key, after a question.
    fn import(self, input: &HtmlInputElement) {
        let file = input.files().and_then(|files| files.get(0));
        // Without this, choosing the same file again fires no event.
        input.set_value("");
        let Some(file) = file else { return };
        self.note.set(None);
        spawn_local(async move {
            let key = RoomKey::read(&file).await;
            // The room may be closed by now.
            let Some(own) = self.identity.try_with_value(Identity::room_key) else {
                return;
            };
            match key {
                Err(error) => self.note.set(Some(match error {
                    KeyFileError::Foreign => |t| t.key_foreign,
                    KeyFileError::Newer => |t| t.key_newer,
                    KeyFileError::Damaged => |t| t.key_damaged,
                })),
                Ok(key) if key.id() == own.id() => self.note.set(Some(|t| t.key_same)),
                Ok(key) => self.ask_to_adopt(key),
            }
        });
    }

    fn ask_to_adopt(self, key: RoomKey) {
        let text = self.i18n.get_untracked().key_import_sure.to_owned();
        let adopt = move || {
            let key = key.clone();
            self.switch(|identity| async move { identity.adopt(key).await });
        };
        self.ask(|t| t.key_import, text, adopt);
    }

    fn ask(self, action: MessageKey, text: String, act: impl Fn() + Send + Sync + 'static) {
        let action = action(self.i18n.get_untracked()).to_owned();
        self.questions.ask(Question {
            title: action.clone(),
            text,
            action,
            on_confirm: Callback::new(move |()| act()),
        });
    }

    /// Becomes the host of another room, and opens it.
    fn switch<F>(self, become_host: impl FnOnce(Identity) -> F + 'static)
    where
        F: Future<Output = Result<(), OpenElsewhere>> + 'static,
    {
        // The room may have been closed while the question was open.
        let Some(identity) = self.identity.try_get_value() else {
            return;
        };
        spawn_local(async move {
            match become_host(identity).await {
                Ok(()) => _ = self.on_switch.try_run(()),
                Err(OpenElsewhere) => self.toasts.show(self.i18n.get_untracked().room_elsewhere),
            }
        });
    }
}
