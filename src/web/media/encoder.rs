//! Limits of the encoder behind an `RTCRtpSender`.

use live_core::quality::Quality;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcRtpEncodingParameters, RtcRtpSender};

use crate::platform::js;

/// Makes `sender` send video of at most this quality.
///
/// Track constraints are no alternative: cameras answer them with another aspect ratio, and tracks
/// from a server or a file have none.
pub(crate) async fn limit(sender: &RtcRtpSender, quality: Quality) {
    let parameters = sender.get_parameters();
    let Some(encodings) = parameters.get_encodings().filter(|list| list.length() > 0) else {
        return;
    };
    let settings = sender.track().map(|track| track.get_settings());
    let size = settings.map(|settings| (settings.get_width(), settings.get_height()));
    let (width, height) = size.unwrap_or_default();
    let shorter = height.unwrap_or(0).min(width.unwrap_or(i32::MAX));

    let encoding: RtcRtpEncodingParameters = encodings.get(0).unchecked_into();
    encoding.set_max_bitrate(quality.bitrate * 1_000);
    js::set_max_framerate(&encoding, quality.rate);
    encoding.set_scale_resolution_down_by(scale(shorter, quality.height));
    parameters.set_encodings(&encodings);
    let set = JsFuture::from(sender.set_parameters_with_parameters(&parameters)).await;
    if let Err(error) = set {
        tracing::debug!("quality not limited: {}", js::message(&error));
    }
}

/// The factor that brings the shorter side down to `limit`, rounded down: browsers truncate the
/// result, so a factor that is a little too large would cost a row of pixels.
fn scale(shorter: i32, limit: u32) -> f32 {
    let exact = f64::from(shorter) / f64::from(limit);
    let rounded = exact as f32;
    let factor = if f64::from(rounded) > exact { rounded.next_down() } else { rounded };
    factor.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn the_shorter_side_is_never_below_the_limit() {
        for (shorter, limit) in [(1440, 1080), (1080, 720), (1080, 480), (2160, 720), (721, 720)] {
            let scaled = f64::from(shorter) / f64::from(scale(shorter, limit));
            assert_eq!(scaled as u32, limit, "{shorter}");
        }
        assert_eq!(scale(0, 720), 1.0);
        assert_eq!(scale(360, 720), 1.0);
        assert_eq!(scale(720, 2160), 1.0);
    }
}
