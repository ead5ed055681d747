//! Any bytes are anonymised without a panic; what is kept is as long as it was, and changed twice the same.
#![no_main]
use gannet_edit::anonymise::{Anonymiser, Rules};
use gannet_edit::flows::key::Keys;
use gannet_edit::headers::Payload;
use gannet_wire::{Direction, LinkType, Record, Timestamp};
use std::cell::RefCell;

thread_local! {
    static READY: RefCell<[Anonymiser; 3]> = RefCell::new(
        [Payload::Keep, Payload::Cut, Payload::Zero]
            .map(|payload| Anonymiser::new(&[7; 32], Rules { payload, ..Rules::default() })),
    );
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(([link, more], bytes)) = data.split_first_chunk() else { return };
    let link = LinkType([1, 0, 101, 9, 50, 51, 104, 108, 109, 113, 276, 166][usize::from(link % 12)]);
    let length = bytes.len() as u32 + u32::from(*more) * 16;
    let changed = |at: usize| {
        let mut bytes = bytes.to_vec();
        let walked = READY.with_borrow_mut(|ready| ready[at].frame(&mut bytes, length, link));
        assert!(walked.known && walked.kept <= bytes.len());
        bytes.truncate(walked.kept);
        bytes
    };
    let [kept, cut, zeroed] = [0, 1, 2].map(changed);
    assert!(kept == changed(0) && kept.len() == bytes.len() && zeroed.len() == bytes.len());
    assert!(cut.len() <= bytes.len());
    let time = Timestamp::default();
    let record =
        Record { bytes, length, time, link, interface: 0, direction: Direction::Unknown, vlan: None };
    let mut keys = Keys::default();
    assert!(keys.of(&record) == keys.of(&record));
});
