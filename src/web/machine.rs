use live_core::node::{Config, Input, Output};
use live_core::time::Time;
use live_core::view::View;

pub(crate) struct Node<R>(View, R);

impl<R: rand_core::RngCore> Node<R> {
    pub(crate) fn new(_: Config, _: Time, rng: R) -> Self {
        Self(View::default(), rng)
    }
    pub(crate) fn handle(&mut self, _: Time, _: Input) {
        self.1.next_u32();
    }
    pub(crate) fn poll(&mut self) -> Option<Output> {
        None
    }
    pub(crate) fn deadline(&self) -> Option<(Time, &'static str)> {
        None
    }
    pub(crate) fn view(&self) -> &View {
        &self.0
    }
}
