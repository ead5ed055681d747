//! Other people's sockets and their filters.

use crate::*;
use gannet_capture::attached::{self, Filter};

#[test]
fn the_filter_of_a_running_capture_is_told() {
    in_namespace("attached::the_filter_of_a_running_capture_is_told", || {
        assert_eq!(attached::sockets().unwrap(), []);
        let filter = begins_with(14, 0xdead_beef);
        let live = Live::open("lo", small()).unwrap().start(Some(&filter)).unwrap();
        let sockets = attached::sockets().unwrap();
        assert_eq!(sockets.len(), 1);
        assert!(sockets[0].raw);
        assert_eq!((sockets[0].protocol, sockets[0].interface), (3, testing::index("lo")));
        match attached::filters() {
            Ok(filters) => {
                let expected = Filter::Classic(filter.instructions().to_vec());
                assert_eq!(filters, [(sockets[0].inode, expected)]);
            }
            Err(error) => eprintln!("SKIPPED: the kernel does not tell of filters: {error}"),
        }
        drop(live);
        assert_eq!(attached::sockets().unwrap(), []);
    });
}
