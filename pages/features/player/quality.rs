//! How good the picture is that the host sends.

use leptos::prelude::*;
use live_core::node::Command;
use live_core::quality::Quality;

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, check, el, follow, menu};
use crate::i18n::{MessageKey, td_string, use_i18n};
use crate::reactive::text;

/// The presets: what a picture may be at most, and what to call that.
const QUALITIES: [(Quality, MessageKey); 4] = [
    (Quality::BEST, |t| t.quality_best),
    (Quality { height: 720, rate: 30, bitrate: 1_800 }, |t| t.quality_fair),
    (Quality { height: 480, rate: 20, bitrate: 900 }, |t| t.quality_low),
    (Quality { height: 360, rate: 15, bitrate: 450 }, |t| t.quality_least),
];

/// The menu of qualities, whether they follow the uplink, and what comes of that.
pub(crate) fn quality(session: RoomHandle) -> El {
    let i18n = use_i18n();
    let kept = preferences::load(preferences::QUALITY).and_then(|kept| kept.parse().ok());
    let chosen = RwSignal::new(kept.unwrap_or(0_usize));
    let adapts = RwSignal::new(preferences::load(preferences::ADAPT).is_some());
    let most = move || QUALITIES[chosen.get().min(QUALITIES.len() - 1)].0;
    follow(move || session.send(Command::Quality { most: most(), adapts: adapts.get() }));
    let names = QUALITIES.iter().enumerate();
    let names = names.map(|(at, (_, name))| (at.to_string(), i18n.text(*name)));
    let menu = menu("quality", names, text(move || chosen.get().to_string()), move |at| {
        preferences::save(preferences::QUALITY, &at);
        chosen.set(at.parse().unwrap_or(0));
    })
    .bind("aria-label", i18n.text(|t| t.quality));
    let adapt = check("adapt", adapts.into(), move |on| {
        preferences::set_flag(preferences::ADAPT, on);
        adapts.set(on);
    });
    let now = session.select(|view| view.quality);
    let live = Memo::new(move |_| session.source().with(Option::is_some));
    let fed = session.select(|view| !view.tree.children.is_empty());
    let said = text(move || {
        let (now, texts) = (now.get(), i18n.get());
        if !adapts.get() || !live.get() || !fed.get() {
            String::new()
        } else if now == most() {
            texts.adapt_full.to_owned()
        } else {
            let (bitrate, lines, rate) = (now.bitrate, now.height, now.rate);
            td_string!(texts, adapt_less, bitrate = bitrate, lines = lines, rate = rate)
        }
    });
    el("div").set("class", "row").with([
        menu,
        el("label").set("class", "check").with([adapt, el("span").text(i18n.text(|t| t.adapt))]),
        el("span").named("faint", "adapt-state").set("role", "status").text(said),
    ])
}
