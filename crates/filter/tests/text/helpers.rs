//! The names and addresses of libpcap's helper cases.

use crate::answers::answer;
use crate::common::cases;

#[test]
fn helpers_answer_as_libpcap_does() {
    for case in cases("names.json") {
        assert_eq!(answer(&case).as_deref(), case["expected"].as_str(), "{case}");
    }
}
