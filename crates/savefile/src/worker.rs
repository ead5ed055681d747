//! A sink on a thread of its own: who writes does not wait for the disk, nor for the compressor.
//!
//! Bytes gather in a buffer of [`SIZE`]; a full one goes to the thread, and an empty one comes back. There are
//! [`BUFFERS`] of them and no more, so a slow sink makes the writer wait and memory stays flat. After an error
//! the thread drops what follows, and every later call says so.

use crate::codec::Encoder;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// How many bytes go to the thread at once.
pub const SIZE: usize = 1024 * 1024;

/// How many buffers there are, with the one that is being filled.
pub const BUFFERS: usize = 4;

/// Writes to a sink from a thread of its own.
///
/// Dropping it hands over what is left and waits for the thread, as a `BufWriter` does; errors are seen only
/// by [`Worker::finish`], [`Worker::stop`] and `flush`.
#[must_use = "errors show in finish only"]
pub struct Worker<W> {
    /// What is gathering.
    buffer: Vec<u8>,
    /// How much of it is whole records.
    mark: usize,
    /// How many buffers were made.
    made: usize,
    orders: Option<Sender<Order>>,
    answers: Receiver<Answer>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<W>>,
}

/// What the thread is told.
enum Order {
    /// Write these bytes, of which the first so many are whole records.
    Write(Vec<u8>, usize),
    Flush,
}

/// What the thread says.
enum Answer {
    Empty(Vec<u8>),
    Flushed,
}

/// What both know.
#[derive(Default)]
struct Shared {
    written: AtomicU64,
    failed: AtomicBool,
    error: Mutex<Option<io::Error>>,
}

impl<W: Write + Send + 'static> Worker<W> {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn new(sink: W) -> io::Result<Self> {
        Self::with_boundary(sink, |_| Ok(()))
    }

    /// The same for a sink that wants to know where [boundaries](Worker::boundary) are.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn with_boundary(sink: W, boundary: fn(&mut W) -> io::Result<()>) -> io::Result<Self> {
        let (orders, todo) = channel();
        let (done, answers) = channel();
        let shared = Arc::new(Shared::default());
        let seen = shared.clone();
        let thread = std::thread::Builder::new()
            .name("savefile".to_owned())
            .spawn(move || Hand { sink, boundary, shared: seen }.work(&todo, &done))?;
        Ok(Self {
            buffer: Vec::new(),
            mark: 0,
            made: 0,
            orders: Some(orders),
            answers,
            shared,
            thread: Some(thread),
        })
    }

    /// Flushes and gives the sink back.
    ///
    /// # Errors
    /// What the sink said, at any time before; then the sink is dropped. [`Worker::stop`] keeps it.
    pub fn finish(self) -> io::Result<W> {
        match self.stop() {
            (Some(sink), Ok(())) => Ok(sink),
            (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(dead()),
        }
    }

    /// Ends the thread and gives the sink back, even one that failed (not one that panicked), and beside it
    /// how it went. The sink was flushed if all went well.
    pub fn stop(mut self) -> (Option<W>, io::Result<()>) {
        let went = self.flush();
        self.orders = None;
        let sink = self.thread.take().and_then(|thread| thread.join().ok());
        (sink, went)
    }
}

impl<W: Write + Send + 'static> Worker<Encoder<W>> {
    /// Compresses on the thread; [`Worker::boundary`] reaches the encoder.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn encoding(encoder: Encoder<W>) -> io::Result<Self> {
        Self::with_boundary(encoder, Encoder::boundary)
    }
}

impl<W> Worker<W> {
    /// How many bytes the sink has taken.
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Acquire)
    }

    /// A record ends here. Costs nothing.
    pub fn boundary(&mut self) {
        self.mark = self.buffer.len();
    }

    /// The first error of the thread, again and again.
    fn check(&self) -> io::Result<()> {
        match &*self.shared.error.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(again(error)),
            None => Ok(()),
        }
    }

    fn order(&self, order: Order) -> io::Result<()> {
        self.orders.as_ref().ok_or_else(dead)?.send(order).map_err(|_| dead())
    }

    /// Hands the buffer over.
    fn hand_over(&mut self) -> io::Result<()> {
        let mark = std::mem::take(&mut self.mark);
        let buffer = std::mem::take(&mut self.buffer);
        self.order(Order::Write(buffer, mark))
    }

    /// Sees that there is a buffer to fill: a new one while there are few, else the next that comes back.
    fn buffer(&mut self) -> io::Result<()> {
        while self.buffer.capacity() == 0 {
            match self.answers.try_recv() {
                Ok(Answer::Empty(buffer)) => self.buffer = buffer,
                Ok(Answer::Flushed) => {}
                Err(_) if self.made < BUFFERS => {
                    self.made += 1;
                    self.buffer = Vec::with_capacity(SIZE);
                }
                Err(_) => match self.answers.recv().map_err(|_| dead())? {
                    Answer::Empty(buffer) => self.buffer = buffer,
                    Answer::Flushed => {}
                },
            }
        }
        Ok(())
    }

    fn flush_thread(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.hand_over()?;
        }
        self.order(Order::Flush)?;
        loop {
            match self.answers.recv().map_err(|_| dead())? {
                Answer::Empty(buffer) if self.buffer.capacity() == 0 => self.buffer = buffer,
                Answer::Empty(_) => self.made -= 1,
                Answer::Flushed => return self.check(),
            }
        }
    }
}

impl<W> Write for Worker<W> {
    /// Takes bytes into the buffer. An error is one that the thread met before; nothing was taken then.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.shared.failed.load(Ordering::Acquire) {
            self.check()?;
        }
        if self.buffer.len() >= SIZE {
            self.hand_over()?;
        }
        self.buffer()?;
        let n = bytes.len().min(SIZE - self.buffer.len());
        self.buffer.extend_from_slice(bytes.get(..n).unwrap_or_default());
        Ok(n)
    }

    /// Waits until the sink has taken everything and was flushed.
    fn flush(&mut self) -> io::Result<()> {
        self.flush_thread()
    }
}

impl<W> Drop for Worker<W> {
    fn drop(&mut self) {
        if !self.buffer.is_empty() {
            let _ = self.hand_over();
        }
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread.
struct Hand<W> {
    sink: W,
    boundary: fn(&mut W) -> io::Result<()>,
    shared: Arc<Shared>,
}

impl<W: Write> Hand<W> {
    fn work(mut self, orders: &Receiver<Order>, answers: &Sender<Answer>) -> W {
        for order in orders {
            let answer = match order {
                Order::Write(mut buffer, mark) => {
                    self.attempt(|hand| hand.write(&buffer, mark));
                    buffer.clear();
                    Answer::Empty(buffer)
                }
                Order::Flush => {
                    self.attempt(|hand| hand.sink.flush());
                    Answer::Flushed
                }
            };
            // Nobody listens while the other side is being dropped, and its bytes are still to be written.
            let _ = answers.send(answer);
        }
        self.sink
    }

    /// Does something, unless something failed before.
    fn attempt(&mut self, what: impl FnOnce(&mut Self) -> io::Result<()>) {
        if self.shared.failed.load(Ordering::Acquire) {
            return;
        }
        if let Err(error) = what(self) {
            *self.shared.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            self.shared.failed.store(true, Ordering::Release);
        }
    }

    fn write(&mut self, bytes: &[u8], mark: usize) -> io::Result<()> {
        let (whole, rest) = bytes.split_at_checked(mark).unwrap_or((bytes, &[]));
        self.write_all(whole)?;
        if !whole.is_empty() {
            (self.boundary)(&mut self.sink)?;
        }
        self.write_all(rest)
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.sink.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => {
                    self.shared.written.fetch_add(n as u64, Ordering::Release);
                    bytes = bytes.get(n..).unwrap_or_default();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The same error once more: with its number, if it is the system's.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

fn dead() -> io::Error {
    io::Error::other("the thread that writes the file has panicked")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn what_is_written_arrives_in_order() {
        let mut worker = Worker::new(Vec::new()).unwrap();
        let mut wanted = Vec::new();
        for i in 0..200_000u32 {
            worker.write_all(&i.to_le_bytes().repeat(i as usize % 40)).unwrap();
            wanted.extend(i.to_le_bytes().repeat(i as usize % 40));
        }
        assert!(wanted.len() > 10 * SIZE);
        assert!(worker.finish().unwrap() == wanted);
    }

    #[test]
    fn flush_waits_and_drop_loses_nothing() {
        let (sent, received) = channel();
        struct Sink(Sender<usize>);
        impl Write for Sink {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                std::thread::sleep(std::time::Duration::from_millis(5));
                self.0.send(bytes.len()).unwrap();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                self.0.send(0).unwrap();
                Ok(())
            }
        }
        let mut worker = Worker::new(Sink(sent)).unwrap();
        worker.write_all(&[1; 100]).unwrap();
        worker.flush().unwrap();
        assert_eq!(worker.written(), 100);
        assert_eq!(received.try_iter().collect::<Vec<_>>(), [100, 0]);
        worker.write_all(&[1; 50]).unwrap();
        drop(worker);
        assert_eq!(received.try_iter().collect::<Vec<_>>(), [50]);
    }

    #[test]
    fn a_slow_sink_makes_the_writer_wait() {
        let (go, gate) = sync_channel::<()>(0);
        struct Gated(Receiver<()>);
        impl Write for Gated {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let _ = self.0.recv();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut worker = Worker::new(Gated(gate)).unwrap();
        let taken = Arc::new(AtomicU64::new(0));
        let count = taken.clone();
        let writer = std::thread::spawn(move || {
            for _ in 0..20 {
                worker.write_all(&vec![7; SIZE]).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
            }
            worker.finish().map(drop)
        });
        while taken.load(Ordering::SeqCst) < BUFFERS as u64 {
            std::thread::yield_now();
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert_eq!(taken.load(Ordering::SeqCst), BUFFERS as u64);
        drop(go);
        writer.join().unwrap().unwrap();
        assert_eq!(taken.load(Ordering::SeqCst), 20);
    }

    /// Fails when it has taken so many bytes.
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::from_raw_os_error(28));
            }
            let n = bytes.len().min(self.0);
            self.0 -= n;
            Ok(n)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_error_of_the_sink_is_told_and_told_again() {
        let mut worker = Worker::new(Full(1000)).unwrap();
        worker.write_all(&[0; 1500]).unwrap();
        assert_eq!(worker.flush().unwrap_err().raw_os_error(), Some(28));
        assert_eq!(worker.written(), 1000);
        let later = (0..4).find_map(|_| worker.write_all(&vec![0; SIZE]).err());
        assert_eq!(later.unwrap().raw_os_error(), Some(28));
        let (sink, went) = worker.stop();
        assert_eq!((sink.unwrap().0, went.unwrap_err().raw_os_error()), (0, Some(28)));
    }

    #[test]
    fn a_panic_of_the_sink_is_an_error() {
        struct Bomb;
        impl Write for Bomb {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                panic!("as the test wants it")
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut worker = Worker::new(Bomb).unwrap();
        worker.write_all(&[0; 10]).unwrap();
        let error = worker.finish().map(drop).unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
    }

    #[test]
    fn boundaries_reach_the_sink_where_records_end() {
        struct Marks(Vec<u8>, Vec<usize>);
        impl Write for Marks {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let marks = Marks(Vec::new(), Vec::new());
        let mut worker = Worker::with_boundary(marks, |sink| {
            sink.1.push(sink.0.len());
            Ok(())
        })
        .unwrap();
        for _ in 0..30_000 {
            worker.write_all(&[3; 101]).unwrap();
            worker.boundary();
        }
        let Marks(bytes, marks) = worker.finish().unwrap();
        assert_eq!(bytes.len(), 30_000 * 101);
        assert!(marks.len() >= 2 && marks.iter().all(|mark| mark % 101 == 0), "{marks:?}");
    }
}
