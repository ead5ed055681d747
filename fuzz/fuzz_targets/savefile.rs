//! Any bytes are read as a savefile without a panic; what was read can be written, and reads the same again.
#![no_main]
use gannet_savefile::{Header, Reader, Writer};
use gannet_wire::Record;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = Reader::open(data) else { return };
    let link = reader.link();
    let mut writer = Writer::new(Vec::new(), Header { link, ..Header::default() });
    let mut lengths = Vec::new();
    while let Ok(Some(record)) = reader.next() {
        if record.bytes.len() <= 262_144 {
            lengths.push(record.bytes.len());
            writer.write(&Record { link, ..record }).unwrap();
        }
    }
    let written = writer.finish().unwrap();
    let mut again = Reader::open(&written[..]).unwrap();
    for length in lengths {
        assert_eq!(again.next().unwrap().unwrap().bytes.len(), length);
    }
});
