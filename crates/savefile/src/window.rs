//! A window that slides over the input: what is inside can be looked at in place.

use crate::view::View;
use std::io::{self, Read};
use std::ops::Range;

/// How much is asked of the source at once. More does not help: the copy stays in the second-level cache.
pub(crate) const READ_SIZE: usize = 256 * 1024;

/// The input from `offset` on, some of it in memory.
pub(crate) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// Shows the bytes in place of the buffer.
    view: Option<Box<dyn View>>,
    /// How far into the input it is that nobody has touched what the view shows.
    cold: u64,
    /// Where the first unconsumed byte is, and where the bytes that were read end.
    start: usize,
    end: usize,
    /// How far into the input `start` is.
    offset: u64,
    ended: bool,
    /// Nothing is read that was not asked for.
    exact: bool,
}

impl<R: Read> Window<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            buffer: vec![0; READ_SIZE],
            view: None,
            cold: 0,
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
            exact: false,
        }
    }

    /// Asks the source for no byte that nobody looks at.
    pub(crate) fn exact(source: R) -> Self {
        Self { exact: true, ..Self::new(source) }
    }

    /// Whether to ask for no byte that nobody looks at. If so, what was read and not consumed is forgotten, and the
    /// source has to stand there again.
    pub(crate) fn set_exact(&mut self, exact: bool) {
        self.exact = exact;
        if exact {
            self.moved(self.offset);
        }
    }

    /// How many bytes of the input were consumed.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next `n` bytes; fewer only at the end of the input. A failed read consumes nothing: to ask again
    /// is to go on.
    pub(crate) fn look(&mut self, n: usize) -> io::Result<&[u8]> {
        let unread = self.look_far(n)?;
        Ok(unread.get(..n).unwrap_or(unread))
    }

    /// The same, and whatever more is at hand.
    #[inline]
    pub(crate) fn look_far(&mut self, n: usize) -> io::Result<&[u8]> {
        if self.end - self.start < n {
            self.fill(n)?;
        }
        Ok(self.at_hand())
    }

    /// The same, and `spare` bytes more if any have to be read at all: for whoever looks far ahead at every
    /// step, and would have all of it moved for every step.
    pub(crate) fn look_ahead(&mut self, n: usize, spare: usize) -> io::Result<&[u8]> {
        let far = if self.end - self.start < n { n.saturating_add(spare) } else { n };
        self.look_far(far)
    }

    /// Whatever is at hand.
    #[inline]
    pub(crate) fn at_hand(&self) -> &[u8] {
        self.bytes().get(self.start..self.end).unwrap_or_default()
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match &self.view {
            None => &self.buffer,
            Some(view) => view.bytes(),
        }
    }

    /// From now on all bytes are those that `view` shows. The source is read no more.
    pub(crate) fn view(&mut self, view: Box<dyn View>) {
        self.buffer = Vec::new();
        self.view = Some(view);
        self.moved(self.offset);
    }

    /// Where in what is at hand the memory begins that nobody has touched for long, if there is any.
    pub(crate) fn cold(&self) -> Option<usize> {
        self.view.as_ref()?;
        Some(usize::try_from(self.cold.saturating_sub(self.offset)).unwrap_or(usize::MAX))
    }

    /// Says where it begins now.
    pub(crate) fn warmed(&mut self, cold: usize) {
        self.cold = self.offset.saturating_add(cold as u64);
    }

    /// Forgets what was read: the source was moved, and stands `offset` bytes into the input now.
    pub(crate) fn moved(&mut self, offset: u64) {
        if let Some(view) = &mut self.view {
            view.hide();
        }
        (self.start, self.end, self.ended, self.offset) = (0, 0, false, offset);
    }

    /// Steps over `n` bytes that [`Window::look`] showed; where they are until the next look.
    #[inline]
    pub(crate) fn consume(&mut self, n: usize) -> Range<usize> {
        let from = self.start;
        self.start = self.end.min(from + n);
        self.offset += (self.start - from) as u64;
        from..self.start
    }

    /// Bytes that [`Window::consume`] gave the place of.
    #[inline]
    pub(crate) fn lend(&self, place: Range<usize>) -> &[u8] {
        self.bytes().get(place).unwrap_or_default()
    }

    /// The same, to be changed where they are; nothing where a view shows them.
    pub(crate) fn lend_mut(&mut self, place: Range<usize>) -> &mut [u8] {
        self.buffer.get_mut(place).unwrap_or_default()
    }

    pub(crate) fn source(&self) -> &R {
        &self.source
    }

    pub(crate) fn into_source(self) -> R {
        self.source
    }

    /// Reads until `n` bytes are there or the input ends. The buffer grows no faster than the input comes,
    /// so a length that lies costs no memory.
    #[cold]
    fn fill(&mut self, n: usize) -> io::Result<()> {
        if let Some(view) = &mut self.view {
            (self.start, self.end) = (0, 0);
            view.show(self.offset, n)?;
            (self.end, self.cold) = (view.bytes().len(), self.offset);
            return Ok(());
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < n && !self.ended {
            if self.end == self.buffer.len() {
                let size = self.buffer.len().saturating_mul(2).min(n.next_multiple_of(4096));
                self.buffer.resize(size.max(self.end + 1), 0);
            }
            let until = self.buffer.len().min(if self.exact { n } else { self.end + READ_SIZE });
            let room = self.buffer.get_mut(self.end..until).unwrap_or_default();
            let got = self.source.read(room)?;
            self.ended = got == 0;
            self.end += got;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, and fails once in the middle.
    struct Stutter {
        left: usize,
        failed: bool,
    }

    impl Read for Stutter {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.left < 500 && !self.failed {
                self.failed = true;
                return Err(io::ErrorKind::Interrupted.into());
            }
            let n = into.len().min(7).min(self.left);
            into[..n].fill(self.left as u8);
            self.left -= n;
            Ok(n)
        }
    }

    #[test]
    fn an_interrupted_look_can_be_repeated() {
        let mut w = Window::new(Stutter { left: 1000, failed: false });
        assert_eq!(w.look(100).unwrap().len(), 100);
        w.consume(90);
        assert!(w.look(900).is_err());
        assert_eq!(w.look(900).unwrap().len(), 900);
        w.consume(900);
        assert_eq!((w.look(50).unwrap().len(), w.offset()), (10, 990));
    }

    #[test]
    fn an_exact_window_leaves_the_rest_to_others() {
        let mut w = Window::exact(&[7u8; 100][..]);
        w.look(24).unwrap();
        w.consume(20);
        assert_eq!((w.look(16).unwrap().len(), w.source().len()), (16, 100 - 36));
        w.set_exact(false);
        assert_eq!((w.look(30).unwrap().len(), w.source().len()), (30, 0));
    }

    #[test]
    fn a_long_look_into_a_short_input_stays_small() {
        let mut w = Window::new(&[1u8; 300_000][..]);
        assert_eq!(w.look(1 << 30).unwrap().len(), 300_000);
        assert!(w.buffer.len() <= 2 * READ_SIZE);
    }

    #[test]
    fn what_is_longer_than_the_buffer_is_shown_whole() {
        let data: Vec<u8> = (0..2_000_000u32).map(|i| i as u8).collect();
        let mut w = Window::new(&data[..]);
        w.look(5).unwrap();
        w.consume(5);
        assert_eq!(w.look(1_999_995).unwrap(), &data[5..]);
    }
}
