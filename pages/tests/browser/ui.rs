//! Buttons, alerts and forms: the attributes that forms, scripts and assistive technology rely on.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::View;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit, HtmlElement, HtmlInputElement};

use super::stage::{Stage, settled};
use crate::ui::alert::{Alert, AlertTone};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::icon::Icon;
use crate::ui::id_form::{IdEntry, IdForm};

fn attribute(element: &HtmlElement, name: &str) -> Option<String> {
    element.get_attribute(name)
}

#[wasm_bindgen_test]
async fn a_button_submits_unless_it_has_an_action_of_its_own() {
    let stage = Stage::new(View::default(), |_| {
        let (submitted, pressed) = (RwSignal::new(0), RwSignal::new(0));
        view! {
            <form on:submit=move |event| {
                event.prevent_default();
                submitted.update(|count| *count += 1);
            }>
                <Button testid="press" on_press=move || pressed.update(|count| *count += 1)>
                    "Press"
                </Button>
                <Button testid="submit" variant=ButtonVariant::Primary icon=Icon::Send>
                    "Submit"
                </Button>
                <output>{move || format!("{} {}", submitted.get(), pressed.get())}</output>
            </form>
        }
        .into_any()
    })
    .await;
    let (press, submit) = (stage.find("[data-testid=press]"), stage.find("[data-testid=submit]"));
    press.click();
    settled().await;
    assert_eq!(stage.texts("output"), ["0 1"]);
    submit.click();
    settled().await;
    assert_eq!(stage.texts("output"), ["1 1"]);
    let absent = ["class", "hidden", "aria-pressed", "aria-expanded"];
    assert_eq!(absent.map(|name| attribute(&press, name)), [const { None }; 4]);
    assert_eq!(attribute(&submit, "class").as_deref(), Some("primary"));
    assert_eq!(stage.texts("[data-testid=submit] > .icon + span"), ["Submit"]);
}

#[wasm_bindgen_test]
async fn a_button_follows_its_states() {
    let stage = Stage::new(View::default(), |_| {
        let on = RwSignal::new(false);
        let flip = move || on.update(|on| *on = !*on);
        view! {
            <Button testid="toggle" pressed=on expanded=on on_press=flip>"Toggle"</Button>
            <Button testid="other" hidden=on on_press=flip>"Other"</Button>
        }
        .into_any()
    })
    .await;
    for state in ["false", "true", "false"] {
        let toggle = stage.find("[data-testid=toggle]");
        for name in ["aria-pressed", "aria-expanded"] {
            assert_eq!(attribute(&toggle, name).as_deref(), Some(state), "{name}");
        }
        assert_eq!(stage.find("[data-testid=other]").hidden(), state == "true");
        toggle.click();
        settled().await;
    }
}

#[wasm_bindgen_test]
async fn an_alert_is_announced_and_takes_the_attributes_of_its_place() {
    let stage = Stage::new(View::default(), |_| {
        view! {
            <Alert
                testid="test-alert"
                tone=AlertTone::Question
                icon=Icon::People
                text="Now?"
                attr:data-peer="ann"
            >
                <Button on_press=|| ()>"Yes"</Button>
            </Alert>
        }
        .into_any()
    })
    .await;
    let alert = stage.find("[data-testid=test-alert]");
    for (name, value) in [("role", "alert"), ("class", "alert ask"), ("data-peer", "ann")] {
        assert_eq!(attribute(&alert, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(stage.texts("[data-testid=test-alert] > .icon + p"), ["Now?"]);
    assert_eq!(stage.texts("[data-testid=test-alert] > p + button"), ["Yes"]);
}

#[wasm_bindgen_test]
async fn a_form_for_an_id_says_what_is_wrong_until_somebody_types() {
    let stage = Stage::new(View::default(), |_| {
        let entry = IdEntry::new("no id!".to_owned(), |text| PeerId::new(text).ok());
        let given = RwSignal::new(String::new());
        view! {
            <IdForm
                entry
                testid="whose"
                submit_testid="ask"
                note="whose-note"
                label="Whose"
                placeholder=String::new()
                submit="Ask".to_owned()
                wrong="That is no id".to_owned()
                state=|| "Nothing asked"
                on_submit=move |id: PeerId| given.set(id.to_string())
            >
                <output>{given}</output>
            </IdForm>
        }
        .into_any()
    })
    .await;
    let field: HtmlInputElement = stage.find("[data-testid=whose]").unchecked_into();
    let note = || stage.find("#whose-note").inner_text();
    let ask = stage.find("[data-testid=ask]");
    assert_eq!(note(), "Nothing asked");
    ask.click();
    settled().await;
    assert_eq!((note().as_str(), stage.texts("output")[0].as_str()), ("That is no id", ""));
    assert_eq!(attribute(&field, "aria-invalid").as_deref(), Some("true"));
    assert_eq!(attribute(&field, "aria-describedby").as_deref(), Some("whose-note"));
    field.set_value("ann");
    let options = EventInit::new();
    options.set_bubbles(true);
    let typed = Event::new_with_event_init_dict("input", &options).unwrap();
    field.dispatch_event(&typed).unwrap();
    settled().await;
    assert_eq!(note(), "Nothing asked");
    ask.click();
    settled().await;
    assert_eq!(stage.texts("output"), ["ann"]);
}
