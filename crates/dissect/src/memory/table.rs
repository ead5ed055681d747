//! A map that never grows past a bound: what was not asked for in a long while is forgotten.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Entries of one generation; a table holds at most two.
const GENERATION: usize = 1 << 17;

/// A bounded map of keys that come from packets: its hash is seeded, so that nobody can choose keys that
/// collide. When the young generation is full it becomes the old one, and the old one is forgotten; whatever
/// is asked for becomes young again. Which entries are forgotten depends on the order of calls alone.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    young: Layers<K, V>,
    /// What became young again may still be here: it is never asked for.
    old: Layers<K, V>,
    /// While the table is frozen: what was remembered since.
    aside: Option<Vec<(K, V)>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table { young: Layers::default(), old: Layers::default(), aside: None }
    }
}

/// What can be made to forget all that it is told from here on.
pub trait Freeze {
    /// From now on, changes are for the time being.
    fn freeze(&mut self);
    /// Is again what it was before.
    fn thaw(&mut self);
}

impl<K, V> Freeze for Table<K, V> {
    fn freeze(&mut self) {
        self.aside = Some(Vec::new());
    }

    fn thaw(&mut self) {
        self.aside = None;
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Table<K, V> {
    /// What is remembered of `key`.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        if self.aside.is_none() {
            self.make_young(key);
        }
        // They are as few as a packet has layers.
        let aside = self.aside.iter().flatten().rev().find(|row| row.0 == *key);
        aside.map(|row| &row.1).or_else(|| self.young.get(key)).or_else(|| self.old.get(key))
    }

    fn make_young(&mut self, key: &K) {
        // Until a generation is full there is no old one, and looking once is enough.
        if self.old.entries > 0
            && self.young.get(key).is_none()
            && let Some(value) = self.old.get(key).cloned()
        {
            self.insert(key.clone(), value);
        }
    }

    /// Remembers `value` of `key`, instead of what was.
    pub fn insert(&mut self, key: K, value: V) {
        if let Some(aside) = &mut self.aside {
            return aside.push((key, value));
        }
        if self.young.entries >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    /// A copy, which has most of its memory in common with this table.
    pub fn share(&mut self) -> Self {
        Table { young: self.young.share(), old: self.old.share(), aside: None }
    }
}

impl<K: Eq + Hash, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.young == other.young && self.old == other.old
    }
}

/// A map in two layers, of which copies have the lower one in common.
#[derive(Clone, Debug)]
struct Layers<K, V> {
    /// What was remembered since the lower layer was made.
    upper: Map<K, V>,
    lower: Arc<Map<K, V>>,
    /// Keys in either layer.
    entries: usize,
    /// Entries of the upper layer that were copied so far.
    copied: usize,
}

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

impl<K, V> Default for Layers<K, V> {
    fn default() -> Self {
        Layers { upper: Map::default(), lower: Arc::default(), entries: 0, copied: 0 }
    }
}

impl<K: Eq + Hash, V> Layers<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        // Who never shared a table looks once.
        self.upper.get(key).or_else(|| if self.lower.is_empty() { None } else { self.lower.get(key) })
    }

    fn insert(&mut self, key: K, value: V) {
        let known = !self.lower.is_empty() && self.lower.contains_key(&key);
        if self.upper.insert(key, value).is_none() && !known {
            self.entries += 1;
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Layers<K, V> {
    /// A copy. The upper layer is copied until that has cost as much as to make the lower one anew.
    fn share(&mut self) -> Self {
        self.copied += self.upper.len();
        if self.copied > self.lower.len() {
            Arc::make_mut(&mut self.lower).extend(std::mem::take(&mut self.upper));
            self.copied = 0;
        }
        self.clone()
    }
}

impl<K: Eq + Hash, V: PartialEq> PartialEq for Layers<K, V> {
    fn eq(&self, other: &Self) -> bool {
        let lower = self.lower.iter().filter(|(key, _)| !self.upper.contains_key(key));
        self.entries == other.entries
            && self.upper.iter().chain(lower).all(|(key, value)| other.get(key) == Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_survives_and_the_rest_is_forgotten() {
        let mut table = Table::default();
        table.insert(u64::MAX, 1);
        table.insert(u64::MAX - 1, 2);
        for n in 0..3 * GENERATION as u64 {
            table.insert(n, 0);
            if n % 1000 == 0 {
                assert_eq!(table.get(&u64::MAX), Some(&1));
            }
        }
        assert_eq!(table.get(&(u64::MAX - 1)), None);
        assert!(table.young.entries + table.old.entries <= 2 * GENERATION);
    }

    #[test]
    fn a_frozen_table_remembers_for_the_time_being() {
        let mut table = Table::default();
        table.insert(1, "a");
        let before = table.clone();
        table.freeze();
        table.insert(2, "b");
        table.insert(2, "c");
        assert_eq!([table.get(&1).cloned(), table.get(&2).cloned()], [Some("a"), Some("c")]);
        table.insert(1, "d");
        assert_eq!(table.get(&1), Some(&"d"));
        table.thaw();
        assert!(table == before);
        assert_eq!([table.get(&1).cloned(), table.get(&2).cloned()], [Some("a"), None]);
    }
    /// The same calls, of a table that is shared often and of one that never is.
    #[test]
    fn a_shared_table_is_the_table_that_it_was() {
        let (mut alone, mut shared) = (Table::default(), Table::default());
        let (mut copies, mut then) = (Vec::new(), Vec::new());
        let mut dice = 1u64;
        for n in 0..3 * GENERATION as u64 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let key = dice >> 46;
            if n % 3 == 0 {
                assert_eq!(alone.get(&key), shared.get(&key), "{n}");
            } else {
                alone.insert(key, n);
                shared.insert(key, n);
            }
            if n % 9973 == 0 {
                copies.push(shared.share());
            }
            if n % 99_991 == 0 {
                let copy = shared.share();
                assert!(copy == alone && shared == alone, "{n}");
                then.push((copy, alone.clone()));
            }
        }
        assert!(alone.old.entries > 0, "a generation was forgotten");
        assert!(then.iter().all(|(copy, then)| copy == then), "a copy does not change");
        assert!(copies.len() > 30 && copies.iter().all(|copy| *copy != alone));
        let mut copy = shared.share();
        copy.insert(1, 0);
        assert!(shared == alone && shared.get(&1) != Some(&0));
    }
}
