//! The last calls that were seen, so that replies, which do not say what they reply to, can be matched to them.

use super::Freeze;

/// So many calls are remembered.
const CALLS: usize = 64;

/// The last calls. A search begins where the last one succeeded; the number of calls is so small that nothing
/// is gained by choosing them badly.
#[derive(Clone, Debug)]
pub struct Ring<T> {
    calls: Vec<T>,
    /// Where the next one goes once the ring is full.
    next: usize,
    hint: usize,
    frozen: bool,
    /// While the ring is frozen: what it was before the first change.
    before: Option<Box<Ring<T>>>,
}

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Ring { calls: Vec::new(), next: 0, hint: 0, frozen: false, before: None }
    }
}

impl<T: Clone> Ring<T> {
    /// Remembers a call, instead of the oldest if there are too many.
    pub fn insert(&mut self, call: T) {
        self.keep();
        match self.calls.get_mut(self.next) {
            Some(place) => *place = call,
            None => self.calls.push(call),
        }
        self.next = (self.next + 1) % CALLS;
    }

    /// The call that `is` holds for.
    pub fn find(&mut self, is: impl Fn(&T) -> bool) -> Option<T> {
        self.keep();
        let (before, after) = self.calls.split_at_checked(self.hint)?;
        let (at, call) = match after.iter().position(&is) {
            Some(at) => (self.hint + at, after.get(at)?),
            None => before.iter().enumerate().find(|(_, call)| is(call))?,
        };
        let call = call.clone();
        self.hint = at;
        Some(call)
    }

    fn keep(&mut self) {
        if self.frozen && self.before.is_none() {
            let mut before = self.clone();
            before.frozen = false;
            self.before = Some(Box::new(before));
        }
    }
}

impl<T> Freeze for Ring<T> {
    fn freeze(&mut self) {
        self.frozen = true;
    }

    fn thaw(&mut self) {
        self.frozen = false;
        if let Some(before) = self.before.take() {
            *self = *before;
        }
    }
}

impl<T: PartialEq> PartialEq for Ring<T> {
    fn eq(&self, other: &Self) -> bool {
        self.calls == other.calls && self.next == other.next && self.hint == other.hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_call_is_forgotten() {
        let mut ring = Ring::default();
        for n in 0..CALLS as u32 + 2 {
            ring.insert((n, n % 2));
        }
        assert_eq!(ring.find(|call| call.0 == 1), None);
        assert_eq!(ring.find(|call| call.0 == 2), Some((2, 0)));
        assert_eq!(ring.find(|call| call.0 == CALLS as u32), Some((CALLS as u32, 0)));
        assert_eq!(ring.find(|call| call.0 == 63), Some((63, 1)));
        assert_eq!(ring.calls.len(), CALLS);
    }

    #[test]
    fn a_search_goes_on_where_the_last_one_succeeded() {
        let mut ring = Ring::default();
        for call in [(1, 'a'), (2, 'b'), (1, 'c')] {
            ring.insert(call);
        }
        assert_eq!(ring.find(|call| call.0 == 1), Some((1, 'a')));
        assert_eq!(ring.find(|call| call.0 == 2), Some((2, 'b')));
        assert_eq!(ring.find(|call| call.0 == 1), Some((1, 'c')));
        assert_eq!(ring.find(|call| call.0 == 3), None);
    }

    #[test]
    fn a_frozen_ring_remembers_for_the_time_being() {
        let mut ring = Ring::default();
        ring.insert(1);
        let before = ring.clone();
        ring.freeze();
        ring.insert(2);
        assert_eq!([ring.find(|n| *n == 1), ring.find(|n| *n == 2)], [Some(1), Some(2)]);
        assert!(ring != before);
        ring.thaw();
        assert!(ring == before);
        ring.insert(3);
        assert_eq!(ring.find(|n| *n == 3), Some(3));
    }
}
