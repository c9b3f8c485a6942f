//! Maps and sets of a few entries, in the order in which those came. They look at every entry,
//! which for a handful is faster than hashing, and far less code for each type.

/// A map of a few entries.
#[derive(Clone, Debug)]
pub struct Map<K, V>(Vec<(K, V)>);

/// A set of a few elements.
#[derive(Clone, Debug)]
pub struct Set<K>(Vec<K>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Map<K, V> {
    /// An empty map.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The entries, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The entries with their values to be changed.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The keys.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// The entry at a place.
    pub fn get_index(&self, at: usize) -> Option<(&K, &V)> {
        self.0.get(at).map(|(key, value)| (key, value))
    }

    /// The entry at a place, its value to be changed.
    pub fn get_index_mut(&mut self, at: usize) -> Option<(&K, &mut V)> {
        self.0.get_mut(at).map(|(key, value)| (&*key, value))
    }

    /// Takes out the newest entry.
    pub fn pop(&mut self) -> Option<(K, V)> {
        self.0.pop()
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }
}

impl<K: Eq, V> Map<K, V> {
    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.iter_mut().find(|(k, _)| k == key).map(|(_, value)| value)
    }

    /// Whether `key` has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Gives `key` a value and returns the one that it had. A key that is there keeps its place.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.get_mut(&key) {
            Some(old) => Some(core::mem::replace(old, value)),
            None => {
                self.0.push((key, value));
                None
            }
        }
    }

    /// The value of `key`, which it gets from `make` if it has none.
    pub fn get_or_insert(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let found = self.0.iter().position(|(k, _)| *k == key);
        let at = found.unwrap_or_else(|| {
            self.0.push((key, make()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    /// Forgets `key` and returns its value; the others keep their order.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(at).1)
    }
}

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Set<K> {
    /// An empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The elements, the oldest first.
    pub fn iter(&self) -> core::slice::Iter<'_, K> {
        self.0.iter()
    }

    /// Takes everything out, the oldest first.
    pub fn take(&mut self) -> impl Iterator<Item = K> + use<K> {
        core::mem::take(&mut self.0).into_iter()
    }

    /// Forgets the element at a place, if there is one.
    pub fn remove_index(&mut self, at: usize) {
        if at < self.0.len() {
            self.0.remove(at);
        }
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, keep: impl FnMut(&K) -> bool) {
        self.0.retain(keep);
    }
}

impl<K: Eq> Set<K> {
    /// Whether `key` is in it.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains(key)
    }

    /// Adds `key`; says whether it is new.
    pub fn insert(&mut self, key: K) -> bool {
        let new = !self.contains(&key);
        if new {
            self.0.push(key);
        }
        new
    }

    /// Forgets `key`.
    pub fn remove(&mut self, key: &K) {
        self.retain(|k| k != key);
    }
}

impl<K: Eq> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl<K: Eq, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_order_and_keys_their_places() {
        let mut map = Map::new();
        for (key, value) in [(3, 'a'), (1, 'b'), (2, 'c'), (1, 'd')] {
            map.insert(key, value);
        }
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&3, &'a'), (&1, &'d'), (&2, &'c')]);
        assert_eq!(map.remove(&3), Some('a'));
        assert_eq!(map.remove(&3), None);
        *map.get_or_insert(2, || 'x') = 'e';
        assert_eq!(*map.get_or_insert(4, || 'f'), 'f');
        map.retain(|key, _| *key != 1);
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&2, &'e'), (&4, &'f')]);
        assert_eq!(map.pop(), Some((4, 'f')));
    }

    #[test]
    fn a_set_has_each_element_once() {
        let mut set = Set::new();
        assert!(set.insert("a") && set.insert("b") && !set.insert("a"));
        assert!(set.contains(&"b") && !set.contains(&"c"));
        set.remove(&"a");
        assert_eq!(set.take().collect::<Vec<_>>(), ["b"]);
        assert!(set.is_empty());
    }
}
