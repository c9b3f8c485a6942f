//! The moving test picture: colour bars, a ball, the time of day, and the time as a [`code`] of
//! black and white blocks that survives compression, with a 440 Hz tone.
//!
//! Every picture is a function of its time alone ([`draw`]), so whoever reads the code from a
//! received picture knows how old it is and what it should look like.

pub mod code;
mod ticker;

use core::f64::consts::TAU;
use std::cell::Cell;

use js_sys::{Array, Function, Math, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AudioContext, CanvasRenderingContext2d, HtmlCanvasElement, MediaStream, MediaStreamTrack,
};

use self::ticker::Ticker;
use super::Error;
use crate::media;
use crate::platform::{clock, js};

/// Width of the picture in pixels.
pub const WIDTH: u32 = 640;
/// Height of the picture in pixels.
pub const HEIGHT: u32 = 360;
/// Pictures per second.
pub const FPS: u32 = 30;

/// The colours of the bars.
const BARS: [&str; 7] =
    ["#bfbfbf", "#bfbf00", "#00bfbf", "#00bf00", "#bf00bf", "#bf0000", "#0000bf"];
/// The ball's way around takes so many milliseconds.
const ROUND: u64 = 4_000;

/// Keeps the picture moving; dropping it stops it.
pub(super) struct Generator {
    _ticker: Ticker,
    tone: Option<AudioContext>,
}

/// Starts the picture, and the tone where the browser lets a page make one.
pub(super) fn start() -> Result<(MediaStream, Generator), Error> {
    let other = |error| Error::from_js(&error);
    let canvas = canvas().ok_or(Error::Unsupported)?;
    let context = context(&canvas).ok_or(Error::Unsupported)?;
    let stream = MediaStream::new().map_err(other)?;
    let sink = Sink::new(&canvas)?;
    stream.add_track(&sink.track);
    let tone = tone(&stream).ok();

    let show = move || {
        let time = clock::unix_millis();
        draw(&context, time as u64);
        sink.show(&canvas, time);
    };
    show();
    let generator = Generator { _ticker: Ticker::start(1_000 / FPS, show), tone };
    Ok((stream, generator))
}

/// Draws the picture of that moment in Unix milliseconds on a canvas of [`WIDTH`] × [`HEIGHT`].
pub fn draw(context: &CanvasRenderingContext2d, millis: u64) {
    let (width, height) = (f64::from(WIDTH), f64::from(HEIGHT));
    let bar = width / BARS.len() as f64;
    for (i, colour) in BARS.iter().enumerate() {
        context.set_fill_style_str(colour);
        context.fill_rect(i as f64 * bar, 0.0, bar + 1.0, height);
    }

    let angle = (millis % ROUND) as f64 / ROUND as f64 * TAU;
    context.set_fill_style_str("#ffffff");
    context.begin_path();
    let (x, y) = (width / 2.0 + 250.0 * Math::cos(angle), 170.0 + 80.0 * Math::sin(2.0 * angle));
    // Fails only for a negative radius.
    let _ = context.arc(x, y, 28.0, 0.0, TAU);
    context.fill();

    context.set_fill_style_str("#000000");
    context.fill_rect(160.0, 296.0, 320.0, 56.0);
    context.set_fill_style_str("#ffffff");
    context.set_font("bold 40px monospace");
    context.set_text_align("center");
    context.set_text_baseline("middle");
    let _ = context.fill_text(&time_of_day(millis), width / 2.0, 324.0);

    context.set_fill_style_str("#000000");
    context.fill_rect(0.0, 0.0, width, code::STRIP);
    context.set_fill_style_str("#ffffff");
    for (i, white) in code::cells(millis).into_iter().enumerate() {
        if white {
            let x = code::LEFT + i as f64 * code::CELL_WIDTH;
            context.fill_rect(x, code::TOP, code::CELL_WIDTH, code::CELL_HEIGHT);
        }
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        if let Some(tone) = &self.tone {
            // Closed already is closed as well.
            let _ = tone.close();
        }
    }
}

/// Where pictures go to become a track.
struct Sink {
    track: MediaStreamTrack,
    /// The writer of a `MediaStreamTrackGenerator`; without one the canvas is captured.
    writer: Option<Writer>,
}

struct Writer {
    writer: JsValue,
    write: Function,
    frame: Function,
    first: Cell<Option<f64>>,
}

impl Sink {
    /// Chromium stops capturing a canvas while the page is hidden, but goes on taking frames from
    /// a `MediaStreamTrackGenerator`, which only Chromium has. Firefox captures the canvas of a
    /// hidden page once per second.
    fn new(canvas: &HtmlCanvasElement) -> Result<Self, Error> {
        if let Some(sink) = Self::generated() {
            return Ok(sink);
        }
        let capture = js::method(canvas, "captureStream").ok_or(Error::Unsupported)?;
        let stream = capture.call1(canvas, &FPS.into()).map_err(|error| Error::from_js(&error))?;
        let track = media::tracks(&stream.unchecked_into()).next();
        Ok(Self { track: track.ok_or(Error::Unsupported)?, writer: None })
    }

    fn generated() -> Option<Self> {
        let global = js_sys::global();
        let constructor = js::method(&global, "MediaStreamTrackGenerator")?;
        let frame = js::method(&global, "VideoFrame")?;
        let kind = js::object([("kind", "video".into())]);
        let track = Reflect::construct(&constructor, &Array::of1(&kind)).ok()?;
        let writable = js::field(&track, "writable")?;
        let writer = js::method(&writable, "getWriter")?.call0(&writable).ok()?;
        Some(Self {
            track: track.unchecked_into(),
            writer: Some(Writer {
                write: js::method(&writer, "write")?,
                writer,
                frame,
                first: Cell::new(None),
            }),
        })
    }

    fn show(&self, canvas: &HtmlCanvasElement, time: f64) {
        let Some(writer) = &self.writer else {
            return;
        };
        if js::number(&writer.writer, "desiredSize").is_none_or(|room| room <= 0.0) {
            return;
        }
        let first = writer.first.get().unwrap_or(time);
        writer.first.set(Some(first));
        let timestamp = ((time - first) * 1000.0).round();
        let init = js::object([("timestamp", timestamp.into())]);
        let Ok(frame) = Reflect::construct(&writer.frame, &Array::of2(canvas, &init)) else {
            return;
        };
        if let Ok(written) = writer.write.call1(&writer.writer, &frame) {
            let written = JsFuture::from(written.unchecked_into::<js_sys::Promise>());
            wasm_bindgen_futures::spawn_local(async move {
                // A track that was stopped refuses; then nobody wants the picture.
                let _ = written.await;
            });
        }
    }
}

fn canvas() -> Option<HtmlCanvasElement> {
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(WIDTH);
    canvas.set_height(HEIGHT);
    Some(canvas)
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    // Each picture is read back at once, so it is drawn where it is read.
    let options = js::object([("alpha", JsValue::FALSE), ("willReadFrequently", JsValue::TRUE)]);
    let context = canvas.get_context_with_context_options("2d", &options);
    context.ok()??.dyn_into().ok()
}

/// Adds the tone's track to `stream`.
fn tone(stream: &MediaStream) -> Result<AudioContext, JsValue> {
    let context = AudioContext::new()?;
    let build = || {
        let destination = context.create_media_stream_destination()?;
        let volume = context.create_gain()?;
        volume.gain().set_value(0.1);
        volume.connect_with_audio_node(&destination)?;
        let oscillator = context.create_oscillator()?;
        oscillator.frequency().set_value(440.0);
        oscillator.connect_with_audio_node(&volume)?;
        oscillator.start()?;
        for track in media::tracks(&destination.stream()) {
            stream.add_track(&track);
        }
        // Without a click before, the context sleeps and the tone is silence.
        context.resume().map(|_| ())
    };
    if let Err(error) = build() {
        let _ = context.close();
        return Err(error);
    }
    Ok(context)
}

/// `HH:MM:SS.mmm`, UTC.
fn time_of_day(millis: u64) -> String {
    let seconds = millis / 1_000;
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
        millis % 1_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_utc() {
        assert_eq!(time_of_day(1_700_000_000_123), "22:13:20.123");
    }
}
