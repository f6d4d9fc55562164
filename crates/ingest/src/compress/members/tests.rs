use std::io::{BufReader, Cursor, Write};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn squeeze(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Lines that no compression makes small.
fn lines(name: &str, number: usize) -> Vec<u8> {
    (0..number).flat_map(|n| format!("{name} {n} {:016x}\n", xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes())).into_bytes()).collect()
}

/// What is read of a stream, in steps of so many bytes, and the errors.
fn read(bytes: &[u8], step: usize) -> (Vec<u8>, Vec<String>) {
    let stream = BufReader::with_capacity(step, Cursor::new(bytes.to_vec()));
    let mut members = if bytes.starts_with(&GZIP[..1]) { Members::gzip(stream) } else { Members::zstd(stream).unwrap() };
    let (mut out, mut errors, mut buffer) = (Vec::new(), Vec::new(), vec![0; step]);
    loop {
        match members.read(&mut buffer) {
            Ok(0) => return (out, errors),
            Ok(n) => out.extend_from_slice(&buffer[..n]),
            Err(e) => errors.push(e.to_string()),
        }
        assert!(errors.len() < 9, "{errors:?}");
    }
}

#[test]
fn all_members_are_read_in_any_steps() {
    let (a, b, c) = (lines("a", 300), lines("b", 1), lines("c", 3000));
    for pack in [gzip, squeeze] {
        let stream = [pack(&a), pack(b""), pack(&b), pack(&c)].concat();
        for step in [1, 2, 7, 100, 1 << 18] {
            assert_eq!(read(&stream, step), ([&a[..], &b, &c].concat(), vec![]), "{step}");
        }
    }
    // what zstd's own tools skip
    let note = [&[0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    assert_eq!(read(&[squeeze(&a), note, squeeze(&b)].concat(), 64), ([a, b].concat(), vec![]));
}

#[test]
fn a_damaged_member_costs_no_other_and_none_of_what_lies_before() {
    let (a, b, c) = (lines("a", 40), lines("b", 60), lines("c", 3));
    for pack in [gzip, squeeze] {
        let (first, second) = (pack(&a), pack(&b));
        let stream = [&first[..], &second, &pack(&c)].concat();
        for at in 0..second.len() {
            for bit in [at % 8, at * 3 % 8] {
                let mut damaged = stream.clone();
                damaged[first.len() + at] ^= 1 << bit;
                let (content, errors) = read(&damaged, 1 << 18);
                assert!(content.starts_with(&a) && content.ends_with(&c), "byte {at}, bit {bit}: {errors:?}\n{}", String::from_utf8_lossy(&content));
                let whole = content == [&a[..], &b, &c].concat();
                assert!(whole || errors.len() == 1 && content.ends_with(&[b"\n", &c[..]].concat()), "byte {at}, bit {bit}: {errors:?}");
            }
        }
        for end in 2..first.len() {
            let (content, errors) = read(&first[..end], 1 << 18);
            assert!(a.starts_with(&content) && errors == ["it is cut off"], "{end}: {errors:?}");
        }
        // of a header nothing is needed
        for at in 0..4 {
            for bit in 0..8 {
                let mut damaged = stream.clone();
                damaged[at] ^= 1 << bit;
                let mut members = if stream[0] == GZIP[0] { Members::gzip(&damaged[..]) } else { Members::zstd(&damaged[..]).unwrap() };
                let mut content = vec![0; a.len()];
                let outcome = members.read_exact(&mut content).or_else(|_| members.read_exact(&mut content));
                assert!(outcome.is_ok() && content == a, "byte {at}, bit {bit}: {outcome:?}");
            }
        }
        // nothing of the first, or other bytes between
        let (content, errors) = read(&[&first[..7], &stream[..]].concat(), 9);
        assert!(content == [&a[..], &b, &c].concat() && errors.len() == 1, "{errors:?}");
        let (content, errors) = read(&[&first[..], b"other bytes", &second].concat(), 9);
        assert!(content == [&a[..], b"\n", &b].concat() && errors == ["what follows its end is no part of it"], "{errors:?}");
    }
}

#[test]
fn what_lies_before_the_damage_is_there_to_the_last_block() {
    let content = lines("a", 100_000);
    for (pack, block) in [(gzip as fn(&[u8]) -> Vec<u8>, 100), (squeeze, 128 << 10)] {
        let mut packed = pack(&content);
        let at = packed.len() / 2;
        packed[at..at + 64].fill(0xff);
        let (read, errors) = read(&packed, 1 << 18);
        let same = read.iter().zip(&content).take_while(|(a, b)| a == b).count();
        assert!(!errors.is_empty() && same + block > content.len() * 49 / 100, "{same} of {}", content.len());
    }
}
