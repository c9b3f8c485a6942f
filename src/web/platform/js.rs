//! Reaching properties that `web-sys` does not know or that not every browser has.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The property, if it is there and not `undefined` or `null`.
pub(crate) fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into())
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

/// The property as a number.
pub(crate) fn number(object: &JsValue, name: &str) -> Option<f64> {
    field(object, name)?.as_f64()
}

/// The property as text.
pub(crate) fn text(object: &JsValue, name: &str) -> Option<String> {
    field(object, name)?.as_string()
}

/// Sets the property; objects that refuse are left as they are.
pub(crate) fn set(object: &JsValue, name: &str, value: impl Into<JsValue>) {
    // A frozen object or a setter that throws: the property was optional to begin with.
    let _ = Reflect::set(object, &name.into(), &value.into());
}

/// Sets the property only where the browser knows it. Says whether it does.
pub(crate) fn set_known(object: &JsValue, name: &str, value: impl Into<JsValue>) -> bool {
    let known = Reflect::has(object, &name.into()).unwrap_or(false);
    if known {
        set(object, name, value);
    }
    known
}

/// The method, if the object has it.
pub(crate) fn method(object: &JsValue, name: &str) -> Option<Function> {
    field(object, name)?.dyn_into().ok()
}

/// A new object with these properties.
pub(crate) fn object<const N: usize>(properties: [(&str, JsValue); N]) -> js_sys::Object {
    let object = js_sys::Object::new();
    for (name, value) in properties {
        set(&object, name, value);
    }
    object
}

/// What an exception says.
pub(crate) fn message(error: &JsValue) -> String {
    text(error, "message").or_else(|| error.as_string()).unwrap_or_else(|| "unknown error".into())
}
