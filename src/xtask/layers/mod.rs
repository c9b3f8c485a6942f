//! Tests that read the `use` lines of the driver and the pages. They are here because reading files
//! needs a native program, and those crates are tested in a browser.

mod driver;
mod pages;
