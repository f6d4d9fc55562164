//! Something to read: a file, standard input, or bytes of the quarantine. Border: from a name to blocks; which feed is read when is
//! `pipeline`'s business.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tracemill_model::lake::{Kind, contents};

use crate::blocks::Blocks;
use crate::compress::{Counted, decompress};
use crate::detect::Framing;
use crate::discover::Input;
use crate::keep::Keep;
use crate::tee::{Copied, Tee};

/// Something to read.
#[derive(Debug, Clone)]
pub struct Feed {
    /// The source that its records belong to.
    pub input: Input,
    /// The source's id.
    pub source_id: String,
    /// Where its bytes lie if not in the source: in the quarantine.
    pub kept: Option<Kept>,
    /// Where to begin, if an earlier run has read it up to there.
    pub resume: Option<Resume>,
}

/// A place in a file that has grown.
#[derive(Debug, Clone, Copy)]
pub struct Resume {
    /// Byte offset.
    pub offset: u64,
    /// Number of the line or frame that begins there.
    pub number: u64,
    /// How requests follow each other.
    pub framing: Framing,
}

/// Bytes of the quarantine.
#[derive(Debug, Clone)]
pub struct Kept {
    /// File.
    pub path: PathBuf,
    /// Offset in it.
    pub offset: u64,
    /// Number of bytes.
    pub bytes: u64,
    /// What they are.
    pub kind: Kind,
}

impl Feed {
    /// An input, read where it lies.
    pub fn of(input: &Input) -> Feed {
        Feed { input: input.clone(), source_id: input.source_id(), kept: None, resume: None }
    }

    /// Opens it. The bytes that are read of it, as they lie on disk, are counted.
    pub fn open(&self, count: &Arc<AtomicU64>, max_request: usize, keep: &mut dyn Keep) -> io::Result<Blocks> {
        if let Some(far) = self.input.far.as_ref().filter(|_| self.kept.is_none()) {
            far.bring()?;
        }
        let path = self.input.place().filter(|_| self.kept.is_none());
        let detected = |stream, keep| Ok(Blocks::new(stream, path, max_request, keep));
        if let Some(kept) = &self.kept {
            let reader = Counted::new(contents(&kept.path, kept.offset, kept.bytes)?, count.clone());
            let (framing, array) = match kept.kind {
                Kind::Document => (Framing::Json, false),
                Kind::Elements => (Framing::Json, true),
                Kind::Frame => (Framing::Frames, false),
                Kind::Body => (Framing::Body, false),
                Kind::Stream | Kind::File => return detected(decompress(reader)?, keep),
            };
            return Ok(Blocks::of(Box::new(BufReader::new(reader)), framing, array, max_request));
        }
        let count = count.clone();
        if let (Some(path), Some(resume)) = (self.input.place(), &self.resume) {
            let mut file = File::open(path)?;
            let _ = file.seek(SeekFrom::Start(resume.offset))?;
            let reader = Box::new(BufReader::with_capacity(256 << 10, Counted::new(file, count)));
            return Ok(Blocks::resume(reader, resume.framing, (resume.offset, resume.number), max_request));
        }
        match (self.input.place(), keep.new_file()) {
            (Some(path), _) => detected(decompress(Counted::new(File::open(path)?, count))?, keep),
            (None, None) => detected(decompress(Counted::new(io::stdin(), count))?, keep),
            (None, Some(copy)) => {
                let mut stream = decompress(Counted::new(Tee::new(io::stdin(), copy.clone()), count))?;
                stream.original = (!stream.compression.is_empty()).then(|| Box::new(Copied::new(copy).chain(io::stdin())) as _);
                detected(stream, keep)
            }
        }
    }
}
