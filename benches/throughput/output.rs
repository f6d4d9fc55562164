//! Files of an archive while they are written: one a signal and format, as the Collector's file exporter writes them. JSON lines and
//! protobuf behind lengths of four bytes hold the same requests; either can be left out.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use prost::Message;
use serde::Serialize;

/// Bytes after which a file of a rotated archive is full.
const FULL: u64 = 256_000_000;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formats {
    /// `.jsonl` and `.pb`.
    Both,
    /// `.jsonl` alone, in files of 256 MB.
    Json,
    /// `.pb` alone, in files of 256 MB.
    Protobuf,
}

/// Bytes of an archive, whether written or left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes {
    /// As JSON.
    pub json: u64,
    /// As protobuf.
    pub protobuf: u64,
}

/// The files of all signals.
pub struct Output {
    pub traces: Signal,
    pub logs: Signal,
    pub metrics: Signal,
}

impl Output {
    pub fn new(folder: &Path, formats: Formats) -> Output {
        let signal = |name| Signal::new(folder, name, formats);
        Output { traces: signal("traces"), logs: signal("logs"), metrics: signal("metrics") }
    }

    pub fn sizes(&self) -> Sizes {
        let all = [self.traces.sizes, self.logs.sizes, self.metrics.sizes];
        all.iter().fold(Sizes::default(), |sum, s| Sizes { json: sum.json + s.json, protobuf: sum.protobuf + s.protobuf })
    }

    /// Writes what is left in buffers.
    pub fn finish(self) -> io::Result<Sizes> {
        let sizes = self.sizes();
        [self.traces, self.logs, self.metrics].into_iter().try_for_each(|s| s.finish().map(drop))?;
        Ok(sizes)
    }
}

/// The files of a signal.
pub struct Signal {
    json: Option<Rotated>,
    protobuf: Option<Rotated>,
    sizes: Sizes,
}

impl Signal {
    pub fn new(folder: &Path, name: &str, formats: Formats) -> Signal {
        let full = if formats == Formats::Both { u64::MAX } else { FULL };
        let file = |ending, other| (formats != other).then(|| Rotated::new(folder.join(name), ending, full));
        Signal { json: file("jsonl", Formats::Protobuf), protobuf: file("pb", Formats::Json), sizes: Sizes::default() }
    }

    /// A request as both.
    pub fn put(&mut self, request: &(impl Message + Serialize)) -> io::Result<()> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        self.put_bytes(&line, &request.encode_to_vec())
    }

    /// A request that is serialized already: a line with its end, a message without its length.
    pub fn put_bytes(&mut self, line: &[u8], message: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.json {
            file.put(&[line])?;
        }
        if let Some(file) = &mut self.protobuf {
            file.put(&[&(message.len() as u32).to_be_bytes(), message])?;
        }
        self.sizes.json += line.len() as u64;
        self.sizes.protobuf += message.len() as u64 + 4;
        Ok(())
    }

    /// Writes what is left in buffers.
    pub fn finish(self) -> io::Result<Sizes> {
        [self.json, self.protobuf].into_iter().flatten().try_for_each(|mut f| f.finish())?;
        Ok(self.sizes)
    }
}

/// A file, and after it the next: `traces.jsonl`, `traces-1.jsonl`, … Without a request there is none.
struct Rotated {
    base: PathBuf,
    ending: &'static str,
    full: u64,
    number: u32,
    bytes: u64,
    file: Option<BufWriter<File>>,
}

impl Rotated {
    fn new(base: PathBuf, ending: &'static str, full: u64) -> Rotated {
        Rotated { base, ending, full, number: 0, bytes: 0, file: None }
    }

    fn put(&mut self, pieces: &[&[u8]]) -> io::Result<()> {
        if self.bytes >= self.full {
            self.finish()?;
            self.file = None;
            self.number += 1;
            self.bytes = 0;
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let number = if self.number == 0 { String::new() } else { format!("-{}", self.number) };
                self.file.insert(BufWriter::new(File::create(format!("{}{number}.{}", self.base.display(), self.ending))?))
            }
        };
        for piece in pieces {
            file.write_all(piece)?;
            self.bytes += piece.len() as u64;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}
