//! Compressed standard input, copied to disk as it is read: where it turns out to be damaged there is no file to point at, and what was read
//! cannot be read again. Border: the copy; whether it is kept is the quarantine's business.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use crate::compress::is_compressed;

/// Reads through to another reader, and copies what it reads if that is compressed.
#[derive(Debug)]
pub struct Tee<R> {
    inner: R,
    path: PathBuf,
    began: bool,
    copy: Option<File>,
}

impl<R> Tee<R> {
    /// Copies to a new file at `path`.
    pub fn new(inner: R, path: PathBuf) -> Tee<R> {
        Tee { inner, path, began: false, copy: None }
    }
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if !std::mem::replace(&mut self.began, true) && is_compressed(&buffer[..n]) {
            self.copy = Some(File::create(&self.path)?);
        }
        if let Some(copy) = &mut self.copy {
            copy.write_all(&buffer[..n])?;
        }
        Ok(n)
    }
}

/// What was copied, opened when it is asked for; nothing where nothing was.
#[derive(Debug)]
pub struct Copied {
    path: PathBuf,
    file: Option<File>,
}

impl Copied {
    /// The copy at `path`.
    pub fn new(path: PathBuf) -> Copied {
        Copied { path, file: None }
    }
}

impl Read for Copied {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.file.is_none() && self.path.exists() {
            self.file = Some(File::open(&self.path)?);
        }
        self.file.as_mut().map_or(Ok(0), |f| f.read(buffer))
    }
}
