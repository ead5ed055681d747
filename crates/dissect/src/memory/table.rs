//! A map that never grows past a bound: what was not asked for in a long while is forgotten.

use std::collections::HashMap;
use std::hash::Hash;

/// Entries of one generation; a table holds at most two.
const GENERATION: usize = 1 << 17;

/// A bounded map of keys that come from packets: its hash is seeded, so that nobody can choose keys that
/// collide. When the young generation is full it becomes the old one, and the old one is forgotten; whatever
/// is asked for becomes young again. Which entries are forgotten depends on the order of calls alone.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    young: HashMap<K, V, foldhash::fast::RandomState>,
    old: HashMap<K, V, foldhash::fast::RandomState>,
    /// While the table is frozen: what was asked for and remembered since.
    aside: Option<Vec<(K, V)>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table { young: HashMap::default(), old: HashMap::default(), aside: None }
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
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        if self.aside.is_some() {
            return self.get_aside(key);
        }
        // Until a generation is full there is no old one, and looking once is enough.
        if !self.old.is_empty() && !self.young.contains_key(key) {
            let value = self.old.remove(key)?;
            self.insert(key.clone(), value);
        }
        self.young.get_mut(key)
    }

    /// Remembers `value` of `key`, instead of what was.
    pub fn insert(&mut self, key: K, value: V) {
        if let Some(aside) = &mut self.aside {
            return aside.push((key, value));
        }
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        if !self.old.is_empty() {
            self.old.remove(&key);
        }
        self.young.insert(key, value);
    }

    /// A frozen table lends copies. They are as few as a packet has layers.
    fn get_aside(&mut self, key: &K) -> Option<&mut V> {
        let aside = self.aside.as_mut()?;
        if !aside.iter().any(|row| row.0 == *key) {
            let value = self.young.get(key).or_else(|| self.old.get(key))?;
            aside.push((key.clone(), value.clone()));
        }
        aside.iter_mut().rev().find(|row| row.0 == *key).map(|row| &mut row.1)
    }
}

impl<K: Eq + Hash, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.young == other.young && self.old == other.old
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
                assert_eq!(table.get(&u64::MAX), Some(&mut 1));
            }
        }
        assert_eq!(table.get(&(u64::MAX - 1)), None);
        assert!(table.young.len() + table.old.len() <= 2 * GENERATION);
    }

    #[test]
    fn a_frozen_table_remembers_for_the_time_being() {
        let mut table = Table::default();
        table.insert(1, "a");
        let before = table.clone();
        table.freeze();
        table.insert(2, "b");
        table.insert(2, "c");
        *table.get(&1).unwrap() = "d";
        assert_eq!([table.get(&1).cloned(), table.get(&2).cloned()], [Some("d"), Some("c")]);
        table.thaw();
        assert!(table == before);
        assert_eq!([table.get(&1).cloned(), table.get(&2).cloned()], [Some("a"), None]);
    }
}
