//! Formats points in time in the language of the page and the local time zone.

use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// Hours and minutes, local time.
pub(crate) fn clock(at: u64) -> String {
    let date = Date::new(&JsValue::from_f64(at as f64));
    let two = |number: u32| {
        let digits = number.to_string();
        if number < 10 { ["0", &digits].concat() } else { digits }
    };
    [two(date.get_hours()), two(date.get_minutes())].join(":")
}

/// A number that identifies the day in local time.
pub(crate) fn number_of_day(at: f64) -> u32 {
    let date = Date::new(&JsValue::from_f64(at));
    (date.get_full_year() * 12 + date.get_month()) * 31 + date.get_date()
}

/// The local date in the format of `language`.
pub(crate) fn day(at: f64, language: &str) -> String {
    let options = Object::new();
    // Fails only for frozen objects.
    let _ = Reflect::set(&options, &"dateStyle".into(), &"medium".into());
    Date::new(&JsValue::from_f64(at)).to_locale_date_string(language, &options).into()
}

/// The time of today, or the date of another day with its time.
pub(crate) fn when(at: u64, language: &str) -> String {
    let time = clock(at);
    if number_of_day(at as f64) == number_of_day(Date::now()) {
        time
    } else {
        [day(at as f64, language), time].join(" ")
    }
}
