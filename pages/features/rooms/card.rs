//! A room in the list.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::RoomCard;

use crate::dom::{El, el, sign};
use crate::features::rooms::cover::{Covers, cover, cover_picture};
use crate::features::rooms::edit::kind_name;
use crate::i18n::{Texts, t_string, td_string, use_i18n};
use crate::reactive::{flag, text};
use crate::time;
use crate::ui::icon::Icon;

/// The room with the id `id`, as a button that sets `selected`; `room` is `None` once it has ended.
pub(crate) fn card(
    id: PeerId,
    room: Memo<Option<RoomCard>>,
    covers: Covers,
    selected: RwSignal<Option<PeerId>>,
) -> El {
    let handle = id.to_string();
    let About { title, host, summary, cover, members, live, state, since, kind, .. } =
        About::new(room, covers);
    let span = |class: &str, said: Signal<String>| el("span").set("class", class).text(said);
    let card = el("button")
        .named("card", "room-card")
        .set("data-room-id", &handle)
        .on("click", move |_| selected.set(Some(id.clone())))
        .with([
            cover_picture(cover),
            el("span").set("class", "card-badges").with([
                badge(live, state),
                el("span").set("class", "badge").with([
                    sign(Icon::People),
                    el("span").set("data-testid", "room-card-members").text(members),
                ]),
            ]),
            el("span").set("class", "card-text").with([
                el("b").named("card-title", "room-card-title").text(title),
                span("faint", kind).set("data-testid", "room-card-kind"),
                span("faint", host),
                span("faint", since),
                span("card-summary", summary),
            ]),
        ]);
    el("li").with([card])
}

/// Whether a room is live.
pub(crate) fn badge(live: Signal<bool>, state: Signal<String>) -> El {
    let class = text(move || if live.get() { "badge live" } else { "badge" });
    el("span")
        .bind("class", class)
        .flag("hidden", flag(move || state.with(String::is_empty)))
        .text(state)
}

/// What the list says about a room, as it changes.
#[derive(Clone, Copy)]
pub(crate) struct About {
    pub(crate) title: Signal<String>,
    /// Who hosts it.
    pub(crate) host: Signal<String>,
    pub(crate) summary: Signal<String>,
    pub(crate) cover: Signal<String>,
    /// How many people are in it, as a number.
    pub(crate) members: Signal<String>,
    /// The same in words.
    pub(crate) people: Signal<String>,
    pub(crate) live: Signal<bool>,
    /// Whether it is live, in words; empty if nobody knows.
    pub(crate) state: Signal<String>,
    /// Since when it is open; empty if nobody knows.
    pub(crate) since: Signal<String>,
    /// What kind of room it is.
    pub(crate) kind: Signal<String>,
}

impl About {
    pub(crate) fn new(room: Memo<Option<RoomCard>>, covers: Covers) -> Self {
        let i18n = use_i18n();
        let of = move |pick: fn(&RoomCard) -> String| {
            text(move || room.with(|room| room.as_ref().map(pick)).unwrap_or_default())
        };
        let count = move || room.with(|room| room.as_ref().map_or(0, |room| room.members));
        // Old pages say neither when they opened a room nor whether it is live.
        let dated = move || room.with(|room| room.as_ref().is_some_and(|room| room.since > 0));
        let live = flag(move || room.with(|room| room.as_ref().is_some_and(|room| room.live)));
        let given = of(|room| room.meta.title.clone());
        let host = of(|room| room.host.clone());
        Self {
            title: text(move || title(given.get(), i18n.get())),
            host: text(move || host_line(&host.get(), i18n.get())),
            summary: of(|room| room.meta.summary.clone()),
            cover: cover(
                of(|room| room.meta.cover.clone()),
                Signal::derive(move || room.with(|room| room.as_ref()?.meta.image)),
                covers,
            ),
            members: text(move || count().to_string()),
            people: text(move || t_string!(i18n, members, count = count())),
            live,
            since: text(move || {
                if !dated() {
                    return String::new();
                }
                let since = room.with(|room| room.as_ref().map_or(0, |room| room.since));
                t_string!(i18n, since, time = time::when(since, i18n.language().tag()))
            }),
            kind: text(move || {
                let kind = room.with(|room| room.as_ref().map(|room| room.meta.kind));
                kind_name(kind.unwrap_or_default())(i18n.get())
            }),
            state: text(move || match (live.get(), dated()) {
                (true, _) => i18n.get().live,
                (false, true) => i18n.get().not_live,
                (false, false) => "",
            }),
        }
    }
}

/// A room's title, or what to call one without.
pub(crate) fn title(given: String, texts: &Texts) -> String {
    if given.trim().is_empty() { texts.untitled.to_owned() } else { given }
}

/// Who hosts a room.
pub(crate) fn host_line(name: &str, texts: &Texts) -> String {
    let name = if name.is_empty() { texts.someone } else { name };
    td_string!(texts, hosted_by, name = name)
}
