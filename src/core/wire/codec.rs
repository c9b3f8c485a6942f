//! How our types become BinaryPack and JSON, and are read back from untrusted values.
//!
//! One trait for both, without generics over formats: a type writes itself item by item into a
//! [`Sink`], and takes itself out of a [`Value`] that was read before. [`wire!`](crate::wire)
//! writes the trait for structs and enums.

use std::sync::Arc;

use super::value::{MAX_SAFE, Value};

/// What goes over the wire.
pub trait Wire: Sized {
    /// Writes exactly one value.
    fn write(&self, out: &mut dyn Sink);

    /// Takes it out of an untrusted value; `None` if that is of another shape.
    fn read(value: &mut Value<'_>) -> Option<Self>;

    /// What a member that is missing stands for; `None` if there must be one.
    fn missing() -> Option<Self> {
        None
    }

    /// Whether a member is left out rather than written.
    fn is_missing(&self) -> bool {
        false
    }
}

/// A value, or the beginning of one that has elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'a> {
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text, or a key.
    Str(&'a str),
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// An array of so many elements, which follow.
    Array(usize),
    /// A map of so many members, which follow: a key, its value, the next key.
    Map(usize),
}

/// A format that values are written in.
pub trait Sink {
    /// Writes the next item.
    fn put(&mut self, item: Item<'_>);
}

/// Implements [`Wire`] for a struct or an enum that is defined beside it.
///
/// A struct lists its members: as they are called on the wire if that is another name, and what
/// they are when they are missing. Members that are not listed are ignored.
///
/// ```
/// # use live_core::{wire, wire::codec::Wire, wire::pack};
/// #[derive(Debug, PartialEq)]
/// struct Seat { kind: String, row: u32, guest: Option<String> }
/// wire!(struct Seat { kind as "type", row = 1, guest });
///
/// let seat = Seat { kind: "box".into(), row: 1, guest: None };
/// assert_eq!(pack::read(&pack::bytes(&seat)), Ok(seat));
/// ```
///
/// An enum lists its names on the wire. A variant is that name alone, or a map with the name as
/// its only key and the variant's members, or its one value, below it. Where `_` names a variant,
/// every other name is read as that one.
///
/// ```
/// # use live_core::{wire, wire::codec::Wire, wire::pack};
/// #[derive(Debug, PartialEq)]
/// enum Move { Step { far: u32 }, Turn(i64), Stop, Unknown }
/// wire!(enum Move {
///     "step" => Step { far = 1 },
///     "turn" => Turn(degrees),
///     "stop" => Stop,
///     _ => Unknown,
/// });
///
/// assert_eq!(pack::read(&pack::bytes(&Move::Turn(90))), Ok(Move::Turn(90)));
/// assert_eq!(pack::read(b"\xb3fly"), Ok(Move::Unknown));
/// ```
#[macro_export]
macro_rules! wire {
    (struct $type:ident {
        $($field:ident $(as $name:literal)? $(= $default:expr)?),* $(,)?
    }) => {
        impl $crate::wire::codec::Wire for $type {
            fn write(&self, out: &mut dyn $crate::wire::codec::Sink) {
                let Self { $($field,)* .. } = self;
                $crate::wire!(@write out { $($field $(as $name)?),* });
            }

            fn read(value: &mut $crate::wire::value::Value<'_>) -> Option<Self> {
                $crate::wire!(@read value [Self] { $($field $(as $name)? $(= $default)?),* })
            }
        }
    };
    (enum $type:ident {
        $($name:literal => $variant:ident
            $({ $($field:ident $(as $key:literal)? $(= $default:expr)?),* $(,)? })?
            $(($inner:ident))?),+
        $(, _ => $other:ident)? $(,)?
    }) => {
        impl $crate::wire::codec::Wire for $type {
            fn write(&self, out: &mut dyn $crate::wire::codec::Sink) {
                match self {
                    $(Self::$variant $({ $($field),* })? $(($inner))? => {
                        $crate::wire!(@variant out $name
                            $({ $($field $(as $key)?),* })? $(($inner))?);
                    })+
                    // Nobody says what only a reader can mean.
                    $(#[allow(unreachable_patterns)]
                    Self::$other => out.put($crate::wire::codec::Item::Null),)?
                }
            }

            fn read(value: &mut $crate::wire::value::Value<'_>) -> Option<Self> {
                let mut nothing = $crate::wire::value::Value::Null;
                let (name, value) = $crate::wire::codec::variant(value, &mut nothing)?;
                // Names alone have no content.
                let _ = &value;
                match name {
                    $($name => $crate::wire!(@read value [Self::$variant]
                        $({ $($field $(as $key)? $(= $default)?),* })? $(($inner))?),)+
                    $(_ => Some(Self::$other),)?
                    #[allow(unreachable_patterns)]
                    _ => None,
                }
            }
        }
    };
    (@variant $out:ident $name:literal) => {
        $out.put($crate::wire::codec::Item::Str($name))
    };
    (@variant $out:ident $name:literal $content:tt) => {
        $crate::wire::codec::head($out, $name);
        $crate::wire!(@write $out $content)
    };
    (@write $out:ident ($inner:ident)) => {
        $crate::wire::codec::Wire::write($inner, $out)
    };
    (@write $out:ident { $($field:ident $(as $name:literal)?),* }) => {
        $out.put($crate::wire::codec::Item::Map(
            0 $(+ usize::from(!$crate::wire::codec::Wire::is_missing($field)))*
        ));
        $($crate::wire::codec::member($out, $crate::wire!(@name $field $($name)?), $field);)*
    };
    (@read $value:ident [$($path:tt)+]) => {
        Some($($path)+)
    };
    (@read $value:ident [$($path:tt)+] ($inner:ident)) => {
        $crate::wire::codec::Wire::read($value).map($($path)+)
    };
    (@read $value:ident [$($path:tt)+] {
        $($field:ident $(as $name:literal)? $(= $default:expr)?),*
    }) => {{
        if !matches!($value, $crate::wire::value::Value::Map(_)) {
            return None;
        }
        Some($($path)+ {
            $($field: $crate::wire!(@member $value $crate::wire!(@name $field $($name)?)
                $(, $default)?)),*
        })
    }};
    (@member $value:ident $name:expr) => {
        $value.member($name)?
    };
    (@member $value:ident $name:expr, $default:expr) => {
        match $value.get_mut($name) {
            Some(value) => $crate::wire::codec::Wire::read(value)?,
            None => $default,
        }
    };
    (@name $field:ident) => {
        stringify!($field)
    };
    (@name $field:ident $name:literal) => {
        $name
    };
}

/// Begins a variant that has content.
#[doc(hidden)]
pub fn head(out: &mut dyn Sink, name: &str) {
    out.put(Item::Map(1));
    out.put(Item::Str(name));
}

/// Writes a member, unless it is left out.
#[doc(hidden)]
pub fn member<T: Wire>(out: &mut dyn Sink, name: &str, value: &T) {
    if !value.is_missing() {
        out.put(Item::Str(name));
        value.write(out);
    }
}

/// A variant's name and content, `nothing` where there is none.
#[doc(hidden)]
pub fn variant<'v, 'a>(
    value: &'v mut Value<'a>,
    nothing: &'v mut Value<'a>,
) -> Option<(&'v str, &'v mut Value<'a>)> {
    match value {
        Value::Str(name) => Some((name, nothing)),
        Value::Map(entries) => match &mut entries[..] {
            [(name, content)] => Some((name, content)),
            _ => None,
        },
        _ => None,
    }
}

impl Wire for bool {
    fn write(&self, out: &mut dyn Sink) {
        out.put(Item::Bool(*self));
    }

    fn read(value: &mut Value<'_>) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

impl Wire for i64 {
    fn write(&self, out: &mut dyn Sink) {
        out.put(Item::Int(*self));
    }

    /// What JavaScript would read as another number is none: it could not be passed on.
    fn read(value: &mut Value<'_>) -> Option<Self> {
        match value {
            Value::Int(int) if int.unsigned_abs() <= MAX_SAFE as u64 => Some(*int),
            _ => None,
        }
    }
}

macro_rules! integers {
    ($($type:ty)*) => {
        $(impl Wire for $type {
            fn write(&self, out: &mut dyn Sink) {
                out.put(Item::Int(i64::try_from(*self).unwrap_or(i64::MAX)));
            }

            fn read(value: &mut Value<'_>) -> Option<Self> {
                Self::try_from(i64::read(value)?).ok()
            }
        })*
    };
}

integers!(u8 u16 u32 u64);

impl Wire for String {
    fn write(&self, out: &mut dyn Sink) {
        out.put(Item::Str(self));
    }

    fn read(value: &mut Value<'_>) -> Option<Self> {
        match value {
            Value::Str(text) => Some(core::mem::take(text).into_owned()),
            _ => None,
        }
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut dyn Sink) {
        match self {
            Some(value) => value.write(out),
            None => out.put(Item::Null),
        }
    }

    fn read(value: &mut Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }

    fn is_missing(&self) -> bool {
        self.is_none()
    }
}

impl<T: Wire> Wire for Arc<T> {
    fn write(&self, out: &mut dyn Sink) {
        T::write(self, out);
    }

    fn read(value: &mut Value<'_>) -> Option<Self> {
        T::read(value).map(Self::new)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut dyn Sink) {
        out.put(Item::Array(self.len()));
        self.iter().for_each(|element| element.write(out));
    }

    fn read(value: &mut Value<'_>) -> Option<Self> {
        let Value::Array(elements) = value else {
            return None;
        };
        let mut list = Self::with_capacity(elements.len());
        for element in elements {
            list.push(T::read(element)?);
        }
        Some(list)
    }
}
