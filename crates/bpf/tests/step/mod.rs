//! The stepper ends as the machine does, and finds its way back.

use gannet_bpf::{Packet, Profile, Semantics, Stepper, Vm, listing};

use crate::draw::{Dice, packet, program};

#[test]
fn a_run_step_by_step_ends_like_a_run_at_once_and_goes_back_the_way_it_came() {
    let mut dice = Dice(0x853c_49e6_748f_ea9b);
    let mut accepted = 0;
    for _ in 0..3_000 {
        let program = program(&mut dice);
        for semantics in [Semantics::Linux, Semantics::Libpcap] {
            let vm = Vm::with_semantics(&program, semantics);
            let mut profile = Profile::new(&program, semantics);
            for _ in 0..4 {
                let drawn = packet(&mut dice);
                let packet = Packet { bytes: &drawn.bytes, wire_length: drawn.wire_len, meta: drawn.meta };
                let mut stepper = Stepper::new(&program, packet, semantics);
                let mut states = vec![*stepper.state()];
                while stepper.forward() {
                    states.push(*stepper.state());
                }
                let end = stepper.run();
                let expected = vm.run(packet.bytes, packet.wire_length, &packet.meta);
                assert_eq!(end.verdict(), expected, "{}{drawn:?}", listing::text(program.instructions()));
                assert_eq!(profile.run(packet), (end, states.len() as u64 - 1));
                while let Some(state) = states.pop() {
                    assert_eq!(*stepper.state(), state);
                    assert_eq!(stepper.back(), !states.is_empty());
                }
                accepted += usize::from(expected != 0);
            }
            assert_eq!(profile.counts()[0], 4);
        }
    }
    assert!(accepted > 6_000, "{accepted}");
}
