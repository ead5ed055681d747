//! What a pcapng file says of no packet, kept so that every output of several can say it: names and secrets.

use gannet_savefile::ByteOrder;
use gannet_savefile::block::{Block, Names, Options, Secrets};

/// No more than this is kept, in bytes; what comes after it is said once.
const MOST: usize = 4 * 1024 * 1024;

/// Blocks that were kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asides {
    kept: Vec<Aside>,
    size: usize,
}

#[derive(Clone, Debug)]
struct Aside {
    what: What,
    data: Vec<u8>,
    options: Vec<u8>,
    order: ByteOrder,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Names,
    Secrets(u32),
}

impl Asides {
    /// Keeps a block, if it is one to keep.
    pub(crate) fn keep(&mut self, block: &Block<'_>) {
        let (what, data, options) = match block {
            Block::Names(names) => (What::Names, names.raw, names.options),
            Block::Secrets(secrets) => (What::Secrets(secrets.kind), secrets.data, secrets.options),
            _ => return,
        };
        let size = self.size + data.len() + options.raw().len();
        if size <= MOST {
            self.size = size;
            let (data, options, order) = (data.to_vec(), options.raw().to_vec(), options.order());
            self.kept.push(Aside { what, data, options, order });
        }
    }

    /// The blocks, in their order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        self.kept.iter().map(|aside| {
            let options = Options::new(&aside.options, aside.order);
            match aside.what {
                What::Names => Block::Names(Names { raw: &aside.data, options }),
                What::Secrets(kind) => Block::Secrets(Secrets { kind, data: &aside.data, options }),
            }
        })
    }
}
