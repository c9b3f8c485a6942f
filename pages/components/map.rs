//! The room's tree as a picture: the host in the middle, every level on a ring around it.

use leptos::ev;
use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::Command;
use live_core::view::MapPeer;

use super::dialog::Dialog;
use crate::i18n::{fill, use_i18n};
use crate::map_layout::{Place, layout};
use crate::reactive::{flag, text};
use crate::session::Session;

/// The picture's size in units for a ring.
const MARGIN: f64 = 0.8;
/// Up to so many peers are labelled; the others tell their names when they are chosen.
const LABELLED: usize = 40;
/// The largest magnification.
const ZOOM: f64 = 16.0;
/// A round trip that is good, and one that is bearable, in milliseconds.
const RTT: (u32, u32) = (100, 250);

/// The button that opens the map, and the map.
#[component]
pub(crate) fn Map(session: Session) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let show = move |shown: bool| {
        open.set(shown);
        session.send(Command::Map(shown));
    };
    // What is closed is not drawn.
    let drawing = move || open.get().then(|| drawing(session));

    view! {
        <button type="button" data-testid="show-map" on:click=move |_| show(true)>
            {i18n.text(|t| t.map)}
        </button>
        <Dialog open close=move |()| show(false) title=i18n.text(|t| t.map) handle="map">
            {drawing}
        </Dialog>
    }
    .into_any()
}

/// Which part of the picture is seen.
#[derive(Clone, Copy)]
struct Lens {
    zoom: RwSignal<f64>,
    centre: RwSignal<(f64, f64)>,
}

impl Lens {
    fn magnify(self, factor: f64) {
        self.zoom.update(|zoom| *zoom = (*zoom * factor).clamp(1.0, ZOOM));
        if self.zoom.get_untracked() == 1.0 {
            self.centre.set((0.0, 0.0));
        }
    }
}

fn drawing(session: Session) -> AnyView {
    let i18n = use_i18n();
    let peers = session.part(|view| view.map.clone().unwrap_or_default());
    let own = session.part(|view| view.id.clone());
    let places = Memo::new(move |_| peers.with(|peers| layout(peers)));
    let chosen = RwSignal::new(None::<PeerId>);
    let lens = Lens { zoom: RwSignal::new(1.0), centre: RwSignal::new((0.0, 0.0)) };
    let at = Memo::new(move |_| {
        let id = chosen.get()?;
        peers.with(|peers| peers.iter().position(|peer| peer.id == id))
    });

    let frame = text(move || {
        let deepest = places.with(|all| all.iter().map(|place| place.depth).max());
        let half = (f64::from(deepest.unwrap_or(0)) + MARGIN) / lens.zoom.get();
        let (x, y) = lens.centre.get();
        format!("{} {} {} {}", x - half, y - half, half * 2.0, half * 2.0)
    });
    // Dots and labels keep their size on the screen, however far it is zoomed.
    let scale = text(move || {
        let deepest = places.with(|all| all.iter().map(|place| place.depth).max()).unwrap_or(0);
        ((f64::from(deepest) + MARGIN) / lens.zoom.get() / 6.0).to_string()
    });
    let picture = move || {
        let own = own.get();
        let peers = peers.get();
        places.with(|places| {
            let lines = places.iter().filter_map(|place| line(place, places)).collect::<Vec<_>>();
            let dots: Vec<_> = peers
                .iter()
                .zip(places)
                .map(|(peer, place)| {
                    dot(peer, place, own.as_ref() == Some(&peer.id), chosen, peers.len())
                })
                .collect();
            (lines, dots).into_any()
        })
    };
    let move_to = move |target: Option<usize>| {
        let id = target.and_then(|at| peers.with_untracked(|all| Some(all.get(at)?.id.clone())));
        let place = target.and_then(|at| places.with_untracked(|all| all.get(at).cloned()));
        if let (Some(id), Some(place)) = (id, place) {
            chosen.set(Some(id));
            if lens.zoom.get_untracked() > 1.0 {
                lens.centre.set((place.x, place.y));
            }
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let key = event.key();
        match key.as_str() {
            "+" | "=" => lens.magnify(1.5),
            "-" => lens.magnify(1.0 / 1.5),
            "0" | "Home" => lens.magnify(0.0),
            _ => {
                let places = places.get_untracked();
                let target = match at.get_untracked() {
                    None => Some(0).filter(|_| key.starts_with("Arrow")),
                    Some(at) => neighbour(&places, at, &key),
                };
                if target.is_none() {
                    return;
                }
                move_to(target);
            }
        }
        event.prevent_default();
    };
    let active = text(move || at.get().map(|at| format!("map-{at}")).unwrap_or_default());
    let drag = StoredValue::new(None::<(i32, i32)>);
    let pan = move |event: ev::PointerEvent| {
        let Some((x, y)) = drag.get_value() else { return };
        let here = (event.client_x(), event.client_y());
        drag.set_value(Some(here));
        let deepest = places.with_untracked(|all| all.iter().map(|place| place.depth).max());
        let wide = (f64::from(deepest.unwrap_or(0)) + MARGIN) * 2.0 / lens.zoom.get_untracked();
        let shown = f64::from(event_target::<web_sys::Element>(&event).client_width().max(300));
        let unit = wide / shown;
        lens.centre.update(|(cx, cy)| {
            *cx -= f64::from(here.0 - x) * unit;
            *cy -= f64::from(here.1 - y) * unit;
        });
    };
    let wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        lens.magnify(if event.delta_y() < 0.0 { 1.2 } else { 1.0 / 1.2 });
    };
    let loading = flag(move || !peers.with(Vec::is_empty));
    let about = text(move || {
        let texts = i18n.get();
        let Some(peer) = at.get().and_then(|at| peers.with(|peers| peers.get(at).cloned())) else {
            return texts.map_hint.to_owned();
        };
        let mut about = vec![name(&peer), peer.id.to_string()];
        if peer.rtt > 0 {
            about.push(format!("{} ms", peer.rtt));
        }
        if peer.below > 0 {
            about.push(fill(texts.map_below, &peer.below.to_string()));
        }
        about.join(" · ")
    });
    let parent = session.part(|view| view.tree.parent.clone());
    let joinable = move || {
        let peer = chosen.get();
        let parent = parent.get();
        // A host has no parent, and nobody can hang below itself.
        peer.is_some() && peer != own.get() && parent.is_some() && peer != parent
    };
    let join = move |_| {
        if let Some(peer) = chosen.get_untracked() {
            session.send(Command::JoinUnder(peer));
        }
    };

    view! {
        <div class="map">
            <p class="faint" hidden=loading>{i18n.text(|t| t.map_loading)}</p>
            <svg
                class="map-picture"
                data-testid="map-picture"
                role="tree"
                tabindex="0"
                aria-label=i18n.text(|t| t.map)
                aria-activedescendant=active
                viewBox=frame
                on:keydown=key
                on:wheel=wheel
                on:pointerdown=move |event| drag.set_value(Some((event.client_x(), event.client_y())))
                on:pointermove=pan
                on:pointerup=move |_| drag.set_value(None)
                on:pointerleave=move |_| drag.set_value(None)
                style:--dot=scale
            >
                {picture}
            </svg>
            <div class="row">
                <button type="button" aria-label=i18n.text(|t| t.zoom_in) on:click=move |_| lens.magnify(1.5)>
                    "+"
                </button>
                <button type="button" aria-label=i18n.text(|t| t.zoom_out) on:click=move |_| lens.magnify(1.0 / 1.5)>
                    "−"
                </button>
                <button type="button" on:click=move |_| lens.magnify(0.0)>
                    {i18n.text(|t| t.zoom_fit)}
                </button>
                <button
                    type="button"
                    class="primary"
                    data-testid="join-under"
                    hidden=flag(move || !joinable())
                    on:click=join
                >
                    {i18n.text(|t| t.join_under)}
                </button>
            </div>
            <p class="map-about" data-testid="map-about" role="status">{about}</p>
        </div>
    }
    .into_any()
}

fn line(place: &Place, places: &[Place]) -> Option<AnyView> {
    let parent = places.get(place.parent?)?;
    let path = format!("M{} {}L{} {}", parent.x, parent.y, place.x, place.y);
    Some(view! { <path class="map-line" d=path></path> }.into_any())
}

fn dot(
    peer: &MapPeer,
    place: &Place,
    own: bool,
    chosen: RwSignal<Option<PeerId>>,
    count: usize,
) -> AnyView {
    let id = peer.id.clone();
    let known = id.clone();
    let selected = text(move || (chosen.with(|c| c.as_ref() == Some(&known))).to_string());
    let quality = match peer.rtt {
        0 => "unknown",
        rtt if rtt <= RTT.0 => "good",
        rtt if rtt <= RTT.1 => "fair",
        _ => "poor",
    };
    let label = if count <= LABELLED { name(peer) } else { String::new() };
    let describe =
        if peer.rtt > 0 { format!("{}, {} ms", name(peer), peer.rtt) } else { name(peer) };
    let at = format!("translate({} {})", place.x, place.y);
    view! {
        <g
            role="treeitem"
            class="map-peer"
            class:own=own
            data-testid="map-peer"
            data-peer-id=id.to_string()
            data-quality=quality
            aria-level=(place.depth + 1).to_string()
            aria-selected=selected
            aria-label=describe
            transform=at
            on:click=move |_| chosen.set(Some(id.clone()))
        >
            <circle r="1"></circle>
            <text>{label}</text>
        </g>
    }
    .into_any()
}

fn name(peer: &MapPeer) -> String {
    if peer.name.is_empty() {
        peer.id.as_str().chars().take(8).collect()
    } else {
        peer.name.clone()
    }
}

/// Where an arrow key leads: up to the parent, down to the first child, aside to a sibling.
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
