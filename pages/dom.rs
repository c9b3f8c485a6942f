//! Elements of one type. What the view macro makes is compiled anew for every element with its
//! attributes and children, which is some kilobytes each; these are made by calls, of which each is
//! some bytes as long as they stay calls.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, Node};

use crate::ui::icon::Icon;

/// An element, which can stand in a view.
#[derive(Clone)]
pub(crate) struct El(SendWrapper<Element>);

/// An element of HTML.
#[inline(never)]
pub(crate) fn el(tag: &str) -> El {
    made(document().create_element(tag))
}

/// An element of SVG.
#[inline(never)]
pub(crate) fn svg(tag: &str) -> El {
    made(document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag))
}

/// An icon for the eyes only; the text beside it says the same.
#[inline(never)]
pub(crate) fn sign(icon: Icon) -> El {
    svg("svg")
        .set("class", "icon")
        .set("viewBox", "0 0 24 24")
        .set("aria-hidden", "true")
        .with([svg("path").set("d", icon.path())])
}

/// Keeps the children of `list` at what `make` makes of `keys`, in their order. A child stays as
/// long as its key does.
pub(crate) fn keep<K>(list: El, keys: Memo<Vec<K>>, make: impl Fn(&K) -> El + 'static)
where
    K: Clone + Ord + Send + Sync + 'static,
{
    keep_boxed(list, keys, Box::new(make));
}

#[inline(never)]
fn keep_boxed<K>(list: El, keys: Memo<Vec<K>>, make: Box<dyn Fn(&K) -> El>)
where
    K: Clone + Ord + Send + Sync + 'static,
{
    let around = Owner::current().unwrap_or_default();
    let kept = RefCell::new(BTreeMap::<K, (El, Owner)>::new());
    follow(move || {
        let keys = keys.get();
        let mut kept = kept.borrow_mut();
        kept.retain(|key, (child, owner)| {
            let stays = keys.contains(key);
            if !stays {
                child.remove();
                owner.cleanup();
            }
            stays
        });
        // Whoever is in place already is not touched: moving would take the focus away.
        let mut place = list.0.first_element_child();
        for key in &keys {
            let (child, _) = kept.entry(key.clone()).or_insert_with(|| {
                // What the child follows ends with the child, not with this run.
                let owner = around.with(Owner::new);
                (owner.with(|| untrack(|| make(key))), owner)
            });
            if place.as_ref() == Some(&*child.0) {
                place = child.0.next_element_sibling();
            } else {
                let _ = list.0.insert_before(&child.0, place.as_deref());
            }
        }
    });
}

/// Runs now and whenever what it reads changes, until the owner around goes.
pub(crate) fn follow(run: impl Fn() + 'static) {
    follow_boxed(Box::new(run));
}

#[inline(never)]
fn follow_boxed(run: Box<dyn Fn()>) {
    Effect::new(run);
}

/// A box that is checked as long as `on`, and says when the user wants it otherwise.
pub(crate) fn check(handle: &str, on: Signal<bool>, change: impl Fn(bool) + 'static) -> El {
    let check = el("input").set("type", "checkbox").set("data-testid", handle);
    let element = check.0.clone();
    follow(move || put(&element, "checked", &on.get().into()));
    check.on("change", move |event| {
        change(event.target().is_some_and(|field| self::field(&field, "checked").is_truthy()));
    })
}

/// A menu of values and their names; says when the user chooses one.
pub(crate) fn menu(
    handle: &str,
    options: impl IntoIterator<Item = (String, Signal<String>)>,
    chosen: Signal<String>,
    choose: impl Fn(String) + 'static,
) -> El {
    let options =
        options.into_iter().map(|(value, name)| el("option").set("value", &value).text(name));
    el("select")
        .set("data-testid", handle)
        .with(options)
        .value(chosen)
        .on("change", move |event| choose(event_value(&event)))
}

/// A field with its label above it.
#[inline(never)]
pub(crate) fn labelled(label: Signal<String>, field: El) -> El {
    el("label").set("class", "field").with([el("span").text(label), field])
}

/// What is in the field that an event is about.
pub(crate) fn event_value(event: &Event) -> String {
    event.target().and_then(|target| field(&target, "value").as_string()).unwrap_or_default()
}

fn field(object: &JsValue, name: &str) -> JsValue {
    // Fails for what is no object only.
    Reflect::get(object, &name.into()).unwrap_or_default()
}

fn put(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

fn made(element: Result<Element, JsValue>) -> El {
    // Fails for names that are no names only; then there is an empty nothing.
    let element =
        element.unwrap_or_else(|_| document().create_document_fragment().unchecked_into());
    El(SendWrapper::new(element))
}

impl El {
    /// A view as an element, for parents that are still made of elements: its only element, or a
    /// box without layout of its own. The view lives as long as the owner around.
    pub(crate) fn from_view<V: IntoView + 'static>(view: V) -> Self {
        let place = el("div");
        // By script, which a strict Content-Security-Policy allows. Fails for unknown names only.
        let _ = place.node::<HtmlElement>().style().set_property("display", "contents");
        let mut state = view.into_view().build();
        state.mount(&place.0, None);
        let state = SendWrapper::new(state);
        on_cleanup(move || drop(state));
        match (place.0.child_nodes().length(), place.0.first_element_child()) {
            (1, Some(only)) => Self(SendWrapper::new(only)),
            _ => place,
        }
    }

    /// The element itself, as the kind that it was made as.
    pub(crate) fn node<T: JsCast>(&self) -> T {
        (*self.0).clone().unchecked_into()
    }

    /// Sets an attribute once.
    #[inline(never)]
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        // Fails for names that are no names only.
        let _ = self.0.set_attribute(name, value);
        self
    }

    /// Sets the class and the handle for scripts.
    #[inline(never)]
    pub(crate) fn named(self, class: &str, handle: &str) -> Self {
        self.set("class", class).set("data-testid", handle)
    }

    /// Keeps an attribute at `value`.
    #[inline(never)]
    pub(crate) fn bind(self, name: &'static str, value: Signal<String>) -> Self {
        let element = self.0.clone();
        follow(move || _ = element.set_attribute(name, &value.get()));
        self
    }

    /// Keeps an attribute there as long as `on`.
    #[inline(never)]
    pub(crate) fn flag(self, name: &'static str, on: Signal<bool>) -> Self {
        let element = self.0.clone();
        follow(move || _ = element.toggle_attribute_with_force(name, on.get()));
        self
    }

    /// Keeps the text at `value`, in place of all children.
    #[inline(never)]
    pub(crate) fn text(self, value: Signal<String>) -> Self {
        let element = self.0.clone();
        follow(move || element.set_text_content(Some(&value.get())));
        self
    }

    /// Sets the text once.
    #[inline(never)]
    pub(crate) fn say(self, text: &str) -> Self {
        self.0.set_text_content(Some(text));
        self
    }

    /// Adds children.
    pub(crate) fn with(self, children: impl IntoIterator<Item = Self>) -> Self {
        self.add_all(&mut children.into_iter());
        self
    }

    /// Keeps the children at what `make` makes.
    pub(crate) fn children(self, make: impl Fn() -> Vec<Self> + 'static) -> Self {
        self.remake(Box::new(make))
    }

    fn remake(self, make: Box<dyn Fn() -> Vec<Self>>) -> Self {
        let element = self.clone();
        follow(move || {
            element.0.set_text_content(None);
            for child in make() {
                element.add(&child);
            }
        });
        self
    }

    /// Keeps the value of a field or a menu at `value`.
    #[inline(never)]
    pub(crate) fn value(self, value: Signal<String>) -> Self {
        let element = self.0.clone();
        follow(move || put(&element, "value", &value.get().into()));
        self
    }

    /// What is in the field or the menu.
    pub(crate) fn typed(&self) -> String {
        field(&self.0, "value").as_string().unwrap_or_default()
    }

    /// Calls `handle` for each event of that kind, until the owner around goes.
    pub(crate) fn on(self, kind: &'static str, handle: impl Fn(Event) + 'static) -> Self {
        self.listen(kind, Box::new(handle));
        self
    }

    #[inline(never)]
    fn listen(&self, kind: &'static str, handle: Box<dyn Fn(Event)>) {
        let closure = Closure::wrap(handle);
        let function = closure.as_ref().unchecked_ref();
        // Neither fails for functions.
        let _ = self.0.add_event_listener_with_callback(kind, function);
        let kept = SendWrapper::new((self.0.clone(), closure));
        on_cleanup(move || {
            let (element, closure) = &*kept;
            let _ =
                element.remove_event_listener_with_callback(kind, closure.as_ref().unchecked_ref());
        });
    }

    #[inline(never)]
    fn add_all(&self, children: &mut dyn Iterator<Item = Self>) {
        for child in children {
            self.add(&child);
        }
    }

    /// Adds a child.
    pub(crate) fn add(&self, child: &Self) {
        // Fails for an ancestor only.
        let _ = self.0.append_child(&child.0);
    }

    /// Empties a field.
    pub(crate) fn clear(&self) {
        put(&self.0, "value", &"".into());
    }

    /// Takes it out of the page.
    pub(crate) fn remove(&self) {
        self.0.remove();
    }
}

impl Render for El {
    type State = Mounted;

    fn build(self) -> Mounted {
        Mounted(self.0.take())
    }

    fn rebuild(self, state: &mut Mounted) {
        let new = self.build();
        let _ = state.0.replace_with_with_node_1(&new.0);
        *state = new;
    }
}

no_attrs!(El);

/// Nothing is rendered anywhere but in a browser.
impl RenderHtml for El {
    type AsyncOutput = Self;
    type Owned = Self;
    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        _: &mut String,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Mounted {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// An element in the page.
pub(crate) struct Mounted(Element);

impl Mountable for Mounted {
    fn unmount(&mut self) {
        self.0.remove();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        // Fails where the marker has left the parent only.
        let _ = parent.insert_before(&self.0, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let Some(parent) = self.0.parent_element() else {
            return false;
        };
        child.mount(&parent, Some(&self.0));
        true
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.0.clone()]
    }
}
