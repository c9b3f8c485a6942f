//! Which signalling, STUN and TURN servers the app uses.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::text_prop::TextProp;
use live_web::ice::IceServer;
use live_web::ice_probe::{self, ProbeResult};
use live_web::signalling::SignallingOverrides;

use crate::contexts::confirmation::{Question, use_questions};
use crate::contexts::preferences;
use crate::contexts::tabs::use_tabs;
use crate::i18n::{I18n, MessageKey, t, t_string, td_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::field::{Field, Select, options};

/// The form. Saving reloads the app; it asks first if the user streams.
#[component]
pub(crate) fn ServerForm() -> impl IntoView {
    let i18n = use_i18n();
    let (questions, tabs) = (use_questions(), use_tabs());
    let stored = preferences::load(preferences::SERVER)
        .map(|stored| SignallingOverrides::parse(&stored))
        .unwrap_or_default();
    let host = RwSignal::new(stored.host.unwrap_or_default());
    let port = RwSignal::new(stored.port.map(|port| port.to_string()).unwrap_or_default());
    let path = RwSignal::new(stored.path.unwrap_or_default());
    let key = RwSignal::new(stored.key.unwrap_or_default());
    let secure = RwSignal::new(stored.secure.map(|on| on.to_string()).unwrap_or_default());
    let known: String =
        stored.ice_servers.unwrap_or_default().iter().map(IceServer::to_lines).collect();
    let invalid = RwSignal::new(false);

    let ice = NodeRef::<html::Textarea>::new();
    let typed_ice = move || ice.get_untracked().map(|field| field.value()).unwrap_or_default();
    let results = RwSignal::new(String::new());
    let test = move || spawn_local(test_lines(typed_ice(), i18n, results));

    let save = move |overrides: &SignallingOverrides| {
        preferences::save(preferences::SERVER, &overrides.to_json());
        // A node cannot switch servers. `reload` fails only for pages that are not active.
        tabs.allow_unload();
        let _ = window().location().reload();
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let fields = [host, port, path, key].map(|field| field.get_untracked());
        let secure = secure.with_untracked(|word| word.parse().ok());
        let overrides = SignallingOverrides::from_form(
            fields.each_ref().map(String::as_str),
            secure,
            &typed_ice(),
        );
        invalid.set(overrides.is_none());
        let Some(overrides) = overrides else {
            return;
        };
        if tabs.streams_anywhere() {
            let texts = i18n.get_untracked();
            questions.ask(Question {
                title: texts.confirm_title.to_owned(),
                text: texts.reload_live.to_owned(),
                action: texts.apply.to_owned(),
                on_confirm: Callback::new(move |()| save(&overrides)),
            });
        } else {
            save(&overrides);
        }
    };
    let words: [(&str, MessageKey); 3] =
        [("", |t| t.by_itself), ("true", |t| t.yes), ("false", |t| t.no)];
    view! {
        <form on:submit=submit>
            <h3>{t!(i18n, server)}</h3>
            <p class="faint">{t!(i18n, server_hint)}</p>
            <div class="fields">
                <ServerField testid="server-host" label=t!(i18n, host_name) value=host />
                <ServerField testid="server-port" label=t!(i18n, port) value=port />
                <ServerField testid="server-path" label=t!(i18n, path) value=path />
                <ServerField testid="server-key" label=t!(i18n, key) value=key />
                <Field label=t!(i18n, secure)>
                    <Select
                        testid="server-secure"
                        options=options(words.map(|(value, word)| (value, i18n.text(word))))
                        chosen=secure
                        on_choose=move |word| secure.set(word)
                    />
                </Field>
            </div>
            <p class="error" role="alert">
                {move || if invalid.get() { t_string!(i18n, invalid_server) } else { "" }}
            </p>
            <Field label=t!(i18n, ice)>
                <textarea
                    node_ref=ice
                    rows="3"
                    data-testid="ice-servers"
                    spellcheck="false"
                    aria-describedby="ice-hint"
                >
                    {known}
                </textarea>
            </Field>
            <p class="faint" id="ice-hint">
                {t!(i18n, ice_hint)}
            </p>
            <p class="prose" data-testid="ice-results" role="status">
                {results}
            </p>
            <div class="actions">
                <Button testid="test-ice" on_press=test>
                    {t!(i18n, test)}
                </Button>
                <Button testid="apply-server" variant=ButtonVariant::Primary>
                    {t!(i18n, apply)}
                </Button>
            </div>
        </form>
    }
}

#[component]
fn ServerField(
    testid: &'static str,
    #[prop(into)] label: TextProp,
    value: RwSignal<String>,
) -> impl IntoView {
    view! {
        <Field label>
            <input
                type="text"
                data-testid=testid
                autocomplete="off"
                spellcheck="false"
                bind:value=value
            />
        </Field>
    }
}

/// Probes the server of each line in turn, and reports the results.
async fn test_lines(lines: String, i18n: I18n, results: RwSignal<String>) {
    let mut report = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let url = line.split_whitespace().next().unwrap_or_default();
        report.push_str(url);
        report.push_str(": ");
        let texts = i18n.get_untracked();
        results.try_set([&report, texts.testing].concat());
        let result = match IceServer::from_line(line) {
            Some(server) => match ice_probe::probe(&server).await {
                ProbeResult::Works(millis) => td_string!(texts, ice_works, millis = millis),
                ProbeResult::Refused => texts.ice_refused.to_owned(),
                ProbeResult::Silent => texts.ice_silent.to_owned(),
            },
            None => texts.ice_bad.to_owned(),
        };
        report.push_str(&result);
        report.push('\n');
        // The dialog may be closed by now.
        results.try_set(report.clone());
    }
}
