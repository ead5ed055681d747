//! Where captures happen: interfaces that come and go, permissions, namespaces, lists.

use crate::*;

#[test]
fn an_interface_that_goes_ends_the_capture_after_its_packets() {
    in_namespace("places::an_interface_that_goes_ends_the_capture_after_its_packets", || {
        for options in both() {
            add_veth("v0", "v1");
            let mut live = start("v1", options);
            let injector = Injector::on("v0");
            (0..5).for_each(|n| injector.send(&numbered(n)));
            testing::delete("v0");
            let mut count = 0;
            let error = loop {
                match live.poll(SECOND) {
                    Ok(Event::Block(block)) => count += block.count(),
                    Ok(other) => assert!(matches!(other, Event::Idle), "{other:?}"),
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, CaptureError::Disappeared));
            assert_eq!((count, error.to_string().as_str()), (5, "The interface disappeared"));
        }
    });
}

#[test]
fn an_interface_that_goes_down_is_waited_for() {
    in_namespace("places::an_interface_that_goes_down_is_waited_for", || {
        add_veth("v0", "v1");
        for options in both() {
            let mut live = start("v1", options.clone());
            testing::down("v1");
            assert!(matches!(live.poll(Some(Duration::from_millis(80))).unwrap(), Event::Idle));
            testing::up("v1");
            assert!(matches!(live.poll(Some(Duration::from_millis(80))).unwrap(), Event::Idle));
            Injector::on("v0").send(&numbered(1));
            assert_eq!(finish(&mut live).len(), 1);
            // Down, and then gone without another word.
            let mut live = start("v1", options);
            testing::down("v1");
            assert!(matches!(live.poll(Some(Duration::from_millis(80))).unwrap(), Event::Idle));
            testing::delete("v0");
            assert!(matches!(live.poll(SECOND), Err(CaptureError::Disappeared)));
            add_veth("v0", "v1");
        }
    });
}

#[test]
fn all_interfaces_together_never_disappear() {
    in_namespace("places::all_interfaces_together_never_disappear", || {
        add_veth("v0", "v1");
        let mut live = start("any", small());
        Injector::on("v0").send(&numbered(1));
        testing::delete("v0");
        add_veth("v2", "v3");
        Injector::on("v2").send(&numbered(2));
        let kept = finish(&mut live);
        let of = |n| kept.iter().filter(|k| k.bytes.ends_with(&numbered(n)[14..])).count();
        assert_eq!([of(1), of(2)], [2, 2]);
    });
}

#[test]
fn errors_have_their_names() {
    in_namespace("places::errors_have_their_names", || {
        for name in ["nosuch0", "", "a-name-that-is-too-long-for-the-kernel"] {
            let error = Live::open(name, small()).unwrap_err();
            assert!(matches!(error, OpenError::NoSuchDevice), "{error:?}");
            assert_eq!((error.to_string().as_str(), error.detail()), ("No such device exists", None));
        }
        add_veth("v0", "v1");
        testing::down("v0");
        let error = Live::open("v0", small()).unwrap().start(None).unwrap_err();
        assert_eq!((error.status(), error.to_string().as_str()), (-9, "That device is not up"));
        let error = Live::open("v1", small()).unwrap().set_link_type(LinkType::RAW).unwrap_err();
        assert!(matches!(error, OpenError::LinkType(LinkType::RAW)));
        let promiscuous = Live::open("any", Options { promiscuous: true, ..small() }).unwrap();
        assert_eq!(promiscuous.warnings().len(), 1);
    });
}

#[test]
fn without_permission_the_missing_capability_is_named() {
    testing::without_capabilities("places::without_permission_the_missing_capability_is_named", || {
        let error = Live::open("lo", small()).unwrap_err();
        assert!(matches!(error, OpenError::NotPermitted { capability: "CAP_NET_RAW", .. }), "{error:?}");
        assert_eq!(error.to_string(), "You don't have permission to perform this capture on that device");
        assert_eq!(
            error.detail().as_deref(),
            Some("socket: Operation not permitted - CAP_NET_RAW may be required")
        );
        // Listing needs none.
        assert!(gannet_capture::devices().unwrap().iter().any(|d| d.name == "lo"));
    });
}

#[test]
fn devices_are_listed_as_they_are() {
    in_namespace("places::devices_are_listed_as_they_are", || {
        add_veth("v0", "v1");
        add_veth("v2", "v3");
        testing::down("v3");
        testing::set_address("v0", [10, 1, 2, 3]);
        // The kernel takes its time to note that the other end has gone.
        let until = Instant::now() + Duration::from_secs(120);
        let mut list = gannet_capture::devices().unwrap();
        while list.iter().any(|d| d.name == "v2" && d.running) && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
            list = gannet_capture::devices().unwrap();
        }
        let lines: Vec<_> = list.iter().map(ToString::to_string).collect();
        for line in ["lo [Up, Running, Loopback]", "v0 [Up, Running, Connected]", "v2 [Up, Disconnected]"] {
            assert!(lines.iter().any(|l| l == line), "{line} in {lines:?}");
        }
        let place = |name| list.iter().position(|d| d.name == name);
        assert!(place("v0") < place("any") && place("any") < place("lo") && place("lo") < place("v2"));
        let v0 = list.iter().find(|d| d.name == "v0").unwrap();
        assert_eq!(v0.addresses[0].address, std::net::Ipv4Addr::new(10, 1, 2, 3));
        let network = gannet_capture::devices::network("v0").unwrap();
        let mask = network.map(|(_, mask)| mask);
        assert_eq!(mask, Some(std::net::Ipv4Addr::new(255, 0, 0, 0)));
        assert_eq!(gannet_capture::devices::network("v1").unwrap(), None);
    });
}

#[test]
fn another_namespace_can_be_captured_in() {
    in_namespace("places::another_namespace_can_be_captured_in", || {
        let mut other = std::process::Command::new("cat");
        other.stdin(std::process::Stdio::piped());
        testing::namespaced(&mut other).unwrap();
        let mut other = other.spawn().unwrap();
        let there = std::fs::File::open(format!("/proc/{}/ns/net", other.id())).unwrap();
        // Here `lo` is up and there is a pair; there, neither.
        add_veth("v0", "v1");
        let opening = Live::open_in(std::os::fd::AsFd::as_fd(&there), "lo", small()).unwrap();
        assert!(matches!(opening.start(None), Err(OpenError::NotUp)));
        let error = Live::open_in(std::os::fd::AsFd::as_fd(&there), "v0", small()).unwrap_err();
        assert!(matches!(error, OpenError::NoSuchDevice));
        assert!(Live::open("v0", small()).is_ok());
        drop(other.stdin.take());
        other.wait().unwrap();
    });
}

#[test]
fn the_list_is_that_of_tcpdump() {
    const TEST: &str = "places::the_list_is_that_of_tcpdump";
    in_namespace(TEST, || {
        add_veth("v0", "v1");
        add_veth("v2", "v3");
        testing::down("v3");
        thread::sleep(Duration::from_millis(1500));
        let Ok(output) = std::process::Command::new("tcpdump").arg("-D").output() else {
            writeln!(std::io::stderr(), "SKIPPED {TEST}: no tcpdump here").unwrap();
            return;
        };
        // It lists things that are no interfaces, too.
        let others = ["bluetooth", "nflog", "nfqueue", "dbus", "usbmon", "rpcap", "DISPLAY", "dag"];
        let theirs: Vec<String> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once('.').map(|(_, device)| device.to_owned()))
            .filter(|device| !others.iter().any(|other| device.starts_with(other)))
            .collect();
        let ours: Vec<String> = gannet_capture::devices().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(ours, theirs);
    });
}
