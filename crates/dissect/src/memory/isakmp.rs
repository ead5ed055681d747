//! Key exchanges, to tell who began them: the last twenty, by the cookie of the initiator.

use super::Table;
use std::net::IpAddr;

/// So many are remembered.
const EXCHANGES: u8 = 20;

/// One exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    cookie: [u8; 8],
    /// Who began.
    pub initiator: IpAddr,
    /// Whom it was sent to.
    pub responder: IpAddr,
    /// How many began before it.
    number: u32,
}

/// The exchanges, by their place.
pub type Exchanges = Table<u8, Exchange>;

/// What is known of a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    New,
    /// It has no meaning: no cookie at all, while there are places that hold none.
    Void,
    /// The exchange that it is of.
    Of(Exchange),
}

/// Looks for the exchange of a cookie.
pub fn find(exchanges: &mut Exchanges, cookie: [u8; 8]) -> Known {
    for place in 0..EXCHANGES {
        match exchanges.get(&place) {
            Some(exchange) if exchange.cookie == cookie => return Known::Of(*exchange),
            Some(_) => {}
            None if cookie == [0; 8] => return Known::Void,
            None => return Known::New,
        }
    }
    Known::New
}

/// Remembers an exchange, instead of the oldest if there are too many.
pub fn begin(exchanges: &mut Exchanges, cookie: [u8; 8], initiator: IpAddr, responder: IpAddr) {
    let newest = (0..EXCHANGES).filter_map(|place| exchanges.get(&place).map(|e| e.number)).max();
    let number = newest.map_or(0, |n| n.wrapping_add(1));
    let place = (number % u32::from(EXCHANGES)) as u8;
    exchanges.insert(place, Exchange { cookie, initiator, responder, number });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut exchanges = Exchanges::default();
        let (a, b) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!(find(&mut exchanges, [0; 8]), Known::Void);
        for n in 1..=20 {
            assert_eq!(find(&mut exchanges, [n; 8]), Known::New);
            begin(&mut exchanges, [n; 8], a, b);
        }
        assert!(matches!(find(&mut exchanges, [1; 8]), Known::Of(e) if e.initiator == a));
        assert_eq!(find(&mut exchanges, [0; 8]), Known::New);
        begin(&mut exchanges, [21; 8], b, a);
        assert_eq!(find(&mut exchanges, [1; 8]), Known::New);
        assert!(matches!(find(&mut exchanges, [21; 8]), Known::Of(e) if e.initiator == b));
    }
}
