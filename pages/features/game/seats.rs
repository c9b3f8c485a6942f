//! The players and their seats.

use leptos::prelude::*;
use live_core::game::five::{Ability, Mode};
use live_core::game::{Action, Phase, Player, Presence, Settings};
use live_core::id::PeerId;
use live_core::node::GameCommand;

use super::TableSignals;
use crate::features::people::avatar::display_name;
use crate::i18n::{MessageKey, t, t_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::field::{Field, Select, options};

/// What players can do besides laying stones, with their texts.
pub(super) const ABILITIES: [(Ability, MessageKey); 3] = [
    (Ability::Shift, |t| t.game_ability_shift),
    (Ability::Trap, |t| t.game_ability_trap),
    (Ability::Barrier, |t| t.game_ability_barrier),
];

/// The list of players, and the buttons to become or to be one.
#[component]
pub(super) fn Seats(table: TableSignals, is_host: bool) -> impl IntoView {
    let players = table.select(|state| {
        let numbered = state.players.iter().cloned().zip(1..);
        numbered.map(|(player, number)| (number, player)).collect::<Vec<(u8, Player)>>()
    });
    let players = move || players.get().unwrap_or_default();
    view! {
        <ul class="game-players">
            <For each=players key=|(number, player)| (*number, player.peer.clone()) let:player>
                <Seat table number=player.0 peer=player.1.peer is_host />
            </For>
        </ul>
        <SeatButtons table is_host />
    }
}

/// A player.
#[component]
fn Seat(table: TableSignals, number: u8, peer: PeerId, is_host: bool) -> impl IntoView {
    let i18n = use_i18n();
    let player = table.select(move |state| state.player(number).cloned());
    let player = Memo::new(move |_| player.get().flatten());
    let name = Memo::new(move |_| {
        player.with(|player| {
            let name =
                |player: &Player| display_name(&player.name, player.peer.as_str()).to_owned();
            player.as_ref().map(name).unwrap_or_default()
        })
    });
    let note = move || {
        let Some(player) = player.get() else { return String::new() };
        let text = match (player.presence, table.phase.get()) {
            (Presence::Away, _) => t_string!(i18n, game_away),
            (Presence::Left, _) => t_string!(i18n, game_left),
            (Presence::Gone, _) => t_string!(i18n, game_gone),
            (Presence::Here, Phase::Gathering) if player.ready => t_string!(i18n, game_ready),
            (Presence::Here, Phase::Gathering) => t_string!(i18n, game_not_ready),
            (Presence::Here, _) => "",
        };
        text.to_owned()
    };
    let is_own = move || table.own.get() == Some(number);
    let is_turn = move || table.board.with(|board| board.as_ref().map(|b| b.turn)) == Some(number);
    let id = peer.to_string();
    let kick = move || table.send(GameCommand::Kick(peer.clone()));
    let label = move || t_string!(i18n, game_kick, name = name.get());
    view! {
        <li
            data-testid="game-player"
            data-player=number.to_string()
            data-peer=id
            data-turn=move || is_turn().to_string()
        >
            <svg class="game-stone" viewBox="0 0 1 1" aria-hidden="true">
                <StoneShape player=number />
            </svg>
            <b>{name}</b>
            <span class="faint" hidden=move || !is_own()>{t!(i18n, game_you)}</span>
            <span class="faint">{note}</span>
            {is_host.then(|| view! {
                <button
                    type="button"
                    class="quiet"
                    data-testid="game-kick"
                    hidden=is_own
                    aria-label=label
                    on:click=move |_| kick()
                >
                    {t!(i18n, game_remove)}
                </button>
            })}
        </li>
    }
}

/// A stone of this player: colour and shape, for those who do not tell the colours apart.
#[component]
pub(super) fn StoneShape(player: u8) -> impl IntoView {
    let number = player.to_string();
    view! {
        <circle cx="0.5" cy="0.5" r="0.4" data-player=number.clone()></circle>
        <text x="0.5" y="0.5" aria-hidden="true">{number}</text>
    }
}

/// What the person can do about the own seat, and the host about the round.
#[component]
fn SeatButtons(table: TableSignals, is_host: bool) -> impl IntoView {
    let i18n = use_i18n();
    let own = Memo::new(move |_| {
        let number = table.own.get()?;
        table.game.with(|game| game.as_ref()?.state.player(number).cloned())
    });
    let presence = Memo::new(move |_| own.with(|own| own.as_ref().map(|own| own.presence)));
    let gathers = move || table.phase.get() == Phase::Gathering;
    let full = table.select(|state| state.players.len() >= usize::from(state.seats));
    let can_join = move || match presence.get() {
        None => gathers() && full.get() == Some(false),
        Some(presence) => presence == Presence::Left,
    };
    let is_here = move || matches!(presence.get(), Some(Presence::Here | Presence::Away));
    let ready = Memo::new(move |_| own.with(|own| own.as_ref().is_some_and(|own| own.ready)));
    let choice = Signal::derive(move || {
        let choice = own.with(|own| own.as_ref().map_or(1, |own| own.choice));
        Ability::of(choice).choice().to_string()
    });
    let has_energy = table.select(|state| {
        matches!(&state.settings, Settings::Five(five) if matches!(five.mode, Mode::Energy(_)))
    });
    let has_choice = move || gathers() && is_here() && has_energy.get() == Some(true);
    let abilities = ABILITIES.map(|(ability, key)| (ability.choice(), i18n.text(key)));
    let host = table.room.select(|view| view.room.as_ref().map(|room| room.id.clone()));
    // The host, who starts, need not say that it is ready.
    let waits = table.select(move |state| {
        let host = host.get();
        let waits = |player: &Player| !player.ready && Some(&player.peer) != host.as_ref();
        (state.players.len() < 2, state.players.iter().any(waits))
    });
    let cannot_start = move || waits.get().is_none_or(|(few, waits)| few || waits);
    let hint = move || match waits.get() {
        Some((true, _)) => t_string!(i18n, game_too_few),
        Some((_, true)) => t_string!(i18n, game_waits),
        _ => t_string!(i18n, game_all_ready),
    };
    let watches = move || presence.get().is_none() && !gathers();
    view! {
        <Show when=has_choice>
            <Field label=t!(i18n, game_ability)>
                <Select
                    testid="game-ability"
                    options=options(abilities)
                    chosen=choice
                    on_choose=move |choice: String| {
                        table.act(Action::Choose(choice.parse().unwrap_or(1)));
                    }
                />
            </Field>
        </Show>
        <p class="faint" hidden=move || !watches()>{t!(i18n, game_watching)}</p>
        <p class="faint" role="status" hidden=move || !gathers()>{hint}</p>
        <div class="row">
            <Button
                testid="game-join"
                variant=ButtonVariant::Primary
                hidden=Signal::derive(move || !can_join())
                on_press=move || table.act(Action::Join)
            >
                {move || if presence.get().is_none() {
                    t_string!(i18n, game_join)
                } else {
                    t_string!(i18n, game_come_back)
                }}
            </Button>
            <Button
                testid="game-ready"
                hidden=Signal::derive(move || !(gathers() && is_here()))
                pressed=ready
                on_press=move || table.act(Action::Ready(!ready.get_untracked()))
            >
                {t!(i18n, game_be_ready)}
            </Button>
            {is_host.then(|| view! {
                <button
                    type="button"
                    class="primary"
                    data-testid="game-start"
                    hidden=move || !gathers()
                    disabled=cannot_start
                    on:click=move |_| table.send(GameCommand::Start)
                >
                    {t!(i18n, game_start)}
                </button>
                <Button
                    testid="game-again"
                    variant=ButtonVariant::Primary
                    hidden=Signal::derive(move || table.phase.get() != Phase::Over)
                    on_press=move || table.send(GameCommand::Again)
                >
                    {t!(i18n, game_again)}
                </Button>
            })}
            <Button
                testid="game-leave"
                hidden=Signal::derive(move || !is_here())
                on_press=move || table.act(Action::Leave)
            >
                {t!(i18n, game_leave)}
            </Button>
        </div>
    }
}
