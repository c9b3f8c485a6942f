//! The HTML files: one template under every address that the contract promises, each with the
//! base that lets a plain static host serve it from any sub-path.

use std::path::Path;

use crate::shell::{self, Result};
use crate::texts;

/// Addresses of the pages, below `/`, `/en/` and `/zh/`.
const PAGES: [&str; 6] = [
    "index.html",
    "P2PLiveIndex.html",
    "P2PLiveHost.html",
    "P2PLiveAudience.html",
    "host/index.html",
    "audience/index.html",
];

/// The parts of the app that pages begin with, by their names in `wasm_split`.
pub(crate) const PAGE_PARTS: [&str; 3] = ["index", "host", "room"];

/// Where the page finds its parts, from the folder of the site.
pub(crate) struct Parts {
    pub(crate) style: String,
    pub(crate) app: String,
    pub(crate) wasm: String,
    pub(crate) boot: String,
    /// What each of [`PAGE_PARTS`] is made of.
    pub(crate) pages: Vec<(&'static str, Vec<String>)>,
    /// Notes of where the texts of each language are.
    pub(crate) texts: String,
}

/// The parts themselves, for a page that has them inside.
pub(crate) struct Inline {
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) icon: String,
}

/// Writes every page into `dist`.
pub(crate) fn write(template: &str, parts: &Parts, dist: &Path) -> Result {
    let folders = texts::LANGUAGES.iter().map(|(tag, _)| format!("{tag}/"));
    for folder in folders.chain([String::new()]) {
        for page in PAGES {
            let path = format!("{folder}{page}");
            shell::write(&dist.join(&path), render(template, parts, &path))?;
        }
    }
    Ok(())
}

/// The one page that is all of them, with the texts of every language. What `config.json` says
/// elsewhere can be written into it.
pub(crate) fn single(template: &str, parts: &Inline) -> String {
    let texts = texts::LANGUAGES.iter().filter(|(tag, _)| *tag != "en").map(|(tag, language)| {
        let file = data_url("text/plain;charset=utf-8", &texts::file(language));
        format!("<meta name=\"text-{tag}\" content=\"{file}\">\n")
    });
    let texts: String = texts.collect();
    let mut page = String::new();
    for line in template.lines() {
        let part = |name: &str| line.contains(&format!("{{{{{name}}}}}"));
        if part("base") || part("app") || part("wasm") || part("also") {
            continue;
        } else if part("texts") {
            page += "    <script type=\"application/json\" id=\"config\">{}</script>\n";
            page += &texts;
        } else if part("style") {
            page += &format!("<style>{}</style>\n", parts.style);
        } else if part("boot") {
            page += &format!("<script type=\"module\">{}</script>\n", parts.script);
        } else {
            page += &line.replace("icon.svg", &data_url("image/svg+xml", &parts.icon));
            page.push('\n');
        }
    }
    page.replace("{{lang}}", "en")
}

/// Text as an address, fit for an attribute.
fn data_url(kind: &str, text: &str) -> String {
    let mut url = format!("data:{kind},");
    for character in text.chars() {
        // Whatever ends a line, an address or an attribute.
        if character.is_ascii_control() || "%#\"&<>".contains(character) {
            url += &format!("%{:02X}", u32::from(character));
        } else {
            url.push(character);
        }
    }
    url
}

/// The part of the app that the page at that path is in.
fn part_of(path: &str) -> &'static str {
    let is = |names: [&str; 2]| names.iter().any(|name| path.contains(name));
    if is(["P2PLiveHost", "host/"]) {
        "host"
    } else if is(["P2PLiveAudience", "audience/"]) {
        "room"
    } else {
        "index"
    }
}

/// A page that begins with that part of the app.
pub(crate) fn file_of(part: &str) -> &'static str {
    PAGES.into_iter().find(|page| part_of(page) == part).unwrap_or(PAGES[0])
}

/// The files of wasm that a page has fetched at once.
pub(crate) fn fetched(page: &str) -> impl Iterator<Item = &str> {
    let links = page.split("<link ").skip(1).filter(|link| link.contains("as=\"fetch\""));
    links.filter_map(|link| link.split("href=\"").nth(1)?.split('"').next())
}

/// Has the browser fetch a file of wasm before a script asks for it.
fn preload(address: &str) -> String {
    format!(
        "<link rel=\"preload\" as=\"fetch\" type=\"application/wasm\" crossorigin href=\"{address}\">"
    )
}

fn render(template: &str, parts: &Parts, path: &str) -> String {
    let base = match path.matches('/').count() {
        0 => "./".to_owned(),
        depth => "../".repeat(depth),
    };
    let folder = path.split('/').next().unwrap_or_default();
    let language = texts::LANGUAGES.iter().find(|(tag, _)| *tag == folder);
    let language = language.map_or("en", |(tag, _)| *tag);
    let part = part_of(path);
    let needed = parts.pages.iter().filter(|(page, _)| *page == part).flat_map(|(_, files)| files);
    let also: String = needed.map(|file| preload(file)).collect();
    template
        .replace("{{lang}}", language)
        .replace("{{base}}", &base)
        .replace("{{style}}", &parts.style)
        .replace("{{app}}", &parts.app)
        .replace("{{wasm}}", &parts.wasm)
        .replace("{{boot}}", &parts.boot)
        .replace("{{texts}}", &parts.texts)
        .replace("{{also}}", &also)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(path: &str) -> String {
        let part = |name: &str| format!("assets/{name}");
        let parts = Parts {
            style: part("s"),
            app: part("a"),
            wasm: part("w"),
            boot: part("b"),
            pages: PAGE_PARTS.map(|page| (page, vec![part(page)])).into(),
            texts: String::new(),
        };
        render(include_str!("../../index.html"), &parts, path)
    }

    #[test]
    fn bases_lead_back_to_the_site() {
        assert!(rendered("P2PLiveHost.html").contains("<base href=\"./\">"));
        assert!(rendered("host/index.html").contains("<base href=\"../\">"));
        assert!(rendered("zh/host/index.html").contains("<base href=\"../../\">"));
    }

    #[test]
    fn each_page_fetches_its_own_part_at_once() {
        for (path, part) in [
            ("host/index.html", "host"),
            ("zh/P2PLiveAudience.html", "room"),
            ("en/index.html", "index"),
        ] {
            let page = rendered(path);
            for other in PAGE_PARTS {
                let fetched = page.contains(&format!("href=\"assets/{other}\""));
                assert_eq!(fetched, other == part, "{path} and {other}");
            }
        }
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        let page = rendered("zh/index.html");
        assert!(!page.contains("{{"), "{page}");
        assert!(page.contains("<html lang=\"zh\">"));
    }

    #[test]
    fn the_one_file_asks_for_no_other() {
        let parts = Inline {
            style: "a{color:red}".to_owned(),
            script: "run()".to_owned(),
            icon: "<svg fill=\"#fff\"/>".to_owned(),
        };
        let page = single(include_str!("../../index.html"), &parts);
        assert!(
            !page.contains("{{") && !page.contains("src=") && !page.contains("<base"),
            "{page}"
        );
        assert_eq!(page.matches("href=").count(), 1, "but for the icon: {page}");
        assert!(page.contains("href=\"data:image/svg+xml,%3Csvg fill=%22%23fff%22/%3E\""));
        assert_eq!(page.matches("content=\"data:text/plain").count(), texts::LANGUAGES.len() - 1);
        assert!(page.contains("<script type=\"module\">run()</script>"));
    }

    #[test]
    fn no_script_is_inline() {
        let page = rendered("index.html");
        assert_eq!(
            page.matches("<script").count(),
            page.matches("<script type=\"module\" src=").count()
        );
        assert!(!page.contains(" on") && !page.contains("style=\""), "{page}");
    }
}
