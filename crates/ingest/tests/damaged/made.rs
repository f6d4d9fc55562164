//! The requests of a file in other arrangements: what a Collector, a script or a rotation could have made of them.

use std::io::Write;

use crate::parts::{self, Form};
use crate::samples::Sample;

/// A file of JSON lines arranged otherwise; nothing for other files.
pub fn arrangements(sample: &Sample) -> Vec<Sample> {
    let content = parts::members(&sample.bytes).map_or_else(|| sample.bytes.clone(), |members| members.content);
    if !content.starts_with(b"{") {
        return Vec::new();
    }
    let (form, places) = parts::split(&content, "otlp-json");
    let requests: Vec<&[u8]> = places.iter().map(|place| &content[place.clone()]).collect();
    if form != Form::Documents || requests.len() < 2 || requests.iter().any(|r| r.contains(&b'\n')) {
        return Vec::new();
    }
    let made = |how: &str, bytes: Vec<u8>| Sample { name: format!("{} as {how}", sample.name), bytes };
    let lines: Vec<Vec<u8>> = requests.iter().map(|r| [r, &b"\n"[..]].concat()).collect();
    let squeezed: Vec<Vec<u8>> = requests.iter().map(|r| zstd(r)).collect();
    // some members hold one request, some several
    let few: Vec<Vec<u8>> = lines.chunks(lines.len().div_ceil(5)).map(<[Vec<u8>]>::concat).collect();
    vec![
        made("an array on one line", [b"[", &requests.join(&b","[..])[..], b"]\n"].concat()),
        made("an array over lines", [b"[\n", &requests.join(&b",\n"[..])[..], b"\n]\n"].concat()),
        made("pretty documents", requests.iter().flat_map(|r| pretty(r)).collect()),
        made("frames", requests.iter().flat_map(|r| framed(r)).collect()),
        made("frames of zstd", squeezed.iter().flat_map(|r| framed(r)).collect()),
        made("members.gz", few.iter().flat_map(|r| gzip(r)).collect()),
        made("members.zst", few.iter().flat_map(|r| zstd(r)).collect()),
    ]
}

fn pretty(request: &[u8]) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_slice(request).unwrap_or_default();
    let mut text = serde_json::to_vec_pretty(&value).unwrap();
    text.push(b'\n');
    text
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes()[..], message].concat()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
