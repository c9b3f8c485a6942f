//! Callbacks that end with their subscription.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use indexmap::IndexMap;

type Callbacks<T> = RefCell<IndexMap<u64, Rc<dyn Fn(T)>>>;

/// Callbacks for values of type `T`, called in the order of their subscription.
pub(crate) struct Subscribers<T> {
    callbacks: Rc<Callbacks<T>>,
    next: Cell<u64>,
}

/// Keeps a callback subscribed; dropping it ends the calls.
#[must_use = "dropping the subscription ends it"]
pub struct Subscription(Option<Box<dyn FnOnce()>>);

impl<T: Clone + 'static> Subscribers<T> {
    pub(crate) fn new() -> Self {
        Self { callbacks: Rc::default(), next: Cell::new(0) }
    }

    pub(crate) fn subscribe(&self, callback: impl Fn(T) + 'static) -> Subscription {
        let key = self.next.replace(self.next.get() + 1);
        self.callbacks.borrow_mut().insert(key, Rc::new(callback));
        let callbacks: Weak<Callbacks<T>> = Rc::downgrade(&self.callbacks);
        Subscription(Some(Box::new(move || {
            if let Some(callbacks) = callbacks.upgrade() {
                // Dropped after the borrow ends: its captures may unsubscribe other callbacks.
                let _removed = callbacks.borrow_mut().shift_remove(&key);
            }
        })))
    }

    /// Calls each callback that is still subscribed when its turn comes.
    pub(crate) fn notify(&self, value: &T) {
        let keys: Vec<u64> = self.callbacks.borrow().keys().copied().collect();
        for key in keys {
            let callback = self.callbacks.borrow().get(&key).cloned();
            if let Some(callback) = callback {
                callback(value.clone());
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn a_dropped_subscription_is_silent() {
        let subscribers = Subscribers::new();
        let heard = Rc::new(Cell::new(0));
        let listen = |by: i32| {
            let heard = heard.clone();
            subscribers.subscribe(move |n: i32| heard.set(heard.get() + n * by))
        };
        let (one, ten) = (listen(1), listen(10));
        subscribers.notify(&2);
        assert_eq!(heard.get(), 22);
        drop(ten);
        subscribers.notify(&3);
        assert_eq!(heard.get(), 25);
        drop(subscribers);
        drop(one);
    }

    #[test]
    fn a_callback_may_unsubscribe_another() {
        let subscribers = Subscribers::new();
        let heard = Rc::new(Cell::new(0));
        let other: Rc<RefCell<Option<Subscription>>> = Rc::default();
        let first = {
            let other = other.clone();
            subscribers.subscribe(move |()| drop(other.borrow_mut().take()))
        };
        *other.borrow_mut() = Some({
            let heard = heard.clone();
            subscribers.subscribe(move |()| heard.set(heard.get() + 1))
        });
        subscribers.notify(&());
        assert_eq!(heard.get(), 0);
        drop(first);
    }
}
