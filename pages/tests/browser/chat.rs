//! The chat log: its windowing, its scroll position, and updates of its lines.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::identity::{Keypair, SEED};
use live_core::picture::Picture;
use live_core::view::View;
use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::{Stage, attached, message, settled};
use crate::features::chat::Chat;
use crate::i18n::Language;

/// The messages that a node keeps.
const HISTORY: usize = 200;

async fn chat(view: View) -> Stage {
    let stage = Stage::new(view, |room| view! { <Chat room selected=None/> }.into_any()).await;
    let style = "height: 300px; overflow-y: auto; overflow-anchor: none";
    stage.find(".chat-list").set_attribute("style", style).unwrap();
    stage
}

/// Adds messages of Ann in several updates.
async fn say(stage: &Stage, numbers: core::ops::Range<u64>) {
    let numbers: Vec<_> = numbers.collect();
    for chunk in numbers.chunks(HISTORY / 2) {
        stage
            .update(|view| {
                let new = chunk.iter().map(|n| message("ann", *n, &format!("message {n}")));
                let surplus = (view.chat.len() + chunk.len()).saturating_sub(HISTORY);
                view.chat = view.chat.iter().cloned().chain(new).skip(surplus).collect();
            })
            .await;
    }
}

fn left(stage: &Stage) -> i32 {
    let list = stage.find(".chat-list");
    list.scroll_height() - list.scroll_top() - list.client_height()
}

#[wasm_bindgen_test]
async fn a_long_chat_is_no_larger_on_the_page_than_a_short_one() {
    let stage = chat(attached()).await;
    say(&stage, 1..400).await;
    let nodes = stage.count(".chat-list *");
    say(&stage, 400..2_000).await;
    assert_eq!(stage.count(".chat-list *"), nodes, "elements in the list");
    assert_eq!(stage.count(".chat-lines > *"), 150);
    assert!(left(&stage) < 2, "it follows its end");
    assert!(stage.texts(".message").last().unwrap().contains("message 1999"));
}

#[wasm_bindgen_test]
async fn a_reader_who_scrolls_back_stays_there() {
    let stage = chat(attached()).await;
    say(&stage, 1..1_000).await;
    let list = stage.find(".chat-list");
    list.set_scroll_top(list.scroll_top() - 2_000);
    settled().await;
    let place = list.scroll_top();
    say(&stage, 1_000..1_050).await;
    assert_eq!(list.scroll_top(), place);
    assert!(!stage.find("[data-testid=chat-latest]").hidden());
    for _ in 0..30 {
        list.set_scroll_top(0);
        settled().await;
        assert!(stage.count(".chat-lines > *") <= 300);
    }
    assert!(stage.texts(".message").first().unwrap().contains("message 1"));
    stage.find("[data-testid=chat-latest]").click();
    settled().await;
    assert!(left(&stage) < 2);
    assert!(stage.texts(".message").last().unwrap().contains("message 1049"));
    assert_eq!(stage.count("[data-testid=chat-new]"), 1);
}

#[wasm_bindgen_test]
async fn lines_follow_the_language() {
    let stage = chat(attached()).await;
    stage.update(|view| view.chat = Arc::new([message("me", 1, "hello")])).await;
    assert_eq!(stage.texts(".message i"), ["you"]);
    stage.choose(Language::De, include_str!("../../locales/de.json")).await;
    assert_eq!(stage.texts(".message i"), ["du"]);
}

#[wasm_bindgen_test]
async fn all_lines_of_an_author_follow_a_new_picture() {
    let stage = chat(attached()).await;
    let gif = |byte: u8| {
        Arc::new(Picture::new([b"GIF89a\x01\0\x01\0\0\0\0;".as_slice(), &[byte]].concat()).unwrap())
    };
    for (number, picture) in [(1, gif(1)), (2, gif(2))] {
        let said = Arc::unwrap_or_clone(message("ann", number, "look"));
        let said = Arc::new(live_core::view::ChatMessage { avatar: Some(picture.id()), ..said });
        stage
            .update(|view| {
                view.pictures = view.pictures.iter().cloned().chain([picture]).collect();
                view.chat = view.chat.iter().cloned().chain([said]).collect();
            })
            .await;
    }
    let all = stage.count(".message img.avatar");
    let shown = stage.find(".message:last-child img.avatar").get_attribute("src").unwrap();
    assert_eq!((all, stage.count(&format!("img.avatar[src='{shown}']"))), (2, 2));
}

#[wasm_bindgen_test]
async fn what_nobody_can_have_signed_is_marked() {
    let stage = chat(attached()).await;
    let signed = Keypair::from_seed(&[1; SEED]).id().to_string();
    stage
        .update(|view| view.chat = [message("ann", 1, "old"), message(&signed, 1, "new")].into())
        .await;
    assert_eq!(stage.texts(".message .unproven"), ["unproven"]);
    assert_eq!(stage.count("[data-author=ann] .unproven"), 1);
    let meaning = stage.find(".unproven").get_attribute("title").unwrap_or_default();
    assert!(meaning.contains("names no key"), "{meaning}");
}
