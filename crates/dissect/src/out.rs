//! Words out: one pen, two ears.
//!
//! A dissector reads a phrase and then says it. `say` and `write!` are heard by the text ear alone; a value
//! (`num`, `hex`, `name`, `flags`, `ip`, `mac`, `chars`, `bytes`, ..) by both, each in its own manner: where
//! text hears *Advertisement*, the structured ear hears `"type":1,"type_name":"Advertisement"`; with `named`, text
//! hears *Advertisement (1)*. A set of bits is a number and a list: `"flags":3,"flags_set":["one","two"]`. `note` is
//! for the structured ear alone, `aloud` for values that text says again.
//! A `phrase` is one value made of several words: text hears the words, the structured ear one string.
//! `nest`, `item` and `list` close themselves whatever happens inside, so that a packet cut short is still
//! valid JSON. The third ear is deaf, for fuzzing, measuring and running ahead.
//!
//! Rust evaluates a receiver before the arguments: a `?` inside `out.say("x ").num(..)` would leave half a phrase
//! at a cut. `cargo xtask tidy` finds it.
//!
//! # Contract
//! Keys are `snake_case` and unique within their nest. The key is empty inside a list, a phrase and `aloud`, and
//! nowhere else; tests hold it. Values of a packet reach the text with control and non-ASCII characters escaped
//! (but see [`Out::plain_chars`]), and JSON with everything escaped.

use gannet_wire::{Cursor, Dissect, Stop};
use std::fmt;
use std::net::IpAddr;

mod json;
mod number;
#[cfg(test)]
mod tests;

pub use number::{Number, hexadecimal, pair};

/// Numbers and what they are called.
pub type NameTable = &'static [(u32, &'static str)];
/// Bits, or groups of bits, and what they are called when set.
pub type Flags = &'static [(u32, &'static str)];

/// Who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ear {
    /// The words that tcpdump prints.
    Text,
    /// Values, as JSON.
    Json,
    /// Nobody: dissectors run for what they remember, or to be measured.
    Deaf,
}

/// A transport protocol whose ports have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Transport {
    Tcp,
    Udp,
    Sctp,
    Dccp,
}

/// Names for numbers, handed in by whoever may look them up. Each method writes the name and says `true`, or
/// writes nothing and says `false`. Only the text ear asks, maybe on several threads at once.
pub trait Names: Send + Sync {
    /// The name of a host.
    fn host(&self, addr: IpAddr, text: &mut Vec<u8>) -> bool;
    /// The name of a port.
    fn port(&self, transport: Transport, port: u16, text: &mut Vec<u8>) -> bool;
    /// The name of an IP protocol.
    fn protocol(&self, number: u8, text: &mut Vec<u8>) -> bool;
    /// The name of a program that is called over ONC RPC.
    fn rpc_program(&self, number: u32, text: &mut Vec<u8>) -> bool;
    /// A link-layer address with whatever is known of it: its name, or its digits and its maker.
    fn mac(&self, addr: [u8; 6], text: &mut Vec<u8>) -> bool;
}

/// Of how many layers the names are kept.
pub const LAYERS_MOST: usize = 64;

/// How the pen writes at this moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Text,
    Json,
    /// Words inside a JSON string.
    Quote,
    Deaf,
}

/// The pen.
pub struct Out<'o> {
    mode: Mode,
    /// JSON: nothing stands in the innermost nest yet.
    fresh: bool,
    /// JSON: the innermost nest is a list, or there is none.
    in_list: bool,
    buf: &'o mut Vec<u8>,
    names: Option<&'o dyn Names>,
    /// JSON: say beside numbers what they are called.
    calls: bool,
    /// The layers that spoke, in their order, for whoever wants to know.
    layers: Option<&'o mut Vec<&'static str>>,
}

impl<'o> Out<'o> {
    /// A pen that writes for `ear` at the end of `buf`; without `names`, numbers stay numbers.
    pub fn new(ear: Ear, buf: &'o mut Vec<u8>, names: Option<&'o dyn Names>) -> Self {
        let mode = match ear {
            Ear::Text => Mode::Text,
            Ear::Json => Mode::Json,
            Ear::Deaf => Mode::Deaf,
        };
        Out { mode, fresh: true, in_list: true, buf, names, calls: true, layers: None }
    }

    /// From now on the names of layers go into `layers`, up to [`LAYERS_MOST`] of them.
    pub fn noting_layers(mut self, layers: &'o mut Vec<&'static str>) -> Self {
        self.layers = Some(layers);
        self
    }

    /// The structured ear hears numbers without what they are called.
    #[cfg(test)]
    pub fn numbers_only(mut self) -> Self {
        self.calls = false;
        self
    }

    /// A layer begins to speak.
    pub(crate) fn layer(&mut self, name: &'static str) {
        if let Some(layers) = self.layers.as_mut().filter(|layers| layers.len() < LAYERS_MOST) {
            layers.push(name);
        }
    }

    /// The list of the layers that spoke so far, for the structured ear; see [`Out::noting_layers`].
    pub fn note_layers(&mut self, key: &str) -> &mut Self {
        let Some(layers) = self.layers.take() else { return self };
        self.words(key, "", layers.iter().copied());
        self.layers = Some(layers);
        self
    }

    /// Whether words are heard at this moment.
    pub fn hears_words(&self) -> bool {
        matches!(self.mode, Mode::Text | Mode::Quote)
    }

    /// Whether this pen writes for the structured ear.
    pub fn hears_values(&self) -> bool {
        matches!(self.mode, Mode::Json | Mode::Quote)
    }

    /// Literal words, for the text ear.
    pub fn say(&mut self, words: &str) -> &mut Self {
        match self.mode {
            Mode::Text => self.buf.extend_from_slice(words.as_bytes()),
            Mode::Quote => json::escape(self.buf, words.as_bytes()),
            Mode::Json | Mode::Deaf => {}
        }
        self
    }

    /// Formatted words, for the text ear: `write!(out, ..)`. What is formatted must not be a packet's bytes.
    pub fn write_fmt(&mut self, words: fmt::Arguments<'_>) -> &mut Self {
        if self.hears_words() {
            let _ = fmt::Write::write_fmt(&mut Words(self), words);
        }
        self
    }

    /// A number in decimal.
    pub fn num(&mut self, key: &str, n: impl Number) -> &mut Self {
        match self.mode {
            Mode::Deaf => {}
            Mode::Json => {
                self.key(key);
                number::decimal(self.buf, n.wide());
            }
            Mode::Text | Mode::Quote => number::decimal(self.buf, n.wide()),
        }
        self
    }

    /// A signed number in decimal.
    pub fn int(&mut self, key: &str, n: i64) -> &mut Self {
        if self.mode == Mode::Deaf {
            return self;
        }
        self.key(key);
        if n < 0 {
            self.buf.push(b'-');
        }
        number::decimal(self.buf, n.unsigned_abs());
        self
    }

    /// A number that text writes in hexadecimal, without a prefix.
    pub fn hex(&mut self, key: &str, n: impl Number) -> &mut Self {
        self.hex0(key, n, 1)
    }

    /// A number that text writes in hexadecimal with at least `digits` digits, without a prefix.
    pub fn hex0(&mut self, key: &str, n: impl Number, digits: usize) -> &mut Self {
        if self.hears_words() {
            number::hexadecimal(self.buf, n.wide(), digits);
            return self;
        }
        self.num(key, n)
    }

    /// A number that text writes with `decimals` digits behind the point. One that is infinite, or none, has no key:
    /// JSON cannot say it.
    pub fn fraction(&mut self, key: &str, n: f64, decimals: usize) -> &mut Self {
        match self.mode {
            Mode::Deaf => {}
            Mode::Json if !n.is_finite() => {}
            Mode::Json => {
                self.key(key);
                json::float(self.buf, n);
            }
            Mode::Text | Mode::Quote => {
                write!(self, "{n:.decimals$}");
            }
        }
        self
    }

    /// A number with a name: text hears the name, or `otherwise`, in which one `%u`, `%x`, `%02x` .. stands
    /// for the number.
    pub fn name(&mut self, key: &str, n: impl Number, names: NameTable, otherwise: &str) -> &mut Self {
        let n = n.wide();
        match (lookup(names, n), self.hears_words()) {
            (Some(name), true) => self.say(name),
            (None, true) => self.fill(otherwise, n),
            (name, false) => self.num(key, n).called(key, name.unwrap_or_default()),
        }
    }

    /// What the number just said is called, for the structured ear: `"type_name":".."` behind `"type"`.
    pub fn called(&mut self, key: &str, name: &str) -> &mut Self {
        if self.mode != Mode::Json || !self.calls || self.in_list {
            return self;
        }
        let name = json::bare(name);
        if !name.is_empty() {
            self.key_of(key, "_name");
            self.buf.push(b'"');
            json::escape(self.buf, name.as_bytes());
            self.buf.push(b'"');
        }
        self
    }

    /// A number with a name, both of which text hears: `Name (number)`. See [`Out::name`].
    pub fn named(&mut self, key: &str, n: impl Number, names: NameTable, otherwise: &str) -> &mut Self {
        self.named_as(key, n, names, otherwise, " (%u)")
    }

    /// As [`Out::named`], with the words for the number behind the name: ` Option #%u`, ` (0x%04x)`.
    pub fn named_as(
        &mut self,
        key: &str,
        n: impl Number,
        names: NameTable,
        otherwise: &str,
        number: &str,
    ) -> &mut Self {
        self.name(key, n, names, otherwise);
        if self.hears_words() { self.fill(number, n.wide()) } else { self }
    }

    /// A set of bits: text hears the names of those set, between `, `, or `none` with its `%` filled in.
    pub fn flags(&mut self, key: &str, n: impl Number, names: Flags, none: &str) -> &mut Self {
        self.bits(key, n.wide(), names, none, ", ")
    }

    /// A set of bits: text hears the letters of those set, or `none` with its `%` filled in.
    pub fn letters(&mut self, key: &str, n: impl Number, letters: Flags, none: &str) -> &mut Self {
        self.bits(key, n.wide(), letters, none, "")
    }

    /// A set of bits for the structured ear alone: the number, and what those are called that are set.
    pub fn note_flags(&mut self, key: &str, n: impl Number, names: Flags) -> &mut Self {
        if self.mode == Mode::Json { self.bits(key, n.wide(), names, "", "") } else { self }
    }

    /// An IP address: by name, if names are wanted and it has one.
    pub fn ip(&mut self, key: &str, addr: IpAddr) -> &mut Self {
        match self.mode {
            Mode::Deaf => self,
            Mode::Text if self.names.is_some_and(|names| names.host(addr, self.buf)) => self,
            _ => self.ip_digits(key, addr),
        }
    }

    /// An IP address in digits, whatever names are wanted: one that a name leads to.
    pub fn ip_digits(&mut self, key: &str, addr: IpAddr) -> &mut Self {
        match self.mode {
            Mode::Deaf => self,
            Mode::Json => self.quoted(key, |out| out.digits(addr)),
            Mode::Text | Mode::Quote => self.digits(addr),
        }
    }

    /// An IPv4 address, see [`Out::ip`].
    pub fn ip4(&mut self, key: &str, addr: [u8; 4]) -> &mut Self {
        self.ip(key, IpAddr::from(addr))
    }

    /// An IPv6 address, see [`Out::ip`].
    pub fn ip6(&mut self, key: &str, addr: [u8; 16]) -> &mut Self {
        self.ip(key, IpAddr::from(addr))
    }

    /// A port: by name, if names are wanted and it has one.
    pub fn port(&mut self, key: &str, transport: Transport, port: u16) -> &mut Self {
        if self.mode == Mode::Text && self.names.is_some_and(|names| names.port(transport, port, self.buf)) {
            return self;
        }
        self.num(key, port)
    }

    /// Whether names are wanted in the place of numbers, where they are known without asking anybody.
    pub fn wants_names(&self) -> bool {
        self.mode == Mode::Text && self.names.is_some()
    }

    /// An IP protocol by the name that the system has for it, else `otherwise` with its `%` filled in.
    pub fn ip_protocol(&mut self, key: &str, number: u8, otherwise: &str) -> &mut Self {
        if self.mode == Mode::Text && self.names.is_some_and(|names| names.protocol(number, self.buf)) {
            return self;
        }
        if self.hears_words() { self.fill(otherwise, number.into()) } else { self.num(key, number) }
    }

    /// A program that is called over ONC RPC, by the name that the system has for it, else `otherwise` with its `%` filled
    /// in.
    pub fn rpc_program(&mut self, key: &str, number: u32, otherwise: &str) -> &mut Self {
        if self.mode == Mode::Text && self.names.is_some_and(|names| names.rpc_program(number, self.buf)) {
            return self;
        }
        if self.hears_words() { self.fill(otherwise, number.into()) } else { self.num(key, number) }
    }

    /// A 48-bit link-layer address: with its name or maker, if names are wanted.
    pub fn mac(&mut self, key: &str, addr: [u8; 6]) -> &mut Self {
        if self.mode == Mode::Text && self.names.is_some_and(|names| names.mac(addr, self.buf)) {
            return self;
        }
        self.octets(key, &addr, b':')
    }

    /// Bytes in hex with a separator between them: a link-layer address of any length. The structured ear has no key
    /// for no bytes.
    pub fn octets(&mut self, key: &str, bytes: &[u8], separator: u8) -> &mut Self {
        match self.mode {
            Mode::Deaf => self,
            Mode::Json if bytes.is_empty() && !self.in_list => self,
            Mode::Json => self.quoted(key, |out| out.octets("", bytes, separator)),
            Mode::Text | Mode::Quote => {
                for (i, byte) in bytes.iter().enumerate() {
                    if i > 0 {
                        self.buf.push(separator);
                    }
                    self.buf.extend_from_slice(&pair(*byte));
                }
                self
            }
        }
    }

    /// Bytes in hex, one after the other. The structured ear has no key for no bytes.
    pub fn bytes(&mut self, key: &str, bytes: &[u8]) -> &mut Self {
        match self.mode {
            Mode::Deaf => self,
            Mode::Json if bytes.is_empty() && !self.in_list => self,
            Mode::Json => self.quoted(key, |out| out.bytes("", bytes)),
            Mode::Text | Mode::Quote => {
                for byte in bytes {
                    self.buf.extend_from_slice(&pair(*byte));
                }
                self
            }
        }
    }

    /// The next `n` bytes in hex as far as they were captured, and then the cut.
    pub fn bytes_of(&mut self, key: &str, p: &mut Cursor<'_>, n: usize) -> Dissect<&mut Self> {
        self.bytes(key, p.sub(n).rest());
        p.skip(n)?;
        Ok(self)
    }

    /// Characters of a packet: text hears them with those that cannot be printed as `^X` and `M-x`.
    pub fn chars(&mut self, key: &str, chars: &[u8]) -> &mut Self {
        match self.mode {
            Mode::Deaf => {}
            Mode::Json => {
                self.quoted(key, |out| {
                    json::escape(out.buf, chars);
                    out
                });
            }
            Mode::Quote => json::escape(self.buf, chars),
            Mode::Text => {
                for &c in chars {
                    self.char(c);
                }
            }
        }
        self
    }

    /// Characters of a packet that tcpdump writes as they are: as [`Out::chars`], but for control characters that no
    /// terminal acts upon.
    pub fn plain_chars(&mut self, key: &str, chars: &[u8]) -> &mut Self {
        if self.mode != Mode::Text {
            return self.chars(key, chars);
        }
        for &c in chars {
            if matches!(c, 0x01..=0x04 | 0x06 | 0x10 | 0x12 | 0x14..=0x17 | 0x19 | 0x1c..=0x1f) {
                self.buf.push(c);
            } else {
                self.char(c);
            }
        }
        self
    }

    /// The next `n` characters as far as they were captured, and then the cut.
    pub fn chars_of(&mut self, key: &str, p: &mut Cursor<'_>, n: usize) -> Dissect<&mut Self> {
        self.chars(key, p.sub(n).rest());
        p.skip(n)?;
        Ok(self)
    }

    /// A field of `n` characters that the first NUL ends early: as far as it was captured, and then the cut.
    pub fn padded_chars_of(&mut self, key: &str, p: &mut Cursor<'_>, n: usize) -> Dissect<&mut Self> {
        let field = p.sub(n).rest();
        let end = field.iter().position(|c| *c == 0);
        self.chars(key, field.get(..end.unwrap_or(field.len())).unwrap_or(field));
        if end.is_none() {
            p.skip(n)?;
        } else {
            p.take_up_to(n);
        }
        Ok(self)
    }

    /// Bytes that nobody explains: text hears a dump in hex and ASCII, each line begun by a new line and a tab.
    pub fn dump(&mut self, key: &str, bytes: &[u8]) -> &mut Self {
        self.dump_indented(key, bytes, "\n\t")
    }

    /// As [`Out::dump`], with what each line begins with.
    pub fn dump_indented(&mut self, key: &str, bytes: &[u8], indent: &str) -> &mut Self {
        match self.mode {
            Mode::Text => crate::dump::hex_and_ascii(self.buf, bytes, indent),
            Mode::Json => {
                self.bytes(key, bytes);
            }
            Mode::Quote | Mode::Deaf => {}
        }
        self
    }

    /// Bytes that nobody explains, in hex only.
    pub fn dump_hex(&mut self, key: &str, bytes: &[u8], indent: &str) -> &mut Self {
        match self.mode {
            Mode::Text => crate::dump::hex(self.buf, bytes, indent),
            Mode::Json => {
                self.bytes(key, bytes);
            }
            Mode::Quote | Mode::Deaf => {}
        }
        self
    }

    /// Words or a value, with blanks in front until they take `width` columns of text.
    pub fn right(&mut self, width: usize, body: impl FnOnce(&mut Self)) -> &mut Self {
        let start = self.buf.len();
        body(self);
        let said = self.buf.len().saturating_sub(start);
        if self.hears_words() && said < width {
            self.buf.splice(start..start, std::iter::repeat_n(b' ', width - said));
        }
        self
    }

    /// A check that failed: text hears ` [what a op b]`. Gives the stop that it leads to, for whoever settles
    /// the lie to say ` (invalid)`.
    pub fn lie(&mut self, what: &str, a: impl Number, op: &str, b: impl Number) -> Stop {
        self.aloud(|out| {
            out.say(" [").say(what).say(" ").num("", a).say(" ").say(op).say(" ").num("", b).say("]");
        });
        Stop::Invalid
    }

    /// Fails unless `p` claims `need` bytes; text hears ` [what have < need]`. See [`Out::lie`].
    pub fn enough(&mut self, what: &str, p: &Cursor<'_>, need: usize) -> Dissect {
        if p.claimed() < need { Err(self.lie(what, p.claimed(), "<", need)) } else { Ok(()) }
    }

    /// A number for the structured ear alone.
    pub fn note(&mut self, key: &str, n: impl Number) -> &mut Self {
        if self.mode == Mode::Json { self.num(key, n) } else { self }
    }

    /// A truth for the structured ear alone.
    pub fn note_that(&mut self, key: &str, holds: bool) -> &mut Self {
        if self.mode == Mode::Json {
            self.key(key);
            self.buf.extend_from_slice(if holds { b"true" } else { b"false" });
        }
        self
    }

    /// Values for the structured ear alone.
    pub fn aside(&mut self, body: impl FnOnce(&mut Self)) -> &mut Self {
        if self.mode == Mode::Json {
            body(self);
        }
        self
    }

    /// Values for the text ear alone: said in passing, having been said elsewhere under their own keys.
    pub fn aloud(&mut self, body: impl FnOnce(&mut Self)) -> &mut Self {
        if self.hears_words() {
            body(self);
        }
        self
    }

    /// One value made of several words: text hears the words as they come, the structured ear one string.
    pub fn phrase<T>(&mut self, key: &str, body: impl FnOnce(&mut Self) -> Dissect<T>) -> Dissect<T> {
        if self.mode != Mode::Json {
            return body(self);
        }
        self.key(key);
        self.buf.push(b'"');
        self.mode = Mode::Quote;
        let done = body(self);
        self.mode = Mode::Json;
        self.buf.push(b'"');
        done
    }

    /// A value that has values: a layer, an option, a message.
    pub fn nest<T>(&mut self, key: &str, body: impl FnOnce(&mut Self) -> Dissect<T>) -> Dissect<T> {
        self.enclose(key, *b"{}", body)
    }

    /// A value that has values, in a list.
    pub fn item<T>(&mut self, body: impl FnOnce(&mut Self) -> Dissect<T>) -> Dissect<T> {
        self.enclose("", *b"{}", body)
    }

    /// A list of values; the keys inside are empty.
    pub fn list<T>(&mut self, key: &str, body: impl FnOnce(&mut Self) -> Dissect<T>) -> Dissect<T> {
        self.enclose(key, *b"[]", body)
    }

    fn enclose<T>(
        &mut self,
        key: &str,
        ends: [u8; 2],
        body: impl FnOnce(&mut Self) -> Dissect<T>,
    ) -> Dissect<T> {
        if self.mode != Mode::Json {
            return body(self);
        }
        let [open, close] = ends;
        self.key(key);
        self.buf.push(open);
        self.fresh = true;
        let around = std::mem::replace(&mut self.in_list, open == b'[');
        let done = body(self);
        self.buf.push(close);
        self.fresh = false;
        self.in_list = around;
        done
    }

    fn bits(&mut self, key: &str, n: u64, names: Flags, none: &str, between: &str) -> &mut Self {
        let set = names.iter().filter(|(bits, _)| *bits != 0 && n & u64::from(*bits) == u64::from(*bits));
        let set = set.map(|(_, name)| *name);
        if !self.hears_words() {
            self.num(key, n);
            if self.calls && !self.in_list {
                self.words(key, "_set", set.map(json::bare).filter(|name| !name.is_empty()));
            }
            return self;
        }
        let mut any = false;
        for name in set {
            if std::mem::replace(&mut any, true) {
                self.say(between);
            }
            self.say(name);
        }
        if any { self } else { self.fill(none, n) }
    }

    /// A list of words of ours, for the structured ear.
    fn words<'w>(&mut self, key: &str, behind: &str, words: impl Iterator<Item = &'w str>) {
        if self.mode != Mode::Json {
            return;
        }
        self.key_of(key, behind);
        self.buf.push(b'[');
        for (i, word) in words.enumerate() {
            self.buf.extend_from_slice(if i > 0 { b",\"" } else { b"\"" });
            json::escape(self.buf, word.as_bytes());
            self.buf.push(b'"');
        }
        self.buf.push(b']');
    }

    /// Says `words`, in which one printf-like `%u`, `%d`, `%x`, `%0Nx` stands for `n`.
    fn fill(&mut self, words: &str, n: u64) -> &mut Self {
        let Some((before, rest)) = words.split_once('%') else { return self.say(words) };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (width, rest) = rest.split_at(digits);
        let width = width.parse().unwrap_or(1);
        self.say(before);
        match rest.bytes().next() {
            Some(b'x') => number::hexadecimal(self.buf, n, width),
            _ => number::decimal(self.buf, n),
        }
        self.say(rest.get(1..).unwrap_or(""))
    }

    fn digits(&mut self, addr: IpAddr) -> &mut Self {
        match addr {
            IpAddr::V4(v4) => number::dotted(self.buf, v4.octets()),
            IpAddr::V6(v6) => number::colons(self.buf, v6),
        }
        self
    }

    /// A character in text, one that cannot be printed as `^X` and `M-x`.
    fn char(&mut self, c: u8) {
        if !c.is_ascii() {
            self.buf.extend_from_slice(b"M-");
        }
        let c = c & 0x7f;
        if c.is_ascii_graphic() || c == b' ' {
            self.buf.push(c);
        } else {
            self.buf.extend_from_slice(&[b'^', c ^ 0x40]);
        }
    }

    fn key(&mut self, key: &str) {
        self.key_of(key, "");
    }

    /// A key, and what stands behind it where it is that of something that belongs to another.
    fn key_of(&mut self, key: &str, behind: &str) {
        if self.mode != Mode::Json {
            return;
        }
        self.fits(key);
        if !std::mem::replace(&mut self.fresh, false) {
            self.buf.push(b',');
        }
        if !key.is_empty() {
            self.buf.push(b'"');
            self.buf.extend_from_slice(key.as_bytes());
            self.buf.extend_from_slice(behind.as_bytes());
            self.buf.extend_from_slice(b"\":");
        }
    }

    /// Tests find out whether a key may stand where a dissector puts it. What ships does not ask: nothing is
    /// worth a crash there.
    fn fits(&self, key: &str) {
        if cfg!(test) {
            let named = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"_.-".contains(&c);
            assert!(key.bytes().all(named), "the key {key:?} is not snake_case");
            assert!(!self.in_list || key.is_empty(), "{key:?} is a key in a list: say it in an item");
            let end =
                String::from_utf8_lossy(self.buf.get(self.buf.len().saturating_sub(200)..).unwrap_or(&[]));
            assert!(self.in_list || !key.is_empty(), "no key outside a list, nor in aloud, behind {end}");
        }
    }

    fn quoted(&mut self, key: &str, body: impl FnOnce(&mut Self) -> &mut Self) -> &mut Self {
        let _ = self.phrase(key, |out| {
            body(out);
            Ok(())
        });
        self
    }
}

/// The name of `n` in a table.
pub fn lookup(names: NameTable, n: u64) -> Option<&'static str> {
    let n = u32::try_from(n).ok()?;
    names.iter().find(|row| row.0 == n).map(|row| row.1)
}

/// Adapts the pen to `core::fmt`.
struct Words<'a, 'o>(&'a mut Out<'o>);

impl fmt::Write for Words<'_, '_> {
    fn write_str(&mut self, words: &str) -> fmt::Result {
        self.0.say(words);
        Ok(())
    }
}
