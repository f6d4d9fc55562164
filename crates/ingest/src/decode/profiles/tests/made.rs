//! Requests made by hand from `profiles.proto`, once as JSON and once for each numbering: no profiler's are at hand.

pub const TIME: u64 = 1_795_369_212_000_000_000;

// the wire format, as far as it is needed

pub fn varint(mut n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

pub fn int(number: u32, n: u64) -> Vec<u8> {
    [varint(u64::from(number) << 3), varint(n)].concat()
}

pub fn bytes(number: u32, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [varint(u64::from(number) << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

pub fn packed(number: u32, list: &[u64]) -> Vec<u8> {
    bytes(number, list.iter().flat_map(|n| varint(*n)).collect::<Vec<u8>>())
}

pub fn fixed(number: u32, n: u64) -> Vec<u8> {
    [varint(u64::from(number) << 3 | 1), n.to_le_bytes().to_vec()].concat()
}

pub fn fixed_list(number: u32, list: &[u64]) -> Vec<u8> {
    bytes(number, list.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>())
}

#[derive(Clone, Copy, PartialEq)]
pub enum Release {
    V1_8,
    V1_9,
    V1_10,
}
use Release::{V1_8, V1_10};

/// Stack, attributes, link, values, timestamps.
pub type Observed<'a> = (u64, &'a [u64], u64, &'a [u64], &'a [u64]);

pub fn sample(release: Release, (stack, attributes, link, values, times): Observed) -> Vec<u8> {
    let (v, a, l) = if release == V1_10 { (4, 2, 3) } else { (2, 3, 4) };
    let mut out = int(1, stack);
    for (number, list) in [(v, values), (a, attributes)] {
        if !list.is_empty() {
            out.extend(packed(number, list));
        }
    }
    if link != 0 {
        out.extend(int(l, link));
    }
    if !times.is_empty() {
        out.extend(fixed_list(5, times));
    }
    out
}

pub const SAMPLES: [Observed<'static>; 3] =
    [(1, &[1, 2], 1, &[20, 30], &[TIME + 1, TIME + 2]), (2, &[1], 0, &[7], &[]), (0, &[], 0, &[], &[TIME + 3, TIME + 4, TIME + 5])];

pub fn profile(release: Release, samples: &[Observed]) -> Vec<u8> {
    let first = if release == V1_8 { 8 } else { 7 };
    let mut out = bytes(1, [int(1, 1), int(2, 2)].concat());
    samples.iter().for_each(|s| out.extend(bytes(2, sample(release, *s))));
    out.extend([fixed(3, TIME), int(4, 5_000_000_000), bytes(5, [int(1, 1), int(2, 2)].concat()), int(6, 10_000_000)].concat());
    out.extend([bytes(first, [1; 16]), int(first + 1, 4), bytes(first + 2, "pprof"), bytes(first + 3, "p"), packed(first + 4, &[3])].concat());
    out
}

pub fn any(text: &str) -> Vec<u8> {
    bytes(1, text)
}

pub const STRINGS: [&str; 15] = [
    "",
    "cpu",
    "nanoseconds",
    "main",
    "work",
    "inner",
    "main.rs",
    "thread.name",
    "request.size",
    "By",
    "libc.so.6",
    "service.name",
    "codex",
    "profile.frame.type",
    "build",
];

pub fn dictionary() -> Vec<u8> {
    let mut out = Vec::new();
    let mapping = [int(1, 0x7000), int(2, 0x9000), int(3, 0x10), int(4, 10), packed(5, &[5])].concat();
    [vec![], mapping].iter().for_each(|m| out.extend(bytes(1, m)));
    let line = |function: u64, line: u64| bytes(3, [int(1, function), int(2, line), int(3, 2)].concat());
    let inlined = [line(2, 41), line(1, 12), packed(4, &[4])].concat();
    let address = [int(1, 1), int(2, 0xffff_ffff_ffff_ff00)].concat();
    [vec![], line(1, 9), inlined, address].iter().for_each(|l| out.extend(bytes(2, l)));
    let function = |name: u64, system: u64| [int(1, name), int(2, system), int(3, 6), int(4, 1)].concat();
    [vec![], function(3, 3), function(5, 4)].iter().for_each(|f| out.extend(bytes(3, f)));
    [vec![], [bytes(1, [7; 16]), bytes(2, [8; 8])].concat()].iter().for_each(|l| out.extend(bytes(4, l)));
    STRINGS.iter().for_each(|s| out.extend(bytes(5, s)));
    let attribute = |key: u64, value: Vec<u8>, unit: u64| [int(1, key), bytes(2, value), int(3, unit)].concat();
    for entry in [
        vec![],
        attribute(7, any("worker"), 0),
        attribute(8, int(3, 128), 9),
        attribute(14, int(2, 1), 0),
        attribute(13, any("native"), 0),
        attribute(14, int(8, 12), 0),
    ] {
        out.extend(bytes(6, entry));
    }
    [vec![], packed(1, &[2, 1, 3]), packed(1, &[3])].iter().for_each(|s| out.extend(bytes(7, s)));
    out
}

/// A request of these profiles; the resource refers to the dictionary, as since 1.10 it may.
pub fn request(profiles: &[Vec<u8>]) -> Vec<u8> {
    let resource = bytes(1, bytes(1, [bytes(2, int(8, 12)), int(3, 11)].concat()));
    let mut scope = bytes(1, [any("profiler"), bytes(2, "1")].concat());
    profiles.iter().for_each(|p| scope.extend(bytes(2, p)));
    [bytes(1, [resource, bytes(2, scope), bytes(3, "https://schema")].concat()), bytes(2, dictionary())].concat()
}

/// The same as JSON, the dictionary first or last, in the names of 1.8 or of later.
pub fn document(dictionary_first: bool, release: Release) -> String {
    let dictionary = r#""dictionary":{"stringTable":STRINGS,"mappingTable":[{},{"memoryStart":"28672","memoryLimit":36864,"fileOffset":"16","filenameStrindex":10,"attributeIndices":[5]}],
        "locationTable":[{},{"LINES":[{"functionIndex":1,"line":"9","column":"2"}]},
            {"LINES":[{"functionIndex":2,"line":"41","column":"2"},{"functionIndex":1,"line":"12","column":"2"}],"attributeIndices":[4]},
            {"mappingIndex":1,"address":"18446744073709551360"}],
        "functionTable":[{},{"nameStrindex":3,"systemNameStrindex":3,"filenameStrindex":6,"startLine":"1"},{"nameStrindex":5,"systemNameStrindex":4,"filenameStrindex":6,"startLine":"1"}],
        "linkTable":[{},{"traceId":"07070707070707070707070707070707","spanId":"0808080808080808"}],
        "attributeTable":[{},{"keyStrindex":7,"value":{"stringValue":"worker"}},{"keyStrindex":8,"value":{"intValue":"128"},"unitStrindex":9},
            {"keyStrindex":14,"value":{"boolValue":true}},{"keyStrindex":13,"value":{"stringValue":"native"}},{"keyStrindex":14,"value":{"stringValueStrindex":12}}],
        "stackTable":[{},{"locationIndices":[2,1,3]},{"locationIndices":[3]}]}"#;
    let profiles = r#""resourceProfiles":[{"resource":{"attributes":[{"keyStrindex":11,"value":{"stringValueStrindex":12}}]},"schemaUrl":"https://schema","scopeProfiles":[{"scope":{"name":"profiler","version":"1"},
        "profiles":[{"sampleType":{"typeStrindex":1,"unitStrindex":2},"SAMPLES":[
            {"stackIndex":1,"attributeIndices":[1,2],"linkIndex":1,"values":["20","30"],"timestampsUnixNano":["1795369212000000001","1795369212000000002"]},
            {"stackIndex":2,"attributeIndices":[1],"values":["7"]},
            {"timestampsUnixNano":["1795369212000000003","1795369212000000004","1795369212000000005"]}],
        "timeUnixNano":"1795369212000000000","durationNano":"5000000000","periodType":{"typeStrindex":1,"unitStrindex":2},"period":"10000000",
        "profileId":"01010101010101010101010101010101","droppedAttributesCount":4,"originalPayloadFormat":"pprof","originalPayload":"cA==","attributeIndices":[3]}]}]}]"#;
    let text = if dictionary_first { format!("{{{dictionary},{profiles}}}") } else { format!("{{{profiles},{dictionary}}}") };
    let (samples, lines) = if release == V1_8 { ("sample", "line") } else { ("samples", "lines") };
    text.replace("STRINGS", &format!("{STRINGS:?}")).replace("SAMPLES", samples).replace("LINES", lines).replace('\n', " ")
}
