//! Small text files over HTTP.

use gloo_net::http::Request;
use web_sys::AbortSignal;

/// Time limit for an answer. The server has just delivered the page, so a server that does not
/// answer is slow rather than absent.
const TIMEOUT_MILLIS: u32 = 15_000;
/// The largest accepted text in bytes.
const MAX_SIZE: usize = 64 * 1024;

/// The text at `url`; `None` unless it arrives with status 200, in time and small enough.
pub async fn fetch_text(url: &str) -> Option<String> {
    let signal = AbortSignal::timeout_with_u32(TIMEOUT_MILLIS);
    let response = Request::get(url).abort_signal(Some(&signal)).send().await.ok()?;
    if response.status() != 200 {
        return None;
    }
    let text = response.text().await.ok()?;
    (text.len() <= MAX_SIZE).then_some(text)
}
