//! What the person is going to say. What cannot be sent yet stays where it is.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::node::Command;
use live_core::picture::Picture;
use live_core::view::Phase;
use live_core::wire::limits;
use live_web::picture::{self, ObjectUrl};
use wasm_bindgen::JsCast;
use web_sys::{Blob, HtmlTextAreaElement, KeyboardEvent};

use crate::contexts::room_handle::RoomHandle;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::dom::{El, el, sign};
use crate::i18n::{I18n, use_i18n};
use crate::reactive::text;
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;
use crate::ui::picture_input::picture_input;

/// The field with what belongs to it. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Writer {
    session: RoomHandle,
    toasts: Toasts,
    i18n: I18n,
    /// The image that goes with the next message.
    image: RwSignal<Option<Image>>,
}

#[derive(Clone)]
struct Image {
    picture: Arc<Picture>,
    address: Arc<ObjectUrl>,
}

impl Writer {
    pub(super) fn new(session: RoomHandle) -> Self {
        let (toasts, i18n) = (use_toasts(), use_i18n());
        Self { session, toasts, i18n, image: RwSignal::new(None) }
    }

    /// Takes a file as the image that goes with the next message.
    pub(super) fn attach(self, file: Blob) {
        spawn_local(async move {
            let image = picture::image(&file).await.and_then(|picture| {
                let address = Arc::new(ObjectUrl::new(&picture)?);
                Some(Image { picture: Arc::new(picture), address })
            });
            if image.is_some() {
                self.image.try_set(image);
            } else {
                self.toasts.show(self.i18n.get().image_bad);
            }
        });
    }

    pub(super) fn form(self) -> El {
        let Self { session, i18n, image, .. } = self;
        let in_room = session.select(|view| {
            let phase = view.room.as_ref().map(|room| room.phase);
            matches!(phase, Some(Phase::Attached | Phase::Repairing | Phase::HostAway))
        });
        let muted = session.select(|view| match (&view.room, &view.id) {
            (Some(room), Some(own)) => room.rules.muted.contains(own),
            _ => false,
        });
        let waits = RwSignal::new(false);
        let field = el("textarea")
            .set("rows", "1")
            .set("data-testid", "chat-input")
            .set("maxlength", &limits::CHAT_TEXT.to_string())
            .bind("aria-label", i18n.text(|t| t.chat_placeholder))
            .bind("placeholder", i18n.text(|t| t.chat_placeholder));
        let typed: HtmlTextAreaElement = field.node();
        let send = move || {
            let text = typed.value().trim().to_owned();
            let attached = image.get_untracked();
            if text.is_empty() && attached.is_none() {
                return;
            }
            let may = in_room.get_untracked() && !muted.get_untracked();
            waits.set(!may);
            if may {
                session.send(match attached {
                    Some(attached) => Command::SendImage(text, attached.picture),
                    None => Command::SendChat(text),
                });
                typed.set_value("");
                image.set(None);
            }
        };
        let enter = send.clone();
        let field = field
            .on("keydown", move |event| {
                let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
                    return;
                };
                // Enter also ends the composition of a word; that one is not ours.
                if key.key() == "Enter" && !key.shift_key() && !key.is_composing() {
                    event.prevent_default();
                    enter();
                }
            })
            .on("paste", move |event| {
                if let Some(file) = picture::image_file(&event) {
                    event.prevent_default();
                    self.attach(file);
                }
            });
        let hint = text(move || match (muted.get(), waits.get() && !in_room.get()) {
            (true, _) => i18n.get().muted_you,
            (false, true) => i18n.get().chat_wait,
            (false, false) => "",
        });
        el("form")
            .set("class", "chat-writer")
            .with([
                self.preview(),
                picture_input("chat-file", i18n.text(|t| t.image_add), move |file| {
                    self.attach(file);
                })
                .with([sign(Icon::Image)]),
                field,
                el("button")
                    .named("primary square", "chat-send")
                    .bind("aria-label", i18n.text(|t| t.send))
                    .with([sign(Icon::Send)]),
                el("p").named("hint", "chat-hint").set("role", "status").text(hint),
            ])
            .on("submit", move |event| {
                event.prevent_default();
                send();
            })
    }

    /// The image before it is sent.
    fn preview(self) -> El {
        let Self { i18n, image, .. } = self;
        el("div").named("chat-preview", "chat-preview").children(move || {
            let Some(Image { address, .. }) = image.get() else {
                return Vec::new();
            };
            let label = i18n.text(|t| t.image_remove);
            let remove = tool("image-remove", Icon::Close, label, None, move || image.set(None));
            vec![el("img").set("src", address.as_str()).set("alt", i18n.get().image), remove]
        })
    }
}
