//! Expressions drawn from the grammar of filters: mostly legal, often odd, on any link type.
//!
//! What libpcap 1.10 is known to understand in another way than 1.11 comes with other words, by which 1.10 means the same.

use super::primitive;

/// Numbers that look random and are the same in every run (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }

    pub fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list.get(self.below(list.len())).copied().unwrap_or_default()
    }

    pub fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// Whether a primitive compiles.
pub type Compiles<'c> = &'c dyn Fn(&str) -> bool;

/// Whether a primitive always holds, or never.
pub type Constant<'c> = &'c dyn Fn(&str) -> Option<bool>;

/// A reason that is not one primitive's.
const CONSTANT: &str = "1.11 leaves out what a constant decides";

/// A primitive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaf {
    pub text: String,
    /// What 1.10 calls what 1.11 means by it, and why it does not say it so.
    pub old: Option<(String, &'static str)>,
}

impl Leaf {
    pub fn with(self, old: String, reason: &'static str) -> Self {
        Self { old: Some((old, reason)), ..self }
    }

    /// Whether all that follows looks inside another layer.
    fn opens(&self) -> bool {
        LAYERS.iter().any(|word| super::allowed::has(&self.text, word))
    }
}

impl From<String> for Leaf {
    fn from(text: String) -> Self {
        Self { text, old: None }
    }
}

impl From<&str> for Leaf {
    fn from(text: &str) -> Self {
        text.to_string().into()
    }
}

/// An expression that can be made smaller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tree {
    Leaf(Leaf),
    Not(&'static str, Box<Tree>),
    /// Two or more, joined by the same word.
    Join(&'static str, Vec<Tree>),
}

/// The words that open another layer for all that follows.
const LAYERS: [&str; 6] = ["vlan", "mpls", "pppoes", "geneve", "vxlan", "lane"];

impl Tree {
    /// An expression for a link type.
    pub fn draw(dice: &mut Dice, link: &str, compiles: Compiles) -> Self {
        let depth = [0, 0, 1, 1, 1, 2, 3][dice.below(7)];
        Self::node(dice, link, depth, compiles)
    }

    fn node(dice: &mut Dice, link: &str, depth: usize, compiles: Compiles) -> Self {
        let not = |dice: &mut Dice, tree: Self| Self::Not(dice.of(&["not ", "not ", "! ", "!"]), tree.into());
        if depth == 0 {
            let leaf = Self::Leaf(primitive::draw(dice, link, compiles));
            return if dice.chance(8) { not(dice, leaf) } else { leaf };
        }
        let below = |dice: &mut Dice| {
            let depth = dice.below(depth);
            Self::node(dice, link, depth, compiles)
        };
        if dice.chance(9) {
            let tree = below(dice);
            return not(dice, tree);
        }
        let count = 2 + [0, 0, 0, 1, 2][dice.below(5)];
        let word = [" and ", " or ", " and ", " or ", " && ", " || ", "&&", "||"][dice.below(8)];
        let mut parts: Vec<Self> = (0..count).map(|_| below(dice)).collect();
        if dice.chance(7) {
            // What looks inside a layer is worth more than what stands beside it.
            let layer = primitive::layer(dice);
            if compiles(&layer.text) {
                parts.insert(0, Self::Leaf(layer));
            }
        }
        Self::Join(word, parts)
    }

    /// As it is typed. `and` and `or` bind alike, from the left.
    pub fn text(&self) -> String {
        self.print(&|leaf| leaf.text.clone())
    }

    fn print(&self, leaf: &dyn Fn(&Leaf) -> String) -> String {
        // A primitive with more than one literal is an expression itself.
        let joins = |text: &str| [" or ", " and ", "||", "&&"].iter().any(|word| text.contains(word));
        let inside = |tree: &Self| match (tree, tree.print(leaf)) {
            (Self::Join(..), text) => format!("({text})"),
            (Self::Leaf(one), text) if joins(&one.text) => format!("({text})"),
            (_, text) => text,
        };
        match self {
            Self::Leaf(one) => leaf(one),
            Self::Not(word, inner) => format!("{word}{}", inside(inner)),
            Self::Join(word, parts) => {
                let first = parts.first().map(|tree| tree.print(leaf));
                let rest = parts.iter().skip(1).map(inside);
                first.into_iter().chain(rest).collect::<Vec<_>>().join(word)
            }
        }
    }

    /// All reasons for which 1.10 needs other words.
    pub fn reasons(&self, constant: Constant) -> Vec<&'static str> {
        let mut reasons: Vec<&'static str> =
            self.leaves().iter().filter_map(|leaf| leaf.old.as_ref().map(|old| old.1)).collect();
        if self.neutral(constant, &mut false).0 != *self {
            reasons.push(CONSTANT);
        }
        reasons.sort_unstable();
        reasons.dedup();
        reasons
    }

    /// What 1.10 calls it, for the given reasons.
    pub fn old(&self, reasons: &[&str], constant: Constant) -> String {
        let old = |leaf: &Leaf| match &leaf.old {
            Some((old, reason)) if reasons.contains(reason) => format!("({old})"),
            _ => leaf.text.clone(),
        };
        match reasons.contains(&CONSTANT) {
            true => self.neutral(constant, &mut false).0.print(&old),
            false => self.print(&old),
        }
    }

    /// What a constant decides is put behind another constant, so that 1.10 does not look at it; its layers stay open, and its
    /// registers in use. Inside a layer (`opened`) nothing is known of constants.
    fn neutral(&self, constant: Constant, opened: &mut bool) -> (Self, Option<bool>) {
        let behind = |always: bool| {
            let (word, first) = if always { (" or ", "len >= 0") } else { (" and ", "len < 0") };
            (Self::Join(word, vec![Self::Leaf(first.into()), self.clone()]), Some(always))
        };
        match self {
            Self::Leaf(leaf) => {
                let known = if *opened { None } else { constant(&leaf.text) };
                *opened |= leaf.opens();
                known.map_or((self.clone(), None), behind)
            }
            Self::Not(word, inner) => {
                let (tree, known) = inner.neutral(constant, opened);
                (Self::Not(word, tree.into()), known.map(|always| !always))
            }
            Self::Join(word, parts) => {
                let deciding = word.contains(['o', '|']);
                let (parts, known): (Vec<Self>, Vec<Option<bool>>) =
                    parts.iter().map(|part| part.neutral(constant, opened)).unzip();
                if known.contains(&Some(deciding)) {
                    return behind(deciding);
                }
                match known.contains(&None) {
                    true => (Self::Join(word, parts), None),
                    false => behind(!deciding),
                }
            }
        }
    }

    /// All primitives, in the order of the text.
    pub fn leaves(&self) -> Vec<&Leaf> {
        match self {
            Self::Leaf(leaf) => vec![leaf],
            Self::Not(_, inner) => inner.leaves(),
            Self::Join(_, parts) => parts.iter().flat_map(Self::leaves).collect(),
        }
    }

    /// Expressions that are a little smaller.
    pub fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Leaf(_) => Vec::new(),
            Self::Not(word, inner) => {
                let mut all = vec![(**inner).clone()];
                all.extend(inner.smaller().into_iter().map(|tree| Self::Not(word, tree.into())));
                all
            }
            Self::Join(word, parts) => {
                let mut all = parts.clone();
                for n in 0..parts.len() {
                    if parts.len() > 2 {
                        let mut fewer = parts.clone();
                        fewer.remove(n);
                        all.push(Self::Join(word, fewer));
                    }
                    for less in parts[n].smaller() {
                        let mut parts = parts.clone();
                        parts[n] = less;
                        all.push(Self::Join(word, parts));
                    }
                }
                all
            }
        }
    }
}
