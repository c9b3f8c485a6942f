//! The HTML files: what Trunk has made of `index.html`, under every address that the contract
//! promises, each with the base that lets a plain static host serve it from any sub-path.

use std::path::Path;

use crate::shell::{self, Result};
use crate::texts;

/// Addresses of the pages, below `/` and below the folder of each language.
const PAGES: [&str; 9] = [
    "index.html",
    "P2PLiveIndex.html",
    "P2PLiveHost.html",
    "P2PLiveAudience.html",
    "host/index.html",
    "audience/index.html",
    "exchange.html",
    "exchange/index.html",
    "others/exchange.html",
];

/// What the pages say besides what Trunk has written.
pub(crate) struct Parts {
    /// Elements that note where the texts of each language are.
    pub(crate) notes: String,
    /// The size of the wasm in bytes: the loader shows how much of it is there.
    pub(crate) wasm: u64,
}

/// The files of the app, for a page that has them inside.
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
            shell::write(&dist.join(&path), render(template, parts, &path)?)?;
        }
    }
    Ok(())
}

fn render(template: &str, parts: &Parts, path: &str) -> Result<String> {
    let base = match path.matches('/').count() {
        0 => "./".to_owned(),
        depth => "../".repeat(depth),
    };
    let folder = path.split('/').next().unwrap_or_default();
    let language = texts::LANGUAGES.iter().find(|(tag, _)| *tag == folder);
    let language = language.map_or("en", |(tag, _)| tag);
    let page = replace_tag(template, "html", &format!("<html lang=\"{language}\">"))?;
    let page = replace_tag(&page, "base", &format!("<base href=\"{base}\">{}", parts.notes))?;
    Ok(page.replacen("data-app=", &format!("data-size=\"{}\" data-app=", parts.wasm), 1))
}

/// Replaces the first tag of that name.
fn replace_tag(page: &str, name: &str, by: &str) -> Result<String> {
    let start =
        page.find(&format!("<{name} ")).ok_or_else(|| format!("no <{name}> in the page"))?;
    let end = start + page[start..].find('>').ok_or_else(|| format!("<{name} is not closed"))?;
    Ok([&page[..start], by, &page[end + 1..]].concat())
}

/// The one page that is all of them, with the texts of every language. `template` is `index.html`
/// before Trunk. What `config.json` says elsewhere can be written into the page.
pub(crate) fn single(template: &str, parts: &Inline) -> String {
    let texts = texts::LANGUAGES.iter().filter(|(tag, _)| *tag != "en").map(|(tag, language)| {
        let file = data_url("application/json", language);
        format!("<meta name=\"text-{tag}\" content=\"{file}\">\n")
    });
    let texts: String = texts.collect();
    let mut page = String::new();
    for line in template.lines() {
        let is_asset = |kind: &str| line.contains(&format!("data-trunk rel=\"{kind}\""));
        if line.contains("<base ") {
            page += "    <script type=\"application/json\" id=\"config\">{}</script>\n";
            page += &texts;
        } else if is_asset("icon") {
            let icon = data_url("image/svg+xml", &parts.icon);
            page += &format!("<link rel=\"icon\" type=\"image/svg+xml\" href=\"{icon}\">\n");
        } else if is_asset("css") {
            page += &format!("<style>{}</style>\n", parts.style);
        } else if is_asset("rust") {
            page += &format!("<script type=\"module\">{}</script>\n", parts.script);
        } else if !line.contains("data-trunk") {
            page += line;
            page.push('\n');
        }
    }
    page
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TEMPLATE: &str = include_str!("../../index.html");

    fn rendered(template: &str, path: &str) -> String {
        render(template, &Parts { notes: "<meta name=text-zh>".to_owned(), wasm: 7 }, path).unwrap()
    }

    #[test]
    fn bases_lead_back_to_the_site() {
        for (path, base) in [
            ("P2PLiveHost.html", "./"),
            ("host/index.html", "../"),
            ("zh/host/index.html", "../../"),
        ] {
            let page = rendered(TEMPLATE, path);
            assert!(page.contains(&format!("<base href=\"{base}\"><meta name=text-zh>")), "{page}");
        }
    }

    #[test]
    fn pages_have_their_language_and_the_size_of_the_wasm() {
        let template = "<!doctype html><html lang=en><base href=./ ><script data-app=./a.js>";
        let page = rendered(template, "zh/index.html");
        let html = "<!doctype html><html lang=\"zh\"><base href=\"../\"><meta name=text-zh>";
        assert_eq!(page, format!("{html}<script data-size=\"7\" data-app=./a.js>"));
        assert!(render("<p>", &Parts { notes: String::new(), wasm: 0 }, "index.html").is_err());
    }

    #[test]
    fn the_one_file_asks_for_no_other() {
        let parts = Inline {
            style: "a{color:red}".to_owned(),
            script: "run()".to_owned(),
            icon: "<svg fill=\"#fff\"/>".to_owned(),
        };
        let page = single(TEMPLATE, &parts);
        assert!(!page.contains("data-trunk") && !page.contains("src="), "{page}");
        assert!(!page.contains("<base") && page.contains("<style>a{color:red}</style>"), "{page}");
        assert_eq!(page.matches("href=").count(), 1, "but for the icon: {page}");
        assert!(page.contains("href=\"data:image/svg+xml,%3Csvg fill=%22%23fff%22/%3E\""));
        assert_eq!(
            page.matches("content=\"data:application/json").count(),
            texts::LANGUAGES.len() - 1
        );
        assert!(page.contains("<script type=\"module\">run()</script>"));
    }

    #[test]
    fn no_script_is_inline() {
        // Trunk adds one, by its pattern.
        assert!(!TEMPLATE.contains("<script"), "{TEMPLATE}");
        assert!(!TEMPLATE.contains(" on") && !TEMPLATE.contains("style=\""), "{TEMPLATE}");
        let config = include_str!("../../Trunk.toml");
        let pattern = config.lines().find(|line| line.starts_with("pattern_script")).unwrap();
        assert!(pattern.contains(r#"src=\"{base}load.js\""#), "{pattern}");
        assert!(pattern.ends_with("></script>\""), "{pattern}");
    }
}
