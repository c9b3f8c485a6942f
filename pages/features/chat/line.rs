//! One message on the page. Lines have no listeners of their own: the list hears all.

use linkify::{LinkFinder, LinkKind};
use live_web::picture::ObjectUrl;

use super::log::Said;
use crate::dom::{El, el, sign};
use crate::i18n::{Texts, td_string};
use crate::time;
use crate::ui::icon::Icon;

/// A message; a `host` can do something about it.
pub(super) fn message(said: &Said, host: bool, texts: &Texts) -> El {
    let message = &said.message;
    let author = message.author.as_str();
    let name = name(&message.name, author);
    let hue = hue(author).to_string();
    let head = el("span").set("class", "message-head").with([
        avatar(said.avatar.as_deref(), name, author),
        el("b").set("data-hue", &hue).say(name),
    ]);
    if said.own {
        head.add(&el("i").set("class", "faint").say(texts.you));
    }
    head.add(&el("time").set("class", "faint").say(&time::clock(message.at)));
    let line = el("div")
        .named(if said.own { "message own" } else { "message" }, "chat-message")
        .set("data-author", author)
        .set("data-message-id", &[author, ":", &message.number.to_string()].concat())
        .with([head]);
    if host {
        line.add(
            &el("button")
                .named("quiet square tool", "chat-manage")
                .set("type", "button")
                .set("aria-label", &td_string!(texts, manage, name = name))
                .with([sign(Icon::More)]),
        );
    }
    if !message.text.is_empty() {
        let text = el("span").set("class", "message-text");
        link(&message.text, &text);
        line.add(&text);
    }
    if message.image.is_some() {
        let label = td_string!(texts, image_of, name = name);
        line.add(&match &said.image {
            Some(address) => el("button")
                .named("message-image", "chat-image")
                .set("type", "button")
                .with([el("img").set("src", address.as_str()).set("alt", &label)]),
            None => el("span").set("class", "message-text faint").say(texts.image_gone),
        });
    }
    line
}

/// What stands for a person: the own picture, or the first letter of the name.
pub(crate) fn avatar(address: Option<&ObjectUrl>, name: &str, id: &str) -> El {
    if let Some(address) = address {
        return el("img").set("class", "avatar").set("src", address.as_str()).set("alt", "");
    }
    let initial: String = name.chars().take(1).collect();
    el("span")
        .set("class", "avatar")
        .set("aria-hidden", "true")
        .set("data-hue", &hue(id).to_string())
        .set("data-initial", &initial)
}

/// The name, or the beginning of the id of somebody who has none.
pub(crate) fn name<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id.get(..8).unwrap_or(id) } else { name }
}

/// One of twelve colours, the same for an author everywhere (FNV-1a).
fn hue(author: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    author.bytes().fold(0x811c_9dc5, mix) % 12
}

/// Puts plain text, whose web addresses are links, into `place`.
fn link(text: &str, place: &El) {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    for span in finder.spans(text) {
        let text = span.as_str();
        if is_web(text) {
            let link = el("a").set("href", text).set("target", "_blank");
            place.add(&link.set("rel", "noopener noreferrer").say(text));
        } else {
            place.write(text);
        }
    }
}

fn is_web(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let scheme = scheme.unwrap_or_default();
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        for yes in ["https://example.org/a?b=c", "HTTP://example.org"] {
            assert!(is_web(yes), "{yes}");
        }
        for no in ["javascript://%0aalert(1)", "file:///etc/passwd", "see https://x.org", "x"] {
            assert!(!is_web(no), "{no}");
        }
    }

    #[test]
    fn an_author_keeps_the_colour() {
        assert_eq!(hue("alice"), hue("alice"));
        assert!((0..100).map(|n| hue(&n.to_string())).all(|hue| hue < 12));
    }
}
