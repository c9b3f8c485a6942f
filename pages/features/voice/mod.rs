//! The voice channel: people of the room who talk while they watch.

pub(crate) mod ducking;
mod keys;
mod row;
mod talk;

use leptos::prelude::*;
use live_core::node::GatheringCommand;
use live_core::view::{GatheringKind, Tracks};
use live_web::call::CallAction;

use self::ducking::DuckingChoice;
use self::row::VoiceRow;
use self::talk::TalkControls;
use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::features::gathering::Gathering;
use crate::features::gathering::notice::GatheringNotice;
use crate::i18n::{t, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::icon::Icon;

/// The voice channel of a room; nothing for a viewer while the host has closed it.
#[component]
pub(crate) fn Voice(
    room: RoomHandle,
    /// Whether this page is the host's, which may close the channel.
    #[prop(optional)]
    is_host: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let gathering = Gathering::new(room, GatheringKind::Voice, is_host);
    gathering.follow_devices();
    let open = gathering.select(|view| view.open);
    let is_in = gathering.is_in();
    let ids = gathering
        .select(|view| view.members.iter().map(|member| member.peer.clone()).collect::<Vec<_>>());
    let switch = is_host.then(|| {
        let order = move || {
            let is_open = open.get_untracked();
            gathering.command(if is_open { GatheringCommand::End } else { GatheringCommand::Open });
        };
        let label = move || {
            let texts = i18n.get();
            if open.get() { texts.gathering_end } else { texts.voice_open }
        };
        view! { <Button testid="voice-switch" on_press=order>{label}</Button> }
    });
    let join = move || {
        // Before there is a microphone, so that it is closed from the beginning.
        let push_to_talk = preferences::load(preferences::PUSH_TO_TALK).is_some();
        room.call(GatheringKind::Voice, CallAction::PushToTalk(push_to_talk));
        gathering.join(Tracks { audio: true, video: false });
    };
    view! {
        <section
            class="panel gathering"
            data-testid="voice"
            data-joined=move || is_in.get().to_string()
            aria-label=t!(i18n, voice)
            hidden=move || !open.get() && !is_host
        >
            <h2>{t!(i18n, voice)}</h2>
            <p class="faint" hidden=is_in>{t!(i18n, voice_hint)}</p>
            <ul class="voices" hidden=move || ids.with(Vec::is_empty)>
                <For each=move || ids.get() key=Clone::clone let:peer>
                    <VoiceRow gathering peer />
                </For>
            </ul>
            <GatheringNotice gathering />
            <Show when=move || is_in.get()>
                <TalkControls gathering />
                <DuckingChoice />
            </Show>
            <div class="row" aria-busy=move || gathering.starting.get().to_string()>
                <Button
                    testid="voice-join"
                    variant=ButtonVariant::Primary
                    icon=Icon::Microphone
                    hidden=move || is_in.get() || !open.get()
                    on_press=join
                >
                    {t!(i18n, voice_join)}
                </Button>
                <Button
                    testid="voice-leave"
                    hidden=move || !is_in.get()
                    on_press=move || gathering.leave()
                >
                    {t!(i18n, gathering_leave)}
                </Button>
                {switch}
            </div>
        </section>
    }
}
