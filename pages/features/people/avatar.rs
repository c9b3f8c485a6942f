//! A person's name, colour and picture.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_web::picture::ObjectUrl;

/// The person's picture, or the first letter of the name if there is none.
#[component]
pub(crate) fn Avatar(
    id: PeerId,
    #[prop(into)] name: Signal<String>,
    #[prop(into)] picture: Signal<Option<Arc<ObjectUrl>>>,
) -> impl IntoView {
    let hue = hue(id.as_str()).to_string();
    move || match picture.get() {
        Some(picture) => {
            let source = picture.as_str().to_owned();
            view! { <img class="avatar" src=source alt=""/> }.into_any()
        }
        None => {
            let initial = move || name.with(|name| name.chars().take(1).collect::<String>());
            view! {
                <span
                    class="avatar"
                    aria-hidden="true"
                    data-hue=hue.clone()
                    data-initial=initial
                ></span>
            }
            .into_any()
        }
    }
}

/// The name, or the beginning of the id of a person without one.
pub(crate) fn display_name<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id.get(..8).unwrap_or(id) } else { name }
}

/// A person's colour: one of twelve, from the FNV-1a hash of the id.
pub(crate) fn hue(id: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    id.bytes().fold(0x811c_9dc5, mix) % 12
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn an_author_keeps_the_colour() {
        assert_eq!(hue("alice"), hue("alice"));
        assert!((0..100).map(|n| hue(&n.to_string())).all(|hue| hue < 12));
    }
}
