//! The figures over the picture: how the stream arrives here.

use core::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, el, svg};
use crate::features::player::media_stats::Readings;
use crate::i18n::use_i18n;
use crate::later::Later;
use crate::reactive::text;

const PERIOD: Duration = Duration::from_secs(1);

/// The panel; it reads as long as it is there.
pub(crate) fn stats(session: RoomHandle) -> Later {
    let i18n = use_i18n();
    let readings = RwSignal::new(Readings::default());
    let read = move || {
        spawn_local(async move {
            let links = session.media_stats().await;
            readings.try_update(|readings| readings.add(&links));
        });
    };
    read();
    if let Ok(timer) = set_interval_with_handle(read, PERIOD) {
        on_cleanup(move || timer.clear());
    }
    let tree = session.select(|view| view.tree.clone());
    let figure = move |pick: fn(&Readings) -> f64, unit: &'static str| {
        text(move || {
            let figure = readings.with(pick);
            [(figure.max(0.0).round() as u64).to_string().as_str(), unit].concat()
        })
    };
    let curve = move |pick: fn(&Readings) -> String| Some(text(move || readings.with(pick)));
    let rows = vec![
        row(
            i18n.text(|t| t.bitrate),
            figure(|r| r.now.bitrate, " kbit/s"),
            curve(Readings::bitrate_curve),
        ),
        row(i18n.text(|t| t.frame_rate), figure(|r| r.now.fps, ""), curve(Readings::frames_curve)),
        row(
            i18n.text(|t| t.round_trip),
            figure(|r| r.now.round_trip, " ms"),
            curve(Readings::round_trip_curve),
        ),
        row(i18n.text(|t| t.buffer), figure(|r| r.now.buffer, " ms"), None),
        row(
            i18n.text(|t| t.resolution),
            text(move || {
                readings.with(|r| {
                    let [width, height] =
                        [r.now.width, r.now.height].map(|side| (side as u32).to_string());
                    [width.as_str(), " × ", height.as_str()].concat()
                })
            }),
            None,
        ),
        row(i18n.text(|t| t.codec), text(move || readings.with(|r| r.now.codec.clone())), None),
        row(i18n.text(|t| t.lost), figure(|r| r.now.lost, ""), None),
        row(i18n.text(|t| t.dropped), figure(|r| r.now.dropped, ""), None),
        row(i18n.text(|t| t.depth), text(move || tree.with(|tree| tree.depth.to_string())), None),
        row(
            i18n.text(|t| t.parent),
            text(move || {
                let parent = tree.with(|tree| tree.parent.as_ref().map(ToString::to_string));
                parent.unwrap_or_else(|| i18n.get().none.to_owned())
            }),
            None,
        ),
    ];
    // It scrolls where the picture is small, so keys must get at it.
    Ok(el("div")
        .named("stats", "stats")
        .set("role", "group")
        .set("tabindex", "0")
        .bind("aria-label", i18n.text(|t| t.stats))
        .with([el("dl").with(rows)]))
}

fn row(label: Signal<String>, value: Signal<String>, curve: Option<Signal<String>>) -> El {
    let figure = el("dd").with([el("span").text(value)]);
    let curve = curve.map(|curve| {
        svg("svg")
            .set("viewBox", "0 0 60 24")
            .set("preserveAspectRatio", "none")
            .set("aria-hidden", "true")
            .with([svg("path").bind("d", curve)])
    });
    el("div").with([el("dt").text(label), figure.with(curve)])
}
