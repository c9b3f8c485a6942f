//! The statistics panel over the picture.

use core::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::text_prop::TextProp;

use super::media_stats::MediaHistory;
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, t_string, use_i18n};

const PERIOD: Duration = Duration::from_secs(1);

/// Statistics of the incoming stream (on a host's page: outgoing), sampled while it is mounted.
#[component]
pub(crate) fn StatsPanel(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let history = sampled_history(room);
    let tree = room.select(|view| view.tree.clone());
    let number = move |pick: fn(&MediaHistory) -> f64, unit: &'static str| {
        Signal::derive(move || {
            let value = history.with(pick).max(0.0).round() as u64;
            format!("{value}{unit}")
        })
    };
    let curve = move |pick: fn(&MediaHistory) -> String| Signal::derive(move || history.with(pick));
    let resolution = Signal::derive(move || {
        history.with(|h| format!("{} × {}", h.now.width as u32, h.now.height as u32))
    });
    let codec = Signal::derive(move || history.with(|h| h.now.codec.clone()));
    let depth = Signal::derive(move || tree.with(|tree| tree.depth.to_string()));
    let parent = Signal::derive(move || {
        let parent = tree.with(|tree| tree.parent.as_ref().map(ToString::to_string));
        parent.unwrap_or_else(|| t_string!(i18n, none).to_owned())
    });
    // Focusable, because it scrolls if the video is small.
    view! {
        <div
            class="stats"
            data-testid="stats"
            role="group"
            tabindex="0"
            aria-label=t!(i18n, stats)
        >
            <dl>
                <Stat
                    label=t!(i18n, bitrate)
                    value=number(|h| h.now.bitrate, " kbit/s")
                    curve=curve(MediaHistory::bitrate_curve)
                />
                <Stat
                    label=t!(i18n, frame_rate)
                    value=number(|h| h.now.fps, "")
                    curve=curve(MediaHistory::frames_curve)
                />
                <Stat
                    label=t!(i18n, round_trip)
                    value=number(|h| h.now.round_trip, " ms")
                    curve=curve(MediaHistory::round_trip_curve)
                />
                <Stat label=t!(i18n, buffer) value=number(|h| h.now.buffer, " ms")/>
                <Stat label=t!(i18n, resolution) value=resolution/>
                <Stat label=t!(i18n, codec) value=codec/>
                <Stat label=t!(i18n, lost) value=number(|h| h.now.lost, "")/>
                <Stat label=t!(i18n, dropped) value=number(|h| h.now.dropped, "")/>
                <Stat label=t!(i18n, depth) value=depth/>
                <Stat label=t!(i18n, parent) value=parent/>
            </dl>
        </div>
    }
}

/// One line of the panel, with its curve over the last minute if there is one.
#[component]
fn Stat(
    #[prop(into)] label: TextProp,
    #[prop(into)] value: Signal<String>,
    #[prop(optional)] curve: Option<Signal<String>>,
) -> impl IntoView {
    let curve = curve.map(|curve| {
        view! {
            <svg viewBox="0 0 60 24" preserveAspectRatio="none" aria-hidden="true">
                <path d=curve></path>
            </svg>
        }
    });
    view! {
        <div>
            <dt>{move || label.get()}</dt>
            <dd><span>{value}</span>{curve}</dd>
        </div>
    }
}

/// A sample per [`PERIOD`], until the owner is cleaned up.
fn sampled_history(room: RoomHandle) -> RwSignal<MediaHistory> {
    let history = RwSignal::new(MediaHistory::default());
    let sample = move || {
        spawn_local(async move {
            let links = room.media_stats().await;
            history.try_update(|history| history.record(&links));
        });
    };
    sample();
    if let Ok(timer) = set_interval_with_handle(sample, PERIOD) {
        on_cleanup(move || timer.clear());
    }
    history
}
