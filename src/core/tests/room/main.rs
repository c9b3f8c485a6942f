//! Whole rooms in the simulator.
#![allow(clippy::unwrap_used)]

mod away;
mod index;
mod join;
mod map;
mod moves;
mod rig;
