//! The rules of the next round, for the host.

use leptos::prelude::*;
use live_core::game::five::{self, Energy, Mode};
use live_core::game::{MAX_PLAYERS, MIN_PLAYERS, Settings};
use live_core::node::GameCommand;

use super::TableSignals;
use crate::i18n::{MessageKey, t, use_i18n};
use crate::ui::field::{Field, Select, options};

/// What has a cost in energy: its handle, its text, and where its cost is kept.
type Cost = (&'static str, MessageKey, fn(&mut Energy) -> &mut u8);

const COSTS: [Cost; 4] = [
    ("game-cost-stone", |t| t.game_cost_stone, |energy| &mut energy.stone),
    ("game-cost-shift", |t| t.game_cost_shift, |energy| &mut energy.shift),
    ("game-cost-trap", |t| t.game_cost_trap, |energy| &mut energy.trap),
    ("game-cost-barrier", |t| t.game_cost_barrier, |energy| &mut energy.barrier),
];

/// The size of the board, the number of players, and whether there are turns or energy, of which
/// things cost so much.
#[component]
pub(super) fn Setup(table: TableSignals) -> impl IntoView {
    let i18n = use_i18n();
    let rules = table.select(|state| match &state.settings {
        Settings::Five(five) => (state.seats, five.clone()),
        Settings::Unknown => (state.seats, five::Settings::default()),
    });
    let rules = move || rules.get().unwrap_or((MAX_PLAYERS, five::Settings::default()));
    let change = move |change: &dyn Fn(&mut u8, &mut five::Settings)| {
        let (mut seats, mut five) = untrack(rules);
        change(&mut seats, &mut five);
        table.send(GameCommand::SetUp { seats, settings: Settings::Five(five) });
    };
    let countdown = move || match rules().1.mode {
        Mode::Turns(seconds) => seconds,
        Mode::Energy(_) => 0,
    };
    let mode = Signal::derive(move || match rules().1.mode {
        Mode::Turns(_) => "turns".to_owned(),
        Mode::Energy(_) => "energy".to_owned(),
    });
    let energy = move || match rules().1.mode {
        Mode::Energy(energy) => energy,
        Mode::Turns(_) => Energy::default(),
    };
    let change_energy = move |part: fn(&mut Energy) -> &mut u8, to: u16| {
        let mut energy = untrack(energy);
        *part(&mut energy) = u8::try_from(to).unwrap_or(u8::MAX);
        change(&|_, five| five.mode = Mode::Energy(energy));
    };
    let no_energy = Signal::derive(move || mode.with(|mode| mode != "energy"));
    // Nothing can cost more than there can be.
    let costs = COSTS.map(|(testid, label, part)| {
        view! {
            <Field label=i18n.text(label) hidden=no_energy>
                <NumberInput
                    testid
                    range=Signal::derive(move || (1_u16, u16::from(energy().max)))
                    value=Signal::derive(move || u16::from(*part(&mut energy())))
                    on_change=move |cost: u16| change_energy(part, cost)
                />
            </Field>
        }
    });
    let highest_cost = move || {
        let Energy { stone, shift, trap, barrier, .. } = energy();
        u16::from(stone.max(shift).max(trap).max(barrier))
    };
    let modes = [
        ("turns", i18n.text(|t| t.game_mode_turns)),
        ("energy", i18n.text(|t| t.game_mode_energy)),
    ];
    view! {
        <div class="game-setup">
            <Field label=t!(i18n, game_size)>
                <NumberInput
                    testid="game-size"
                    range=(u16::from(*five::SIDES.start()), u16::from(*five::SIDES.end()))
                    value=Signal::derive(move || u16::from(rules().1.width))
                    on_change=move |size: u16| {
                        let side = u8::try_from(size).unwrap_or(u8::MAX);
                        change(&|_, five| (five.width, five.height) = (side, side));
                    }
                />
            </Field>
            <Field label=t!(i18n, game_players)>
                <NumberInput
                    testid="game-players"
                    range=(u16::from(MIN_PLAYERS), u16::from(MAX_PLAYERS))
                    value=Signal::derive(move || u16::from(rules().0))
                    on_change=move |most: u16| {
                        change(&|seats, _| *seats = u8::try_from(most).unwrap_or(u8::MAX));
                    }
                />
            </Field>
            <Field label=t!(i18n, game_mode)>
                <Select
                    testid="game-mode"
                    options=options(modes)
                    chosen=mode
                    on_choose=move |mode: String| change(&|_, five| {
                        five.mode = match &*mode {
                            "energy" => Mode::Energy(Energy::default()),
                            _ => Mode::Turns(0),
                        };
                    })
                />
            </Field>
            <Field
                label=t!(i18n, game_countdown)
                hidden=Signal::derive(move || mode.with(|mode| mode != "turns"))
            >
                <NumberInput
                    testid="game-countdown"
                    range=(0_u16, *five::COUNTDOWNS.end())
                    value=Signal::derive(countdown)
                    on_change=move |seconds: u16| {
                        change(&|_, five| five.mode = Mode::Turns(seconds));
                    }
                />
            </Field>
            <Field label=t!(i18n, game_energy_most) hidden=no_energy>
                <NumberInput
                    testid="game-energy-most"
                    range=Signal::derive(move || (highest_cost(), u16::from(five::MAX_ENERGY)))
                    value=Signal::derive(move || u16::from(energy().max))
                    on_change=move |most: u16| change_energy(|energy| &mut energy.max, most)
                />
            </Field>
            {costs}
        </div>
    }
}

/// A field for a number within a range.
#[component]
fn NumberInput(
    testid: &'static str,
    /// The lowest and the highest one.
    #[prop(into)]
    range: Signal<(u16, u16)>,
    value: Signal<u16>,
    /// Called with a number in the range.
    #[prop(into)]
    on_change: Callback<u16>,
) -> impl IntoView {
    view! {
        <input
            type="number"
            inputmode="numeric"
            data-testid=testid
            min=move || range.get().0.to_string()
            max=move || range.get().1.to_string()
            prop:value=move || value.get().to_string()
            on:input:target=move |event| {
                let (least, most) = range.get_untracked();
                let typed = event.target().value().parse::<u16>();
                if let Ok(number) = typed.map(|number| number.clamp(0, most))
                    && number >= least
                    && number != value.get_untracked()
                {
                    on_change.run(number);
                }
            }
            on:change:target=move |event| {
                // What is out of range was not taken.
                event.target().set_value(&value.get_untracked().to_string());
            }
        />
    }
}
