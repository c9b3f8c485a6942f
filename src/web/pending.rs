//! What a page asks for before its node can start.

use live_core::node::Command;

use crate::capture::Capture;
use crate::driver::Driver;
use crate::whip::publish::Target;

/// Requests that wait until the signalling server is known and the [`Driver`] starts.
#[derive(Default)]
pub struct Pending {
    commands: Vec<Command>,
    capture: Option<Capture>,
    publication: Option<Target>,
}

impl Pending {
    /// As [`Driver::send`].
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// As [`Driver::set_source`]; the last source counts.
    pub fn set_source(&mut self, capture: Option<Capture>) {
        self.capture = capture;
    }

    /// As [`Driver::publish`]; the last target counts.
    pub fn publish(&mut self, target: Option<Target>) {
        self.publication = target;
    }

    /// Hands everything to the driver.
    pub fn flush(self, driver: &Driver) {
        for command in self.commands {
            driver.send(command);
        }
        if self.capture.is_some() {
            driver.set_source(self.capture);
        }
        if self.publication.is_some() {
            driver.publish(self.publication);
        }
    }
}
