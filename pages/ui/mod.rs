//! Building blocks that know nothing of rooms.

pub(crate) mod alert;
pub(crate) mod button;
pub(crate) mod confirmation;
pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod icon_button;
pub(crate) mod id_form;
pub(crate) mod id_input;
pub(crate) mod media;
pub(crate) mod panel;
pub(crate) mod picture_input;
pub(crate) mod popover;
pub(crate) mod toast;
