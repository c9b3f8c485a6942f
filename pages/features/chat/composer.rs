//! The field for a message. A message that cannot be sent yet stays in it.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::node::Command;
use live_core::picture::Picture;
use live_core::view::Phase;
use live_core::wire::limits;
use live_web::picture::{self, ObjectUrl};
use web_sys::{Blob, HtmlTextAreaElement};

use crate::contexts::room_handle::RoomHandle;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;
use crate::ui::picture_input::PictureInput;

/// The number of messages after which the field's undo history is dropped; see
/// [`drop_undo_history`].
const UNDO_MESSAGES: u32 = 50;

/// The message that is being written. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    room: RoomHandle,
    toasts: Toasts,
    i18n: I18n,
    field: NodeRef<html::Textarea>,
    image: RwSignal<Option<Attachment>>,
    /// The node is in the room, so messages can be sent.
    in_room: Memo<bool>,
    /// The host has muted the user.
    muted: Memo<bool>,
    /// The user has tried to send while that was not possible.
    held_back: RwSignal<bool>,
    sent: StoredValue<u32>,
}

/// The image that goes with the message.
#[derive(Clone)]
struct Attachment {
    picture: Arc<Picture>,
    address: Arc<ObjectUrl>,
}

impl Draft {
    pub(super) fn new(room: RoomHandle) -> Self {
        let in_room = room.select(|view| {
            let phase = view.room.as_ref().map(|room| room.phase);
            matches!(phase, Some(Phase::Attached | Phase::Repairing | Phase::HostAway))
        });
        let muted = room.select(|view| match (&view.room, &view.id) {
            (Some(room), Some(own)) => room.rules.muted.contains(own),
            _ => false,
        });
        Self {
            room,
            toasts: use_toasts(),
            i18n: use_i18n(),
            field: NodeRef::new(),
            image: RwSignal::new(None),
            in_room,
            muted,
            held_back: RwSignal::new(false),
            sent: StoredValue::new(0),
        }
    }

    /// Attaches a file as the message's image.
    pub(super) fn attach(self, file: Blob) {
        spawn_local(async move {
            let image = picture::image(&file).await.and_then(|picture| {
                let address = Arc::new(ObjectUrl::new(&picture)?);
                Some(Attachment { picture: Arc::new(picture), address })
            });
            if image.is_some() {
                self.image.try_set(image);
            } else {
                self.toasts.show(t_string!(self.i18n, image_bad));
            }
        });
    }

    fn send(self) {
        let Some(field) = self.field.get_untracked() else {
            return;
        };
        let text = field.value().trim().to_owned();
        let attached = self.image.get_untracked();
        if text.is_empty() && attached.is_none() {
            return;
        }
        let may_send = self.in_room.get_untracked() && !self.muted.get_untracked();
        self.held_back.set(!may_send);
        if !may_send {
            return;
        }
        self.room.send(match attached {
            Some(attached) => Command::SendImage(text, attached.picture),
            None => Command::SendChat(text),
        });
        field.set_value("");
        self.image.set(None);
        let sent = self.sent.get_value() + 1;
        self.sent.set_value(sent);
        if sent.is_multiple_of(UNDO_MESSAGES) {
            drop_undo_history(&field);
        }
    }

    /// Enter sends, unless it ends the composition of an input method.
    fn on_key(self, event: &KeyboardEvent) {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            self.send();
        }
    }

    /// Why the message was not sent; empty if there is nothing to say.
    fn hint(self) -> &'static str {
        if self.muted.get() {
            t_string!(self.i18n, muted_you)
        } else if self.held_back.get() && !self.in_room.get() {
            t_string!(self.i18n, chat_wait)
        } else {
            ""
        }
    }
}

/// The field with its buttons.
#[component]
pub(super) fn Composer(draft: Draft) -> impl IntoView {
    let i18n = draft.i18n;
    view! {
        <form
            class="chat-writer"
            on:submit=move |event| {
                event.prevent_default();
                draft.send();
            }
        >
            <Preview image=draft.image/>
            <PictureInput
                testid="chat-file"
                label=t!(i18n, image_add)
                on_choose=move |file| draft.attach(file)
            />
            <textarea
                node_ref=draft.field
                rows="1"
                data-testid="chat-input"
                maxlength=limits::CHAT_TEXT.to_string()
                aria-label=t!(i18n, chat_placeholder)
                placeholder=t!(i18n, chat_placeholder)
                on:keydown=move |event| draft.on_key(&event)
                on:paste=move |event| {
                    if let Some(file) = picture::image_file(&event) {
                        event.prevent_default();
                        draft.attach(file);
                    }
                }
            ></textarea>
            <button class="primary square" data-testid="chat-send" aria-label=t!(i18n, send)>
                <Icon icon=Icon::Send/>
            </button>
            <p class="hint" data-testid="chat-hint" role="status">{move || draft.hint()}</p>
        </form>
    }
}

/// The image before it is sent.
#[component]
fn Preview(image: RwSignal<Option<Attachment>>) -> impl IntoView {
    let i18n = use_i18n();
    let preview = move || {
        let source = image.get()?.address.as_str().to_owned();
        Some(view! {
            <img src=source alt=t!(i18n, image)/>
            <IconButton
                testid="image-remove"
                icon=Icon::Close
                label=t!(i18n, image_remove)
                on_press=move || image.set(None)
            />
        })
    };
    view! { <div class="chat-preview" data-testid="chat-preview">{preview}</div> }
}

/// Removes the field from the document and inserts it again at the same place. For its undo history
/// Chromium keeps up to a thousand text nodes until the field leaves the document; each change of
/// the value adds one.
fn drop_undo_history(field: &HtmlTextAreaElement) {
    let focused = document().active_element().is_some_and(|active| active == ***field);
    if let Some(parent) = field.parent_node() {
        let next = field.next_sibling();
        // Cannot fail: both are children of `parent`.
        let _ = parent.insert_before(field, next.as_ref());
    }
    if focused {
        let _ = field.focus();
    }
}
