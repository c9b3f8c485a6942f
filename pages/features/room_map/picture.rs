//! The map of the room's tree as an SVG, with zoom, pan and keyboard navigation.

use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::MapPeer;

use super::layout::{Place, layout};
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::features::people::avatar::display_name;
use crate::i18n::{t, td_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};

/// The space around the outermost ring, in rings.
const MARGIN: f64 = 0.8;
/// The most peers for which all labels are shown; in larger maps only the chosen peer is named.
const LABELLED: usize = 40;
/// The largest magnification.
const ZOOM: f64 = 16.0;
/// Upper limits of a good and of a fair round trip, in milliseconds.
const RTT: (u32, u32) = (100, 250);

/// The visible part of the map.
#[derive(Clone, Copy)]
struct Lens {
    zoom: RwSignal<f64>,
    centre: RwSignal<(f64, f64)>,
}

impl Lens {
    fn new() -> Self {
        Self { zoom: RwSignal::new(1.0), centre: RwSignal::new((0.0, 0.0)) }
    }

    fn magnify(self, factor: f64) {
        self.zoom.update(|zoom| *zoom = (*zoom * factor).clamp(1.0, ZOOM));
        if self.zoom.get_untracked() == 1.0 {
            self.centre.set((0.0, 0.0));
        }
    }

    fn fit(self) {
        self.magnify(0.0);
    }

    /// Half the side of the visible part of a map of `rings` rings.
    fn half(self, rings: u32) -> f64 {
        (f64::from(rings) + MARGIN) / self.zoom.get()
    }

    /// The `viewBox` for a map of `rings` rings.
    fn view_box(self, rings: u32) -> String {
        let half = self.half(rings);
        let (x, y) = self.centre.get();
        format!("{:.4} {:.4} {:.4} {:.4}", x - half, y - half, half * 2.0, half * 2.0)
    }
}

/// The map that `room` follows. The chosen peer can be joined if `can_join` allows it.
#[component]
pub(crate) fn RoomMap(
    room: RoomHandle,
    #[prop(into)] can_join: Callback<PeerId, bool>,
    #[prop(into)] on_join: Callback<PeerId>,
) -> impl IntoView {
    let i18n = use_i18n();
    let peers = room.select(|view| view.map.clone().unwrap_or_default());
    let own = room.select(|view| view.id.clone());
    let places = Memo::new(move |_| peers.with(|peers| layout(peers)));
    let rings = Memo::new(move |_| {
        places.with(|places| places.iter().map(|place| place.depth).max()).unwrap_or(0)
    });
    let chosen = RwSignal::new(None::<PeerId>);
    let lens = Lens::new();
    let at = Memo::new(move |_| {
        let id = chosen.get()?;
        peers.with(|peers| peers.iter().position(|peer| peer.id == id))
    });
    let tab = use_tab();
    let dot_id = move |at: usize| tab.id(&format!("map-{at}"));
    let choose = move |at: usize| {
        let id = peers.with_untracked(|peers| peers.get(at).map(|peer| peer.id.clone()));
        let place = places.with_untracked(|places| places.get(at).cloned());
        if let (Some(id), Some(place)) = (id, place) {
            chosen.set(Some(id));
            if lens.zoom.get_untracked() > 1.0 {
                lens.centre.set((place.x, place.y));
            }
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let key = event.key();
        match key.as_str() {
            "+" | "=" => lens.magnify(1.5),
            "-" => lens.magnify(1.0 / 1.5),
            "0" | "Home" => lens.fit(),
            _ => {
                let target = match at.get_untracked() {
                    None => key.starts_with("Arrow").then_some(0),
                    Some(at) => places.with_untracked(|places| neighbour(places, at, &key)),
                };
                let Some(target) = target else { return };
                choose(target);
            }
        }
        event.prevent_default();
    };
    let on_wheel = move |event: WheelEvent| {
        event.prevent_default();
        lens.magnify(if event.delta_y() < 0.0 { 1.2 } else { 1.0 / 1.2 });
    };
    // The last position of a pressed pointer.
    let drag = StoredValue::new(None::<(i32, i32)>);
    let point = |event: &PointerEvent| (event.client_x(), event.client_y());
    let pan = move |event: PointerEvent| {
        let Some((x, y)) = drag.get_value() else { return };
        let here = point(&event);
        drag.set_value(Some(here));
        let width = event_target::<web_sys::Element>(&event).client_width().max(300);
        let unit = untrack(|| lens.half(rings.get())) * 2.0 / f64::from(width);
        lens.centre.update(|(cx, cy)| {
            *cx -= f64::from(here.0 - x) * unit;
            *cy -= f64::from(here.1 - y) * unit;
        });
    };
    let about = move || {
        let texts = i18n.get();
        let Some(peer) = at.get().and_then(|at| peers.with(|peers| peers.get(at).cloned())) else {
            return texts.map_hint.to_owned();
        };
        let name = display_name(&peer.name, peer.id.as_str());
        let mut about = vec![name.to_owned()];
        if !MapPeer::is_anonymous(&peer.id) {
            about.push(peer.id.to_string());
        }
        if peer.rtt > 0 {
            about.push(format!("{} ms", peer.rtt));
        }
        if peer.below > 0 {
            about.push(td_string!(texts, map_below, count = peer.below));
        }
        about.join(" · ")
    };
    let joinable = Memo::new(move |_| chosen.get().is_some_and(|peer| can_join.run(peer)));
    let join = move || {
        if let Some(peer) = chosen.get_untracked().filter(|_| joinable.get_untracked()) {
            on_join.run(peer);
        }
    };
    let lines = move || {
        places.with(|places| {
            let ends = places.iter().filter_map(|place| Some((places.get(place.parent?)?, place)));
            let lines = ends.map(|(parent, place)| {
                let path =
                    format!("M{:.4} {:.4}L{:.4} {:.4}", parent.x, parent.y, place.x, place.y);
                view! { <path class="map-line" d=path></path> }
            });
            lines.collect_view()
        })
    };
    let dots = move || {
        let own = own.get();
        let peers = peers.get();
        let labelled = peers.len() <= LABELLED;
        places.with(|places| {
            let dots = peers.iter().zip(places).enumerate().map(|(at, (peer, place))| {
                let own = own.as_ref() == Some(&peer.id);
                dot(dot_id(at), peer, place, own, labelled, chosen)
            });
            dots.collect_view()
        })
    };
    view! {
        <div class="map">
            <p class="faint" hidden=move || !peers.with(|peers| peers.is_empty())>
                {t!(i18n, map_loading)}
            </p>
            <svg
                class="map-picture"
                data-testid="map-picture"
                role="tree"
                tabindex="0"
                aria-label=t!(i18n, map)
                aria-activedescendant=move || at.get().map(dot_id).unwrap_or_default()
                viewBox=move || lens.view_box(rings.get())
                // Dots and labels keep their size on the screen at every zoom.
                style:--dot=move || format!("{:.4}", lens.half(rings.get()) / 6.0)
                on:keydown=on_key
                on:wheel=on_wheel
                on:pointerdown=move |event| drag.set_value(Some(point(&event)))
                on:pointermove=pan
                on:pointerup=move |_| drag.set_value(None)
                on:pointerleave=move |_| drag.set_value(None)
            >
                {lines}
                {dots}
            </svg>
            <div class="row">
                <button
                    type="button"
                    aria-label=t!(i18n, zoom_in)
                    on:click=move |_| lens.magnify(1.5)
                >
                    "+"
                </button>
                <button
                    type="button"
                    aria-label=t!(i18n, zoom_out)
                    on:click=move |_| lens.magnify(1.0 / 1.5)
                >
                    "−"
                </button>
                <Button on_press=move || lens.fit()>{t!(i18n, zoom_fit)}</Button>
                <Button
                    testid="join-under"
                    variant=ButtonVariant::Primary
                    hidden=move || !joinable.get()
                    on_press=join
                >
                    {t!(i18n, join_under)}
                </Button>
            </div>
            <p class="map-about" data-testid="map-about" role="status">{about}</p>
        </div>
    }
}

/// A peer in the picture.
fn dot(
    id: String,
    peer: &MapPeer,
    place: &Place,
    own: bool,
    labelled: bool,
    chosen: RwSignal<Option<PeerId>>,
) -> impl IntoView + use<> {
    let peer_id = peer.id.clone();
    let this = peer.id.clone();
    let quality = match peer.rtt {
        0 => "unknown",
        rtt if rtt <= RTT.0 => "good",
        rtt if rtt <= RTT.1 => "fair",
        _ => "poor",
    };
    let name = display_name(&peer.name, peer.id.as_str()).to_owned();
    let text = if labelled { name.clone() } else { String::new() };
    let describe = if peer.rtt > 0 { format!("{name}, {} ms", peer.rtt) } else { name };
    view! {
        <g
            id=id
            class=if own { "map-peer own" } else { "map-peer" }
            data-testid="map-peer"
            role="treeitem"
            data-peer-id=peer.id.to_string()
            data-quality=quality
            aria-level=(place.depth + 1).to_string()
            aria-label=describe
            aria-selected=move || chosen.with(|chosen| chosen.as_ref() == Some(&this)).to_string()
            transform=format!("translate({:.4} {:.4})", place.x, place.y)
            on:click=move |_| chosen.set(Some(peer_id.clone()))
        >
            <circle r="1"></circle>
            <text>{text}</text>
        </g>
    }
}

/// The peer that an arrow key selects: parent, first child, or sibling.
fn neighbour(places: &[Place], at: usize, key: &str) -> Option<usize> {
    let parent = places.get(at)?.parent;
    let siblings = || (0..places.len()).filter(move |other| places[*other].parent == parent);
    match key {
        "ArrowUp" => parent,
        "ArrowDown" => places.iter().position(|place| place.parent == Some(at)),
        "ArrowLeft" => siblings().rfind(|other| *other < at),
        "ArrowRight" => siblings().find(|other| *other > at),
        _ => None,
    }
}
