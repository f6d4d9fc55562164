use std::io::Cursor;

use super::*;
use crate::compress::decompress;
use crate::keep::{InMemory, Nowhere};

fn open(bytes: &[u8], max_request: usize) -> Blocks {
    Blocks::new(decompress(Cursor::new(bytes.to_vec())).unwrap(), None, max_request, &mut Nowhere)
}

/// All blocks, which must be the stream again where nothing is set aside.
fn drain(blocks: &mut Blocks) -> Vec<Block> {
    std::iter::from_fn(|| blocks.next_block(&mut Nowhere)).collect()
}

/// The pieces of a stream that are set aside before anything is decoded: offset and bytes.
fn kept(bytes: &[u8], max_request: usize) -> Vec<(Option<u64>, Vec<u8>)> {
    let mut keep = InMemory::default();
    let mut blocks = Blocks::new(decompress(Cursor::new(bytes.to_vec())).unwrap(), None, max_request, &mut keep);
    while blocks.next_block(&mut keep).is_some() {}
    keep.pieces.into_iter().map(|(piece, bytes)| (piece.offset, bytes)).collect()
}

#[test]
fn what_is_set_aside_is_kept_whole_however_large() {
    let large = format!("{{\"large\":\"{}\"}}", "y".repeat(5 << 20));
    let text = format!("{{\"first\":1}}\n{large}\n{{\"last\":2}}\n");
    assert_eq!(kept(text.as_bytes(), 2 << 20), [(Some(12), large.clone().into_bytes())]);
    let pretty = large.replace("{\"", "{\n  \"");
    assert_eq!(kept(pretty.as_bytes(), 2 << 20), [(Some(0), pretty.into_bytes())]);
    let message = [&[0x0a, 0x80, 0x80, 0x80, 0x02, 0x12, 0xfc, 0xff, 0xff, 0x01][..], &[0; 4 << 20]].concat();
    let large = framed(&[&message]);
    assert_eq!(kept(&[framed(&[&MESSAGE]), large.clone(), framed(&[&MESSAGE])].concat(), 1 << 20), [(Some(10), large)]);
    let torn = [&[0, 1, 0, 0][..], &MESSAGE].concat();
    assert_eq!(kept(&[framed(&[&MESSAGE]), torn.clone()].concat(), 1 << 20), [(Some(10), torn)]);
    assert_eq!(kept(&[framed(&[&MESSAGE]), vec![1, 2]].concat(), 1 << 20), [(Some(10), vec![1, 2])]);
    let body = [&[0x0a, 0x80, 0x80, 0x80, 0x02][..], &[0; 4 << 20]].concat();
    assert_eq!(kept(&body, 1 << 20).len(), 1);
    assert_eq!(kept(b"hello", 1 << 20), [(None, b"hello".to_vec())]);
}

#[test]
fn json_is_cut_only_where_a_document_begins() {
    let line = format!("{{\"x\":\"{}\"}}\n", "y".repeat(1000));
    let pretty = format!("{{\n  \"x\": [\n    {{}}\n  ],\n  \"y\": \"{}\"\n}}\n", "z".repeat(3000));
    let text = (line.repeat(300) + &pretty).repeat(6);
    let mut blocks = open(text.as_bytes(), 1 << 24);
    let all = drain(&mut blocks);
    assert!(all.len() > 1 && blocks.set_aside.is_empty());
    assert_eq!(all.concat_bytes(), text.as_bytes());
    let mut number = 1;
    for block in &all {
        assert!(block.bytes.starts_with(b"{\"x") || block.bytes.starts_with(b"{\n"), "begins with {:?}", &block.bytes[..9]);
        assert_eq!(block.number, number);
        number += block.bytes.iter().filter(|b| **b == b'\n').count() as u64;
    }
}

trait Concat {
    fn concat_bytes(&self) -> Vec<u8>;
}

impl Concat for Vec<Block> {
    fn concat_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|b| b.bytes.clone()).collect()
    }
}

#[test]
fn an_array_on_one_line_is_cut_between_its_elements() {
    let element = format!("{{\"a\":{{\"b\":\"}}{{\\\"\"}},\"c\":\"{}\"}}", "y".repeat(5000));
    let text = format!("[{}]", vec![element; 1000].join(","));
    let all = drain(&mut open(text.as_bytes(), 1 << 24));
    assert!(all.len() > 2 && all.iter().all(|b| b.array));
    assert_eq!(all.concat_bytes(), text.as_bytes());
    assert!(all[1].bytes.starts_with(b",{\"a\""));
}

#[test]
fn a_request_that_is_too_large_is_set_aside_and_the_next_is_taken() {
    let text = format!("{{\"first\":1}}\n{{\"large\":\"{}\"}}\n{{\"last\":2}}\n", "y".repeat(3 << 20));
    let mut blocks = open(text.as_bytes(), 2 << 20);
    let taken = drain(&mut blocks).concat_bytes();
    assert_eq!(taken, b"{\"first\":1}\n{\"last\":2}\n");
    assert_eq!(blocks.set_aside.len(), 1);
    assert!(blocks.set_aside[0].reason.contains("--max-request"), "{:?}", blocks.set_aside);
    assert_eq!(blocks.set_aside[0].position, "line 2, byte 12");
}

#[test]
fn whole_requests_before_something_too_large_are_taken() {
    for oversized in ["x".repeat(3 << 20), "\n".repeat(3 << 20), " {}\n".repeat(1 << 20)] {
        let text = format!("{{\"first\":1}}\n{oversized}");
        let mut blocks = open(text.as_bytes(), 1 << 20);
        let first = blocks.next_block(&mut Nowhere).unwrap();
        assert!(first.bytes.starts_with(b"{\"first\":1}"), "{:?}", blocks.set_aside);
    }
}

#[test]
fn a_file_that_begins_inside_a_line_is_read_from_the_next() {
    let mut blocks = open(b"esourceLogs\":[]}\n{\"resourceLogs\":[]}\n", 1 << 20);
    assert_eq!((blocks.framing, drain(&mut blocks).len()), (Framing::Json, 1));
}

fn framed(messages: &[&[u8]]) -> Vec<u8> {
    messages.iter().flat_map(|m| [&(m.len() as u32).to_be_bytes()[..], m].concat()).collect()
}

const MESSAGE: [u8; 6] = [0x0a, 4, 0x12, 2, 0x12, 0];

#[test]
fn frames_are_cut_by_their_lengths_and_counted() {
    let large = [&[0x0a, 0x80, 0x80, 0x20, 0x12, 0xfc, 0xff, 0x1f][..], &[0; 1 << 19]].concat();
    let bytes = framed(&[&MESSAGE, &large, &large, &large, &MESSAGE]);
    let mut blocks = open(&bytes, 1 << 24);
    let all = drain(&mut blocks);
    assert_eq!(blocks.framing, Framing::Frames);
    assert_eq!(all.concat_bytes(), bytes);
    assert_eq!(all.iter().map(|b| frames(&b.bytes).count()).sum::<usize>(), 5);
    assert_eq!(all.last().unwrap().number, 6 - frames(&all.last().unwrap().bytes).count() as u64);
}

#[test]
fn a_length_beyond_the_file_sets_the_rest_aside() {
    for length in [100_u32, 200 << 20] {
        let bytes = [framed(&[&MESSAGE]), length.to_be_bytes().to_vec(), MESSAGE.to_vec()].concat();
        let mut blocks = open(&bytes, 1 << 20);
        assert_eq!(drain(&mut blocks).concat_bytes(), framed(&[&MESSAGE]));
        let reason = &blocks.set_aside[0].reason;
        assert!(reason.contains(&format!("a frame of {length} bytes, but only 6 follow")), "{reason}");
        assert_eq!(blocks.set_aside[0].position, "frame 2, byte 10");
    }
}

#[test]
fn a_frame_that_is_too_large_is_skipped() {
    let bytes = framed(&[&MESSAGE, &[0x0a; 5000], &MESSAGE]);
    let mut blocks = open(&bytes, 1000);
    assert_eq!(drain(&mut blocks).concat_bytes(), framed(&[&MESSAGE, &MESSAGE]));
    assert!(blocks.set_aside[0].reason.contains("more than 1000"));
}

/// A request of protobuf with one log record of this body.
fn request(body: &str) -> Vec<u8> {
    let wrap = |tag: u8, inner: Vec<u8>| [vec![tag, inner.len() as u8], inner].concat();
    let record = [&[0x09, 1, 0, 0, 0, 0, 0, 0, 0][..], &wrap(0x2a, wrap(0x0a, body.as_bytes().to_vec()))].concat();
    wrap(0x0a, wrap(0x12, wrap(0x12, record)))
}

#[test]
fn a_damaged_frame_costs_no_other() {
    let json = |name: &str| format!("{{\"resourceLogs\":[{{\"x\":\"{name}\"}}]}}").into_bytes();
    let squeezed = |name: &str| zstd::encode_all(&json(name)[..], 1).unwrap();
    for make in [&request as &dyn Fn(&str) -> Vec<u8>, &json, &squeezed] {
        let messages = ["one", "two, which is longer", "three", "four"].map(make);
        let stream = framed(&messages.each_ref().map(Vec::as_slice));
        for bit in 0..stream.len() * 8 {
            let mut damaged = stream.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let (mut at, mut hit) = (0, 0);
            while at + 4 + messages[hit].len() <= bit / 8 {
                at += 4 + messages[hit].len();
                hit += 1;
            }
            let mut blocks = open(&damaged, 1 << 20);
            let all = drain(&mut blocks);
            let found: Vec<&[u8]> = all.iter().flat_map(|b| frames(&b.bytes).map(|(_, message)| message)).collect();
            for (number, message) in messages.iter().enumerate().filter(|(n, _)| *n != hit) {
                assert!(found.contains(&message.as_slice()), "bit {bit}, frame {number}: {:?}, {:?}", blocks.framing, blocks.set_aside);
            }
            assert!(blocks.set_aside.len() <= 1, "{:?}", blocks.set_aside);
        }
    }
}

#[test]
fn what_lies_between_frames_is_set_aside_and_no_more() {
    let (one, two) = (framed(&[&request("one")]), framed(&[&request("two"), &request("three")]));
    for between in [&b"\0"[..], b"some text", &[0; 3000], &[0xff; 9], &one[..20], &one[3..]] {
        let stream = [&one[..], between, &two].concat();
        let mut blocks = open(&stream, 1 << 20);
        assert_eq!(drain(&mut blocks).concat_bytes(), [&one[..], &two].concat(), "{between:?}: {:?}", blocks.set_aside);
        assert_eq!(kept(&stream, 1 << 20), [(Some(one.len() as u64), between.to_vec())]);
    }
}

#[test]
fn bytes_that_are_missing_cost_only_the_frames_that_they_were_in() {
    let messages: Vec<Vec<u8>> = (0..12).map(|n| request(&format!("{n} {}", "x".repeat(n * 5 % 90)))).collect();
    let stream = framed(&messages.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for from in 0..stream.len() {
        for length in [1, 2, 5, 30, 100, 300] {
            let damaged = [&stream[..from], &stream[(from + length).min(stream.len())..]].concat();
            let mut blocks = open(&damaged, 1 << 20);
            let all = drain(&mut blocks);
            let found: Vec<&[u8]> = all.iter().flat_map(|b| frames(&b.bytes).map(|(_, message)| message)).collect();
            let mut at = 0;
            for (number, message) in messages.iter().enumerate() {
                let end = at + 4 + message.len();
                let is_hit = at < from + length && from < end;
                assert!(is_hit || found.contains(&message.as_slice()), "{length} bytes from {from}, frame {number}: {:?}", blocks.set_aside);
                at = end;
            }
        }
    }
}

#[test]
fn zeros_at_the_end_are_no_frames_and_take_no_time() {
    let one = framed(&[&request("one")]);
    let stream = [&one[..], &vec![0; 40 << 20]].concat();
    for max_request in [1 << 20, 64 << 20] {
        let mut blocks = open(&stream, max_request);
        assert_eq!(drain(&mut blocks).concat_bytes(), one);
        assert!((1..=40).contains(&blocks.set_aside.len()), "{:?}", blocks.set_aside);
    }
    assert_eq!(open(&stream, 64 << 20).next_block(&mut Nowhere).map(|b| b.bytes), Some(one));
}

#[test]
fn a_frame_that_is_still_being_written_is_not_searched_for_others() {
    let inner = framed(&[&request("inner")]);
    let message = request(&String::from_utf8_lossy(&inner));
    let stream = [framed(&[&request("one")]), framed(&[&message])].concat();
    let begins = stream.len() - message.len() - 4;
    for end in begins + 5..stream.len() {
        let mut blocks = open(&stream[..end], 1 << 20);
        assert_eq!(drain(&mut blocks).len(), 1);
        assert_eq!(blocks.reached(), Some((begins as u64, 2)), "{:?}", blocks.set_aside);
    }
}

#[test]
fn a_stream_is_recognised_behind_a_damaged_beginning() {
    let long = format!("{{\"resourceLogs\":[\"{}\"]}}\n{{\"resourceLogs\":[]}}\n", "x".repeat(300 << 10));
    let (entry, dump) = ("2026-11-22T18:03:06Z {a=\"b\"} body\n", "metric{a=\"b\"} 1 1795369212000\n");
    for (text, name) in [(long, "otlp-json"), (entry.repeat(4), "logcli-text"), (dump.repeat(4), "prometheus-dump")] {
        let mut damaged = text.clone().into_bytes();
        damaged[0] ^= 0x80;
        let mut blocks = open(&damaged, 1 << 20);
        assert_eq!(blocks.framing.name(), name, "{:?}", blocks.set_aside);
        assert_eq!(drain(&mut blocks).concat_bytes(), damaged);
    }
    // a single line in prose makes no dump of it
    let prose = format!("# Notes\n\nas here:\n\n{dump}\nand so on\nand on\n");
    assert_eq!(open(prose.as_bytes(), 1 << 20).framing, Framing::Unknown);
}

#[test]
fn what_is_compressed_goes_on_behind_damage() {
    let text = |name: &str| format!("{{\"resourceLogs\":[\"{name}\"]}}\n").repeat(300).into_bytes();
    let pack = |name: &str| zstd::encode_all(&text(name)[..], 3).unwrap();
    let mut stream = [pack("a"), pack("b")].concat();
    stream[20..40].fill(0xff);
    let mut blocks = open(&stream, 1 << 20);
    assert!(drain(&mut blocks).concat_bytes().ends_with(&text("b")));
    assert!(blocks.set_aside.len() == 1 && blocks.set_aside[0].reason.starts_with("damaged zstd"), "{:?}", blocks.set_aside);
    assert_eq!(blocks.format(), "otlp-json+zstd");
    // a name tells of compression that the beginning does not
    let cut = Cursor::new(stream[7..].to_vec());
    let mut blocks = Blocks::new(decompress(cut).unwrap(), Some(Path::new("a.jsonl.zst")), 1 << 20, &mut Nowhere);
    assert_eq!(drain(&mut blocks).concat_bytes(), text("b"), "{:?}", blocks.set_aside);
    assert!(blocks.set_aside[0].reason.contains("it does not begin as it should"), "{:?}", blocks.set_aside);
}

#[test]
fn damage_ends_the_stream_and_is_told() {
    let mut gz = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        encoder.write_all("{\"a\":1}\n".repeat(50_000).as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    gz.truncate(gz.len() / 2);
    let mut blocks = open(&gz, 1 << 20);
    let taken = drain(&mut blocks).concat_bytes();
    assert!(taken.len() > 100_000, "{}", taken.len());
    assert!(blocks.set_aside[0].reason.starts_with("damaged gzip"), "{:?}", blocks.set_aside);
}

#[test]
fn what_is_nothing_is_told() {
    for (bytes, reason) in
        [(&b""[..], "empty"), (b"\n \n", "empty"), (b"\x89PNG\r\n", "no format that tracemill knows; it begins with \"\u{fffd}PNG\\r\\n\"")]
    {
        let mut blocks = open(bytes, 1 << 20);
        assert!(blocks.next_block(&mut Nowhere).is_none());
        assert_eq!(blocks.set_aside.iter().map(|a| a.reason.as_str()).collect::<Vec<_>>(), [reason]);
    }
}
