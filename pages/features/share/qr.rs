//! A text as a QR code.

use core::fmt::Write;

use fast_qr::QRBuilder;
use leptos::prelude::*;

/// The quiet zone that readers need, in modules.
const MARGIN: usize = 4;

/// The code as a picture; nothing if the text is too long for one.
#[component]
pub(crate) fn QrCode(
    #[prop(into)] text: Signal<String>,
    #[prop(into)] label: Signal<String>,
) -> impl IntoView {
    let code = Memo::new(move |_| {
        let code = QRBuilder::new(text.get()).build().ok()?;
        let side = code.size + 2 * MARGIN;
        let view_box = format!("-{MARGIN} -{MARGIN} {side} {side}");
        Some((view_box, bars(code.size, |x, y| code[y][x].value())))
    });
    move || {
        code.get().map(|(view_box, path)| {
            view! {
                <svg class="code" data-testid="qr-code" role="img" aria-label=label viewBox=view_box>
                    <path d=path />
                </svg>
            }
        })
    }
}

/// The dark modules as one path, a bar for each run in a row.
fn bars(size: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let length = (x..size).take_while(|x| dark(*x, y)).count();
            if length > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            x += length + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::bars;
    use crate::testing::test;

    #[test]
    fn runs_become_bars() {
        let picture = [[true, true, false], [false, true, false], [false, false, true]];
        assert_eq!(bars(3, |x, y| picture[y][x]), "M0 0h2v1h-2zM1 1h1v1h-1zM2 2h1v1h-1z");
    }
}
