//! Menus of cameras, microphones and speakers.

use leptos::prelude::*;
use live_web::capture::{Device, DeviceKind};

use crate::contexts::devices::{Devices, NONE, use_devices};
use crate::i18n::use_i18n;

/// A menu of the devices of a kind. A preferred device that is unplugged stays in it, marked as
/// unplugged.
#[component]
pub(crate) fn DeviceSelect(
    kind: DeviceKind,
    testid: &'static str,
    /// The name of the choice of no device, if it is offered.
    #[prop(optional, into)]
    none: Option<Signal<String>>,
    #[prop(optional)] disabled: bool,
    /// The id of the chosen device, [`NONE`], or empty for the browser's choice.
    #[prop(into)]
    chosen: Signal<String>,
    #[prop(into)] on_choose: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let Devices { there, preferred } = use_devices();
    let options = Memo::new(move |_| {
        let texts = i18n.get();
        let of_kind = |all: &Vec<Device>| -> Vec<Device> {
            all.iter().filter(|one| one.kind == kind && !one.id.is_empty()).cloned().collect()
        };
        let there = there.with(of_kind);
        let unplugged = preferred.with(of_kind).into_iter().filter_map(|gone| {
            let is_there = there.iter().any(|one| one.id == gone.id);
            (!is_there).then(|| (gone.id, format!("{} ({})", gone.label, texts.unplugged)))
        });
        let mut options = vec![(String::new(), texts.default_device.to_owned())];
        options.extend(there.iter().map(|one| (one.id.clone(), one.label.clone())));
        options.extend(unplugged);
        options.extend(none.map(|none| (NONE.to_owned(), none.get())));
        options
    });
    view! {
        <select
            data-testid=testid
            disabled=disabled
            on:change:target=move |event| on_choose.run(event.target().value())
        >
            <For each=move || options.get() key=Clone::clone let((id, name))>
                {
                    let own = id.clone();
                    view! {
                        <option value=id prop:selected=move || chosen.with(|chosen| *chosen == own)>
                            {name}
                        </option>
                    }
                }
            </For>
        </select>
    }
}

/// The menu that changes which device of a kind is preferred.
#[component]
pub(crate) fn PreferredDevice(kind: DeviceKind, testid: &'static str) -> impl IntoView {
    let devices = use_devices();
    view! {
        <DeviceSelect
            kind
            testid
            chosen=Signal::derive(move || devices.preferred(kind))
            on_choose=move |id: String| devices.prefer(kind, &id)
        />
    }
}
