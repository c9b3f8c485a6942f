//! Open microphone or push-to-talk, by a button and by a key.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use live_web::call::CallAction;
use web_sys::{KeyboardEvent, PointerEvent};

use super::keys::{TalkKey, listen_for_keys};
use crate::contexts::preferences;
use crate::contexts::tabs::use_tab;
use crate::features::gathering::Gathering;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::button::Button;
use crate::ui::field::{Select, options};
use crate::ui::icon::Icon;

/// The value of the menu for speaking only while a key or the button is held.
const PUSH: &str = "push";
/// The value for a microphone that is open.
const OPEN: &str = "open";

/// What makes the own microphone heard; cheap to copy.
#[derive(Clone, Copy)]
struct TalkState {
    gathering: Gathering,
    push_to_talk: RwSignal<bool>,
    /// The button or the key is held.
    held: RwSignal<bool>,
    key: RwSignal<TalkKey>,
    /// The next key that is pressed becomes the key for talking.
    choosing: RwSignal<bool>,
}

impl TalkState {
    fn new(gathering: Gathering) -> Self {
        let push_to_talk = preferences::load(preferences::PUSH_TO_TALK).is_some();
        let state = Self {
            gathering,
            push_to_talk: RwSignal::new(push_to_talk),
            held: RwSignal::new(false),
            key: RwSignal::new(TalkKey::load()),
            choosing: RwSignal::new(false),
        };
        state.tell(CallAction::PushToTalk(push_to_talk));
        on_cleanup(move || state.hold(false));
        state
    }

    fn tell(self, action: CallAction) {
        self.gathering.room.call(self.gathering.kind, action);
    }

    fn set_mode(self, push_to_talk: bool) {
        preferences::set_flag(preferences::PUSH_TO_TALK, push_to_talk);
        self.push_to_talk.set(push_to_talk);
        self.tell(CallAction::PushToTalk(push_to_talk));
    }

    fn hold(self, held: bool) {
        if self.held.try_get_untracked() == Some(!held) {
            self.held.set(held);
            self.tell(CallAction::Talk(held));
        }
    }

    /// A key goes down anywhere on the page.
    fn on_key_down(self, event: &KeyboardEvent) {
        if self.choosing.get_untracked() {
            if let Some(key) = TalkKey::of(event) {
                event.prevent_default();
                event.stop_propagation();
                self.choosing.set(false);
                if event.key() != "Escape" {
                    key.save();
                    self.key.set(key);
                }
            }
            return;
        }
        if self.key.with_untracked(|key| key.is_pressed_by(event)) {
            // It means nothing else meanwhile: neither a shortcut of the player nor scrolling.
            event.prevent_default();
            event.stop_propagation();
            self.hold(true);
        }
    }

    /// A key is released anywhere, whatever has the focus by now.
    fn on_key_up(self, event: &KeyboardEvent) {
        if self.held.get_untracked() && self.key.with_untracked(|key| key.is_released_by(event)) {
            event.prevent_default();
            self.hold(false);
        }
    }
}

/// The controls of the own microphone while this page is in the voice channel.
#[component]
pub(super) fn TalkControls(gathering: Gathering) -> impl IntoView {
    let i18n = use_i18n();
    let tab = use_tab();
    let state = TalkState::new(gathering);
    let TalkState { push_to_talk, key, choosing, .. } = state;
    listen_for_keys(
        move |event| {
            if untrack(|| tab.is_shown()) {
                state.on_key_down(event);
            }
        },
        move |event| state.on_key_up(event),
        move || state.hold(false),
    );
    let muted = Signal::derive(move || gathering.own().muted || !gathering.own().microphone);
    let modes =
        options([(OPEN, i18n.text(|t| t.open_microphone)), (PUSH, i18n.text(|t| t.push_to_talk))]);
    let mode = move || if push_to_talk.get() { PUSH } else { OPEN }.to_owned();
    let key_label = move || {
        if choosing.get() {
            t_string!(i18n, talk_key_press).to_owned()
        } else {
            t_string!(i18n, talk_key, key = key.with(TalkKey::label))
        }
    };
    view! {
        <div class="row">
            <Select
                testid="voice-mode"
                label=t!(i18n, microphone)
                options=modes
                chosen=Signal::derive(mode)
                on_choose=move |mode: String| state.set_mode(mode == PUSH)
            />
            <Button
                testid="voice-mute"
                icon=Icon::Muted
                pressed=muted
                on_press=move || gathering.open_microphone(muted.get_untracked())
            >
                {t!(i18n, mute)}
            </Button>
            <TalkButton state />
            <Button
                testid="voice-key"
                expanded=choosing
                on_press=move || choosing.update(|choosing| *choosing = !*choosing)
            >
                {key_label}
            </Button>
        </div>
    }
}

/// The button that is held to speak, by pointer, touch or keyboard.
#[component]
fn TalkButton(state: TalkState) -> impl IntoView {
    let i18n = use_i18n();
    let button = NodeRef::<html::Button>::new();
    let silenced = state.gathering.is_silenced();
    let press = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        // The end of the press comes here, too, if the pointer has left the button by then.
        if let Some(button) = button.get_untracked() {
            let _captured = button.set_pointer_capture(event.pointer_id());
        }
        state.hold(true);
    };
    let is_push = |event: &ev::KeyboardEvent| matches!(event.key().as_str(), " " | "Enter");
    let talking = move || state.held.get() && !silenced.get();
    view! {
        <button
            node_ref=button
            type="button"
            class="talk"
            class:primary=state.push_to_talk
            data-testid="voice-talk"
            aria-pressed=move || talking().to_string()
            aria-disabled=move || silenced.get().to_string()
            on:pointerdown=press
            on:pointerup=move |_| state.hold(false)
            on:pointercancel=move |_| state.hold(false)
            on:lostpointercapture=move |_| state.hold(false)
            on:blur=move |_| state.hold(false)
            // A long press would open the menu of the browser.
            on:contextmenu=move |event| event.prevent_default()
            on:keydown=move |event| {
                if is_push(&event) {
                    event.prevent_default();
                    state.hold(true);
                }
            }
            on:keyup=move |event| {
                if is_push(&event) {
                    event.prevent_default();
                    state.hold(false);
                }
            }
        >
            <Icon icon=Icon::Microphone />
            <span>{t!(i18n, hold_to_talk)}</span>
            <kbd>{move || state.key.with(TalkKey::label)}</kbd>
        </button>
    }
}
