//! Small text files over HTTP.

use gloo_net::Error;
use gloo_net::http::Request;
use web_sys::AbortSignal;

/// Time limit for an answer. The server has just delivered the page, so a server that does not
/// answer is slow rather than absent.
const TIMEOUT_MILLIS: u32 = 15_000;
/// How often a server that does not answer is asked: to take it for one that has no such text would
/// lead a page to another signalling server than everybody else's.
const TRIES: u32 = 3;
/// The largest accepted text in bytes.
const MAX_SIZE: usize = 64 * 1024;

/// The text at `url`; `None` unless it arrives with status 200, in time and small enough.
pub async fn fetch_text(url: &str) -> Option<String> {
    for _ in 0..TRIES {
        if let Ok(text) = try_fetch(url).await {
            return text;
        }
    }
    None
}

/// The text at `url`; an error if the server does not answer.
async fn try_fetch(url: &str) -> Result<Option<String>, Error> {
    let signal = AbortSignal::timeout_with_u32(TIMEOUT_MILLIS);
    let response = Request::get(url).abort_signal(Some(&signal)).send().await?;
    if response.status() != 200 {
        return Ok(None);
    }
    let text = response.text().await?;
    Ok((text.len() <= MAX_SIZE).then_some(text))
}
