//! One peer among strangers: what a hostile one can say, and what must not come of it. Each file is
//! one kind of attack.

#[path = "../support/node_rig.rs"]
mod rig;

mod amplification;
mod chat;
mod complaints;
mod empty_offers;
mod empty_standbys;
mod forgeries;
mod games;
mod gatherings;
mod impostors;
mod index;
mod keyed;
mod memory;
mod refusals;
mod seats;
mod sent_away;
mod slow_repair;
mod strangers;
mod tree_lies;
