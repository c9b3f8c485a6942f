//! The room's tree as a picture: the host in the middle, every level on a ring around it.

mod layout;
pub(crate) mod tree;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::Command;
use live_core::view::MapPeer;
use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent, MouseEvent, SvgElement, WheelEvent};

use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::dom::{El, el, follow, svg};
use crate::features::room_map::layout::{Place, is_below, layout};
use crate::i18n::{td_string, use_i18n};
use crate::later::{Later, later};
use crate::reactive::{flag, text};
use crate::ui::dialog::dialog;

/// The picture's size in units for a ring.
const MARGIN: f64 = 0.8;
/// Up to so many peers are labelled; the others tell their names when they are chosen.
const LABELLED: usize = 40;
/// The largest magnification.
const ZOOM: f64 = 16.0;
/// A round trip that is good, and one that is bearable, in milliseconds.
const RTT: (u32, u32) = (100, 250);

/// The button that opens the map, and the map.
pub(crate) fn map(session: RoomHandle) -> [El; 2] {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let show = move |shown: bool| {
        open.set(shown);
        session.show_map(shown);
    };
    let button = el("button")
        .set("type", "button")
        .set("data-testid", "show-map")
        .text(i18n.text(|t| t.map))
        .on("click", move |_| show(true));
    // What is closed is not drawn.
    let place = el("div").children(move || {
        if open.get() {
            vec![later(move || drawing(session, join_as_member(session)))]
        } else {
            Vec::new()
        }
    });
    let close = Callback::new(move |()| {
        // Leaving the page closes it, too, when there is nobody left to tell.
        if open.try_get_untracked() == Some(true) {
            show(false);
        }
    });
    [button, dialog(open.into(), close, i18n.text(|t| t.map), "map", vec![place])]
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

/// What can be done with a peer that is chosen in the map.
pub(crate) struct Join {
    /// Whether it can be joined.
    pub(crate) can: Box<dyn Fn(&PeerId) -> bool + Send + Sync>,
    pub(crate) join: Box<dyn Fn(PeerId)>,
}

/// A member moves under another peer.
fn join_as_member(session: RoomHandle) -> Join {
    let own = session.select(|view| view.id.clone());
    let parent = session.select(|view| view.tree.parent.clone());
    let peers = session.select(|view| view.map.clone().unwrap_or_default());
    Join {
        // A host has no parent, and nobody can hang below itself.
        can: Box::new(move |peer| {
            let (own, parent) = (own.get(), parent.get());
            let below = own.is_none_or(|own| peers.with(|peers| is_below(peers, peer, &own)));
            !below && parent.is_some() && parent.as_ref() != Some(peer)
        }),
        join: Box::new(move |peer| session.send(Command::JoinUnder(peer))),
    }
}

/// The map that `session` follows.
pub(crate) fn drawing(session: RoomHandle, join: Join) -> Later {
    let i18n = use_i18n();
    let Join { can, join } = join;
    let peers = session.select(|view| view.map.clone().unwrap_or_default());
    let own = session.select(|view| view.id.clone());
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
        [x - half, y - half, half * 2.0, half * 2.0].map(decimal).join(" ")
    });
    // Dots and labels keep their size on the screen, however far it is zoomed.
    let scale = text(move || {
        let deepest = places.with(|all| all.iter().map(|place| place.depth).max()).unwrap_or(0);
        decimal((f64::from(deepest) + MARGIN) / lens.zoom.get() / 6.0)
    });
    let tab = use_tab();
    let peer_id = move |at: usize| tab.id(&["map-", &at.to_string()].concat());
    let picture = move || {
        let own = own.get();
        let peers = peers.get();
        places.with(|places| {
            let lines = places.iter().filter_map(|place| line(place, places));
            let dots = peers.iter().zip(places).enumerate().map(|(at, (peer, place))| {
                let own = own.as_ref() == Some(&peer.id);
                dot(peer, place, own, chosen, peers.len()).set("id", &peer_id(at))
            });
            lines.chain(dots).collect()
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
    let key = move |event: Event| {
        let Some(key) = event.dyn_ref().map(KeyboardEvent::key) else { return };
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
    let active = text(move || at.get().map(peer_id).unwrap_or_default());
    let drag = StoredValue::new(None::<(i32, i32)>);
    let pan = move |event: Event| {
        let Some((x, y)) = drag.get_value() else { return };
        let Some(here) = point(&event) else { return };
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
    let wheel = move |event: Event| {
        event.prevent_default();
        let closer = event.dyn_ref::<WheelEvent>().is_some_and(|wheel| wheel.delta_y() < 0.0);
        lens.magnify(if closer { 1.2 } else { 1.0 / 1.2 });
    };
    let loading = flag(move || !peers.with(Vec::is_empty));
    let about = text(move || {
        let texts = i18n.get();
        let Some(peer) = at.get().and_then(|at| peers.with(|peers| peers.get(at).cloned())) else {
            return texts.map_hint.to_owned();
        };
        let mut about = vec![name(&peer), peer.id.to_string()];
        if peer.rtt > 0 {
            about.push(millis(&peer));
        }
        if peer.below > 0 {
            about.push(td_string!(texts, map_below, count = peer.below));
        }
        about.join(" · ")
    });
    let joinable = Memo::new(move |_| chosen.get().is_some_and(|peer| can(&peer)));
    let join = move || {
        if let Some(peer) = chosen.get_untracked().filter(|_| joinable.get_untracked()) {
            join(peer);
        }
    };

    let picture = svg("svg")
        .named("map-picture", "map-picture")
        .set("role", "tree")
        .set("tabindex", "0")
        .bind("aria-label", i18n.text(|t| t.map))
        .bind("aria-activedescendant", active)
        .bind("viewBox", frame)
        .on("keydown", key)
        .on("wheel", wheel)
        .on("pointerdown", move |event| drag.set_value(point(&event)))
        .on("pointermove", pan)
        .on("pointerup", move |_| drag.set_value(None))
        .on("pointerleave", move |_| drag.set_value(None))
        .children(picture);
    let style = picture.node::<SvgElement>().style();
    // Fails for names that are no names only.
    follow(move || _ = style.set_property("--dot", &scale.get()));
    let tool = |sign: &str, label: Signal<String>, factor: f64| {
        el("button")
            .set("type", "button")
            .bind("aria-label", label)
            .say(sign)
            .on("click", move |_| lens.magnify(factor))
    };
    Ok(el("div").set("class", "map").with([
        el("p").set("class", "faint").flag("hidden", loading).text(i18n.text(|t| t.map_loading)),
        picture,
        el("div").set("class", "row").with([
            tool("+", i18n.text(|t| t.zoom_in), 1.5),
            tool("−", i18n.text(|t| t.zoom_out), 1.0 / 1.5),
            el("button")
                .set("type", "button")
                .text(i18n.text(|t| t.zoom_fit))
                .on("click", move |_| lens.magnify(0.0)),
            el("button")
                .named("primary", "join-under")
                .set("type", "button")
                .flag("hidden", flag(move || !joinable.get()))
                .text(i18n.text(|t| t.join_under))
                .on("click", move |_| join()),
        ]),
        el("p").named("map-about", "map-about").set("role", "status").text(about),
    ]))
}

fn point(event: &Event) -> Option<(i32, i32)> {
    event.dyn_ref::<MouseEvent>().map(|event| (event.client_x(), event.client_y()))
}

/// A number as SVG wants it. The browser writes it: a writer of our own would make the app larger.
fn decimal(number: f64) -> String {
    js_sys::Number::from(number).to_fixed(4).map(String::from).unwrap_or_default()
}

fn line(place: &Place, places: &[Place]) -> Option<El> {
    let parent = places.get(place.parent?)?;
    let [x, y, to_x, to_y] = [parent.x, parent.y, place.x, place.y].map(decimal);
    let path = ["M", &x, " ", &y, "L", &to_x, " ", &to_y].concat();
    Some(svg("path").set("class", "map-line").set("d", &path))
}

fn dot(
    peer: &MapPeer,
    place: &Place,
    own: bool,
    chosen: RwSignal<Option<PeerId>>,
    count: usize,
) -> El {
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
    let describe = if peer.rtt > 0 { [name(peer), millis(peer)].join(", ") } else { name(peer) };
    let [x, y] = [place.x, place.y].map(decimal);
    svg("g")
        .named(if own { "map-peer own" } else { "map-peer" }, "map-peer")
        .set("role", "treeitem")
        .set("data-peer-id", id.as_str())
        .set("data-quality", quality)
        .set("aria-level", &(place.depth + 1).to_string())
        .set("aria-label", &describe)
        .set("transform", &["translate(", &x, " ", &y, ")"].concat())
        .bind("aria-selected", selected)
        .on("click", move |_| chosen.set(Some(id.clone())))
        .with([svg("circle").set("r", "1"), svg("text").say(&label)])
}

fn millis(peer: &MapPeer) -> String {
    [&peer.rtt.to_string(), " ms"].concat()
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
