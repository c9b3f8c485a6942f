//! The moving test pattern: colour bars, a ball, the time of day, and the time as a [`code`] of
//! black and white blocks that survives compression, with a 440 Hz tone.
//!
//! Every picture is a function of its time alone ([`draw`]), so a receiver
//! that reads the code knows how old the picture is and what it should look like.

pub mod code;
mod ticker;

use core::f64::consts::TAU;
use std::cell::Cell;

use js_sys::Math;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AudioContext, CanvasRenderingContext2d, ContextAttributes2d, HtmlCanvasElement, MediaStream,
    MediaStreamTrack, WritableStreamDefaultWriter,
};

use self::ticker::Ticker;
use crate::media::{self, Error};
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
/// Duration of the ball's round in milliseconds.
const ROUND: u64 = 4_000;

/// Keeps the picture moving; dropping it stops it.
pub(super) struct Generator {
    _ticker: Ticker,
    tone: Option<AudioContext>,
}

/// Starts the picture, and the tone where the browser lets a page make one.
pub(super) fn start() -> Result<(MediaStream, Generator), Error> {
    let failed = |error| Error::from_js(&error);
    let canvas = canvas().ok_or(Error::Unsupported)?;
    let context = context(&canvas).ok_or(Error::Unsupported)?;
    let stream = MediaStream::new().map_err(failed)?;
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
            // Fails only for a context that is already closed.
            let _ = tone.close();
        }
    }
}

/// Turns pictures into a track.
struct Sink {
    track: MediaStreamTrack,
    /// The input of a `MediaStreamTrackGenerator`; `None` if the canvas itself is captured.
    writer: Option<FrameWriter>,
}

struct FrameWriter {
    writer: WritableStreamDefaultWriter,
    start: Cell<Option<f64>>,
}

impl Sink {
    /// Chromium does not capture the canvas of a hidden page, but its `MediaStreamTrackGenerator`
    /// still accepts frames. Firefox captures the canvas of a hidden page once per second.
    fn new(canvas: &HtmlCanvasElement) -> Result<Self, Error> {
        if let Some(sink) = Self::generated() {
            return Ok(sink);
        }
        if !js::has_method("HTMLCanvasElement", "captureStream") {
            return Err(Error::Unsupported);
        }
        let stream = canvas.capture_stream_with_frame_request_rate(f64::from(FPS));
        let stream = stream.map_err(|error| Error::from_js(&error))?;
        let track = media::tracks(&stream).next();
        Ok(Self { track: track.ok_or(Error::Unsupported)?, writer: None })
    }

    fn generated() -> Option<Self> {
        let (track, writable) = js::track_generator()?;
        let writer = writable.get_writer().ok()?;
        Some(Self { track, writer: Some(FrameWriter { writer, start: Cell::new(None) }) })
    }

    fn show(&self, canvas: &HtmlCanvasElement, time: f64) {
        let Some(FrameWriter { writer, start }) = &self.writer else {
            return;
        };
        // The encoder is behind, or the track was stopped.
        if !matches!(writer.desired_size(), Ok(Some(room)) if room > 0.0) {
            return;
        }
        let first = start.get().unwrap_or(time);
        start.set(Some(first));
        let Some(frame) = js::video_frame(canvas, ((time - first) * 1_000.0).round()) else {
            return;
        };
        let written = JsFuture::from(writer.write_with_chunk(&frame));
        wasm_bindgen_futures::spawn_local(async move {
            // Rejected by a track that was stopped.
            let _ = written.await;
        });
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
    // Each picture is read back at once, which is faster from memory than from the GPU.
    let options = ContextAttributes2d::new();
    options.set_alpha(false);
    options.set_will_read_frequently(true);
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
        // Before any click on the page, the context is suspended and the tone silent.
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
    use crate::testing::test;

    #[test]
    fn the_clock_is_utc() {
        assert_eq!(time_of_day(1_700_000_000_123), "22:13:20.123");
    }
}
