//! The settings: appearance, user, devices and servers.

pub(crate) mod choices;
mod server_form;

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::text_prop::TextProp;
use live_core::picture::Picture;
use live_web::capture::DeviceKind;
use live_web::{display, picture, storage};

use crate::contexts::devices::use_devices;
use crate::contexts::preferences::{self, use_preferences};
use crate::contexts::toasts::use_toasts;
use crate::features::people::name::NameInput;
use crate::features::settings::choices::{LanguageSelect, LimitSelect, ThemeSelect};
use crate::features::settings::server_form::ServerForm;
use crate::features::source::devices::PreferredDevice;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::dialog::Dialog;
use crate::ui::field::{Checkbox, Field};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;
use crate::ui::picture_input::{PictureInput, object_url};

/// The dialog. Its contents are created each time it opens, from the stored settings.
#[component]
pub(crate) fn Settings(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Dialog
            testid="settings-dialog"
            title=t!(i18n, settings)
            open
            on_close=move |()| open.set(false)
        >
            <Show when=move || open.get()>
                <div class="settings">
                    <p
                        class="alert"
                        data-testid="storage-blocked"
                        role="status"
                        hidden=storage::is_available()
                    >
                        {t!(i18n, storage_blocked)}
                    </p>
                    <Appearance />
                    <You />
                    <Devices />
                    <ServerForm />
                </div>
            </Show>
        </Dialog>
    }
}

#[component]
fn Section(#[prop(into)] title: TextProp, children: Children) -> impl IntoView {
    view! {
        <section>
            <h3>{move || title.get()}</h3>
            {children()}
        </section>
    }
}

#[component]
fn Appearance() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Section title=t!(i18n, appearance)>
            <Field label=t!(i18n, language)>
                <LanguageSelect testid="settings-language" />
            </Field>
            <Field label=t!(i18n, theme)>
                <ThemeSelect testid="settings-theme" />
            </Field>
            <RemotePictures />
        </Section>
    }
}

/// Whether covers are loaded from other sites, which reveals the user's address to them.
#[component]
fn RemotePictures() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Checkbox
            testid="remote-pictures"
            label=t!(i18n, remote_pictures)
            hint=t!(i18n, remote_pictures_hint)
            checked=use_preferences().remote_pictures
            on_change=|on: bool| preferences::set_flag(preferences::NO_REMOTE_PICTURES, !on)
        />
    }
}

#[component]
fn You() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Section title=t!(i18n, you_section)>
            <Field label=t!(i18n, your_name)>
                <NameInput testid="settings-name" />
            </Field>
            <Avatar />
            <Field label=t!(i18n, limit)>
                <LimitSelect testid="settings-limit" />
            </Field>
            <Remember />
            <Forget />
        </Section>
    }
}

/// The preferred devices.
#[component]
fn Devices() -> impl IntoView {
    let i18n = use_i18n();
    let devices = use_devices();
    devices.look();
    view! {
        <Section title=t!(i18n, devices)>
            <div class="row" hidden=move || devices.are_named()>
                <span class="faint">{t!(i18n, devices_hint)}</span>
                <Button testid="name-devices" on_press=move || devices.name()>
                    {t!(i18n, devices_ask)}
                </Button>
            </div>
            <Field label=t!(i18n, camera)>
                <PreferredDevice testid="settings-camera" kind=DeviceKind::Camera />
            </Field>
            <Field label=t!(i18n, microphone)>
                <PreferredDevice testid="settings-microphone" kind=DeviceKind::Microphone />
            </Field>
            <Field label=t!(i18n, speaker) hidden=!display::can_choose_speaker()>
                <PreferredDevice testid="settings-speaker" kind=DeviceKind::Speaker />
            </Field>
        </Section>
    }
}

/// The user's picture, which others see in the chat.
#[component]
fn Avatar() -> impl IntoView {
    let i18n = use_i18n();
    let preferences = use_preferences();
    let toasts = use_toasts();
    let save = move |picture: Option<Picture>| {
        preferences::save_picture(preferences::AVATAR, picture.as_ref());
        preferences.avatar.try_set(picture.map(Arc::new));
    };
    let choose = move |file| {
        spawn_local(async move {
            match picture::avatar(&file).await {
                Some(picture) => save(Some(picture)),
                None => toasts.show(i18n.get_untracked().image_bad),
            }
        });
    };
    let url = object_url(preferences.avatar.into());
    let src = move || url.with(|url| url.as_ref().map(|url| url.as_str().to_owned()));
    view! {
        <div class="row avatar-row">
            <span>{t!(i18n, avatar)}</span>
            <PictureInput testid="avatar-file" label=t!(i18n, avatar) on_choose=choose />
            <span class="row">
                <Show when=move || url.with(Option::is_some)>
                    <img class="avatar" data-testid="avatar" src=src alt="" />
                    <IconButton
                        testid="avatar-remove"
                        icon=Icon::Clear
                        label=t!(i18n, image_remove)
                        on_press=move || save(None)
                    />
                </Show>
            </span>
        </div>
    }
}

#[component]
fn Remember() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Checkbox
            testid="remember-me"
            label=t!(i18n, remember)
            hint=t!(i18n, remember_hint)
            checked=RwSignal::new(preferences::remembers())
            on_change=preferences::remember
        />
    }
}

/// Forgets everything stored, after a confirmation.
#[component]
fn Forget() -> impl IntoView {
    let i18n = use_i18n();
    let preferences = use_preferences();
    let toasts = use_toasts();
    let devices = use_devices();
    let asking = RwSignal::new(false);
    let forget = move || {
        preferences::forget();
        preferences.name.set(String::new());
        preferences.avatar.set(None);
        preferences.limit.set(None);
        preferences.remote_pictures.set(true);
        devices.forget();
        asking.set(false);
        toasts.show(i18n.get_untracked().forgotten);
    };
    let question = move || if asking.get() { t_string!(i18n, forget_sure) } else { "" };
    view! {
        <div class="row">
            <Button
                testid="forget"
                variant=ButtonVariant::Danger
                hidden=asking
                on_press=move || asking.set(true)
            >
                {t!(i18n, forget)}
            </Button>
            <p role="alert">{question}</p>
            <Button
                testid="forget-sure"
                variant=ButtonVariant::Danger
                hidden=move || !asking.get()
                on_press=forget
            >
                {t!(i18n, forget)}
            </Button>
            <Button
                testid="forget-not"
                hidden=move || !asking.get()
                on_press=move || asking.set(false)
            >
                {t!(i18n, cancel)}
            </Button>
        </div>
    }
}
