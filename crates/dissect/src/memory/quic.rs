//! Connection identifiers of QUIC: a short header has one, and does not say how long it is (RFC 9000 section 17.3).

use super::Freeze;

/// So many are remembered.
const IDS: usize = 512;
/// Bytes of the longest one (RFC 9000 section 17.2).
pub const LONGEST: usize = 20;

/// A connection identifier of up to [`LONGEST`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Id {
    /// The bytes of an identifier; what goes beyond the longest is left out.
    fn new(id: &[u8]) -> Self {
        let mut bytes = [0; LONGEST];
        bytes.iter_mut().zip(id).for_each(|(to, from)| *to = *from);
        Id { bytes, length: id.len().min(LONGEST) as u8 }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// The identifiers that were seen, with the one that was last asked for in front.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    seen: Vec<Id>,
    /// Where the next one goes.
    next: usize,
    /// While frozen: what was seen since.
    aside: Option<Vec<Id>>,
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self.seen == other.seen && self.next == other.next
    }
}

impl Freeze for Ids {
    fn freeze(&mut self) {
        self.aside = Some(Vec::new());
    }

    fn thaw(&mut self) {
        self.aside = None;
    }
}

impl Ids {
    /// The identifier that `payload` begins with, if it was seen.
    pub fn find(&mut self, payload: &[u8]) -> Option<Id> {
        let fits = |id: &Id| payload.starts_with(id.bytes());
        let found = self.seen.iter().position(fits);
        if let Some(aside) = &self.aside {
            return found
                .and_then(|at| self.seen.get(at))
                .or_else(|| aside.iter().find(|id| fits(id)))
                .copied();
        }
        self.seen.swap(0, found?);
        self.seen.first().copied()
    }

    /// Remembers an identifier, unless it is empty or begins with one that is known.
    pub fn remember(&mut self, id: &[u8]) {
        if id.is_empty() || self.find(id).is_some() {
            return;
        }
        let id = Id::new(id);
        if let Some(aside) = &mut self.aside {
            aside.push(id);
            return;
        }
        match self.seen.get_mut(self.next) {
            Some(oldest) => *oldest = id,
            None => self.seen.push(id),
        }
        self.next = (self.next + 1) % IDS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> [u8; 4] {
        (n as u32 + 1).to_be_bytes()
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut ids = Ids::default();
        ids.remember(&[]);
        assert_eq!(ids, Ids::default());
        (0..IDS).for_each(|n| ids.remember(&id(n)));
        ids.remember(&[0, 0, 0, 1, 9]);
        assert_eq!(ids.find(&[0, 0, 0, 1, 9]).unwrap().bytes(), id(0), "what begins with a known one is it");
        assert_eq!(ids.find(&[0, 0, 0]), None);
        ids.remember(&id(IDS));
        assert_eq!(ids.find(&id(0)), None);
        assert_eq!(ids.find(&id(IDS)).unwrap().bytes(), id(IDS));
        assert_eq!(ids.seen.len(), IDS);
    }

    #[test]
    fn frozen_they_are_remembered_for_the_time_being() {
        let mut ids = Ids::default();
        ids.remember(&id(1));
        ids.remember(&id(2));
        let before = ids.clone();
        ids.freeze();
        ids.remember(&id(3));
        assert_eq!([2, 3].map(|n| ids.find(&id(n)).is_some()), [true, true]);
        ids.thaw();
        assert_eq!(ids, before);
        assert_eq!(ids.find(&id(3)), None);
    }
}
