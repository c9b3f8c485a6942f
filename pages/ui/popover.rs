//! A box that a button opens, in front of the page or from the lower edge of a phone's screen.

use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::ui::icon::Icon;

/// The button and its box, which the browser closes for Esc and for a click elsewhere. What is seen
/// of the box until it is open is a matter of its class; nothing, by itself.
#[component]
pub(crate) fn Popover(
    /// The box's element id, unique in the page; see `Tab::id`.
    #[prop(into)]
    id: String,
    /// The handle of the button, for scripts.
    testid: &'static str,
    /// What is on the button.
    icon: Icon,
    /// What is in the box, in words.
    #[prop(into)]
    label: TextProp,
    /// The class of the box.
    #[prop(optional)]
    class: &'static str,
    /// Whether a press on a button in it closes it.
    #[prop(optional)]
    is_menu: bool,
    children: Children,
) -> impl IntoView {
    let (name, tooltip) = (label.clone(), label.clone());
    let node = NodeRef::<html::Div>::new();
    let close = move |event: leptos::ev::MouseEvent| {
        let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let on_button = pressed.and_then(|element| element.closest("button").ok().flatten());
        if let (true, Some(_), Some(popover)) = (is_menu, on_button, node.get_untracked()) {
            // Fails only where it is no popover, in older browsers, which always show it.
            let _ = popover.hide_popover();
        }
    };
    view! {
        <button
            type="button"
            class="quiet square tool"
            data-testid=testid
            aria-label=name
            title=tooltip
            popovertarget=id.clone()
        >
            <Icon icon />
        </button>
        <div
            node_ref=node
            class=["popover ", class].concat()
            id=id
            popover="auto"
            role="group"
            aria-label=label
            on:click=close
        >
            {children()}
        </div>
    }
}
