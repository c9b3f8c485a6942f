//! The only change that is made to session descriptions.

/// Codec entries that carry no video of their own.
const HELPERS: [&str; 4] = ["rtx", "red", "ulpfec", "flexfec-03"];

/// Adds `x-google-start-bitrate=<kbps>` to every video codec of `sdp`, the *remote* description
/// of a connection that sends video.
///
/// Chromium starts its bandwidth estimate at 300 kbit/s and needs seconds to raise it, with a
/// blurred picture; with this it starts at `kbps`. Other browsers ignore the parameter.
pub(crate) fn start_bitrate(sdp: &str, kbps: u32) -> String {
    let codecs = video_codecs(sdp);
    let mut done = Vec::new();
    let mut out = String::with_capacity(sdp.len() + 64 * codecs.len());
    let mut video = false;
    for line in sdp.lines() {
        if line.starts_with("m=") {
            video = line.starts_with("m=video");
        }
        out.push_str(line);
        if let Some((payload, parameters)) = video.then(|| attribute(line, "a=fmtp:")).flatten() {
            let new = !parameters.contains("x-google-start-bitrate") && !done.contains(&payload);
            done.push(payload);
            if codecs.contains(&payload) && new {
                out.push_str(&format!(";x-google-start-bitrate={kbps}"));
            }
        }
        out.push_str("\r\n");
        // A codec without parameters gets its line right after its name.
        let Some((payload, _)) = video.then(|| attribute(line, "a=rtpmap:")).flatten() else {
            continue;
        };
        let prefix = format!("a=fmtp:{payload} ");
        if codecs.contains(&payload) && !sdp.lines().any(|line| line.starts_with(&prefix)) {
            out.push_str(&format!("{prefix}x-google-start-bitrate={kbps}\r\n"));
        }
    }
    out
}

/// The payload types of the video sections that name a real codec.
fn video_codecs(sdp: &str) -> Vec<&str> {
    let mut video = false;
    let mut codecs = Vec::new();
    for line in sdp.lines() {
        if line.starts_with("m=") {
            video = line.starts_with("m=video");
        }
        let Some((payload, codec)) = video.then(|| attribute(line, "a=rtpmap:")).flatten() else {
            continue;
        };
        let name = codec.split('/').next().unwrap_or(codec);
        if !HELPERS.contains(&name) {
            codecs.push(payload);
        }
    }
    codecs
}

/// `a=rtpmap:96 VP8/90000` → `("96", "VP8/90000")`.
fn attribute<'a>(line: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    line.strip_prefix(name)?.split_once(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    // By its own name, since the fuzz targets take this file, too.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const SDP: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n\
        a=fmtp:111 minptime=10\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97 102\r\n\
        a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
        a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1\r\n";

    #[test]
    fn every_video_codec_starts_higher_and_nothing_else_changes() {
        let expected = SDP
            .replace(
                "a=rtpmap:96 VP8/90000\r\n",
                "a=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate=900\r\n",
            )
            .replace("packetization-mode=1", "packetization-mode=1;x-google-start-bitrate=900");
        assert_eq!(start_bitrate(SDP, 900), expected);
    }

    #[test]
    fn a_second_pass_changes_nothing() {
        let once = start_bitrate(SDP, 900);
        assert_eq!(start_bitrate(&once, 900), once);
    }

    #[test]
    fn text_that_is_no_sdp_passes() {
        for text in ["", "m=video", "m=video\r\na=rtpmap:\r\na=fmtp:96\r\n", "中文\u{0}"] {
            start_bitrate(text, 1);
        }
    }
}
