//! The content of a compressed stream, past damage: a stream that was appended to has several members (gzip) or frames (zstd), and damage costs the rest
//! of its member, but not those behind it. Border: where members begin; what is in one is `codec`'s business.
//!
//! Where the header of the first member is damaged, of which little can be wrong and nothing is needed, it is read as if it were as most are.
//!
//! An error is given where the damage is met, and reading can go on behind it: there a line break begins what follows, so that it is not mistaken for
//! the rest of a line. Each error costs bytes, so that asking again comes to an end.

use std::io::{self, BufRead, Read};

use super::again::Again;
use super::codec::{Codec, Step, damaged};
use super::{GZIP, SKIPPABLE, ZSTD};

/// The header of a gzip member (RFC 1952): method, flags, time, level, system; and of one that a name follows.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
const GZIP_NAMED: [u8; 10] = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff];
/// No name is so long.
const NAME: usize = 256;
/// Bytes by which what follows a member is known.
const BEGINNING: usize = 4;
/// A damaged member can seem to go on through those that follow; so what was read since the beginning of one is kept, but no more than this: what
/// decodes by chance ends long before.
const SEEN: usize = 1 << 20;

/// See the module.
pub struct Members<R> {
    stream: Again<R>,
    codec: Codec,
    magic: &'static [u8],
    state: State,
    /// What was read of this member since the beginning of another was seen in it.
    seen: Vec<u8>,
    /// What is wrong with the member at hand.
    fault: Option<io::Error>,
    /// Whether the member at hand was found behind damage and has not given anything yet.
    found: bool,
    /// Whether anything was given.
    given: bool,
    /// What was read of the first member while it gave nothing.
    opening: Option<Vec<u8>>,
    /// Its header as it was, while it is read with another.
    header: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a member of which so many bytes were read and written.
    Member {
        used: usize,
        made: usize,
    },
    /// Behind a member.
    Between,
    /// Behind damage, on the search for a member.
    Lost,
    Ended,
}

const BEGUN: State = State::Member { used: 0, made: 0 };

impl<R: BufRead> Members<R> {
    /// Reads a stream that begins with a member of gzip.
    pub fn gzip(stream: R) -> Members<R> {
        Members::new(stream, Codec::gzip(), &GZIP)
    }

    /// Reads a stream that begins with a frame of zstd.
    pub fn zstd(stream: R) -> io::Result<Members<R>> {
        Ok(Members::new(stream, Codec::zstd()?, &ZSTD))
    }

    fn new(stream: R, codec: Codec, magic: &'static [u8]) -> Members<R> {
        let (stream, opening) = (Again::new(stream), Some(Vec::new()));
        Members { stream, codec, magic, state: BEGUN, seen: Vec::new(), fault: None, found: false, given: false, opening, header: None }
    }

    /// The same stream if it does not begin with a member.
    pub fn lost(mut self) -> Members<R> {
        (self.state, self.opening) = (State::Lost, None);
        self
    }

    /// Goes on in a member; gives the number of bytes written.
    fn member(&mut self, (used, made): (usize, usize), out: &mut [u8]) -> io::Result<usize> {
        let input = self.stream.fill()?;
        if input.is_empty() {
            self.fault = Some(io::Error::new(io::ErrorKind::UnexpectedEof, "it is cut off"));
            return Ok(0);
        }
        let Step { used: read, made: written, ended } = self.codec.step(input, out);
        // its own beginning is none of another
        let own = self.magic.len().saturating_sub(used).min(read);
        remember(&mut self.seen, &input[own..read], self.magic);
        if let Some(opening) = self.opening.as_mut().filter(|opening| written == 0 && opening.len() + read <= SEEN) {
            opening.extend_from_slice(&input[..read]);
        } else {
            self.opening = None;
        }
        self.stream.consume(read);
        self.state = State::Member { used: used + read, made: made + written };
        match ended {
            Ok(false) => {}
            Ok(true) => {
                self.seen.clear();
                self.codec = self.codec.again()?;
                self.state = State::Between;
            }
            Err(e) => self.fault = Some(e),
        }
        Ok(written)
    }

    /// Goes back to the beginning, if its header alone may be damaged, or else to where another member may begin in what was read.
    fn lose(&mut self) -> io::Result<()> {
        let seen = std::mem::take(&mut self.seen);
        self.codec = self.codec.again()?;
        self.state = State::Lost;
        match (self.opening.take(), self.header.take()) {
            (Some(opening), None) => {
                self.stream.put_back(opening);
                let beginning = self.stream.gather(GZIP_HEADER.len() + NAME)?;
                let (header, there) = (header(beginning, self.magic), beginning.len());
                if let Some(had) = beginning.get(..header.len()).filter(|had| *had != header).map(<[u8]>::to_vec) {
                    self.stream.consume(had.len());
                    self.stream.put_back(header.to_vec());
                    (self.header, self.opening, self.state) = (Some(had), Some(Vec::new()), BEGUN);
                } else {
                    self.stream.consume(there.min(1));
                }
            }
            // it was of no use
            (Some(mut opening), Some(header)) => {
                opening.splice(..header.len().min(opening.len()), header);
                self.stream.put_back(opening.split_off(1));
            }
            (None, _) => self.stream.put_back(seen),
        }
        Ok(())
    }

    fn search(&mut self) -> io::Result<()> {
        let input = self.stream.gather(self.magic.len())?;
        if input.len() < self.magic.len() {
            self.state = State::Ended;
        } else if input.starts_with(self.magic) {
            (self.state, self.found) = (BEGUN, true);
        } else {
            // the beginning of a member, perhaps not all there yet, or none
            let passed = begins(&input[1..], self.magic).map_or(input.len(), |at| at + 1);
            self.stream.consume(passed);
        }
        Ok(())
    }

    fn between(&mut self) -> io::Result<()> {
        let skippable = |head: &[u8]| self.magic == ZSTD && head[1..] == SKIPPABLE && head[0] & 0xf0 == 0x50;
        let input = self.stream.gather(BEGINNING)?;
        if input.is_empty() {
            self.state = State::Ended;
        } else if input.starts_with(self.magic) || input.get(..BEGINNING).is_some_and(skippable) {
            self.state = BEGUN;
        } else {
            self.state = State::Lost;
            return Err(damaged("what follows its end is no part of it"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(fault) = self.fault.take() {
                self.lose()?;
                // what was found on the search and gave nothing was none
                let told = std::mem::replace(&mut self.found, self.state == BEGUN);
                if !told {
                    return Err(fault);
                }
            }
            match self.state {
                State::Ended => return Ok(0),
                State::Between => self.between()?,
                State::Lost => self.search()?,
                State::Member { used, made } => {
                    // a line break, if something follows it
                    let room = usize::from(self.found && self.given && out.len() > 1);
                    let written = self.member((used, made), &mut out[room..])?;
                    if written > 0 {
                        out[..room].fill(b'\n');
                        (self.found, self.given) = (false, true);
                        return Ok(room + written);
                    }
                    if out.is_empty() {
                        return Ok(0);
                    }
                }
            }
        }
    }
}

/// The header that most streams have that begin so: without a name, or with one where that can be seen.
fn header(beginning: &[u8], magic: &[u8]) -> &'static [u8] {
    if magic == ZSTD {
        return &ZSTD;
    }
    let name = beginning.get(GZIP_HEADER.len()..).and_then(|rest| rest.split(|b| *b == 0).next()).unwrap_or_default();
    let named = !name.is_empty() && name.len() < NAME && name.iter().all(u8::is_ascii_graphic);
    if named { &GZIP_NAMED } else { &GZIP_HEADER }
}

/// Keeps what was read from where another member may begin in it.
fn remember(seen: &mut Vec<u8>, read: &[u8], magic: &[u8]) {
    let known = seen.len();
    seen.extend_from_slice(read);
    let stays = |seen: &[u8]| known > 0 && seen.len() <= SEEN && is_beginning(seen, magic);
    if !stays(seen) {
        let from = usize::from(known > 0);
        match begins(&seen[from..], magic) {
            Some(at) => drop(seen.drain(..from + at)),
            None => seen.clear(),
        }
    }
}

/// Where a member begins, all of its first bytes or as many as there are.
fn begins(bytes: &[u8], magic: &[u8]) -> Option<usize> {
    memchr::memchr_iter(magic[0], bytes).find(|at| is_beginning(&bytes[*at..], magic))
}

fn is_beginning(bytes: &[u8], magic: &[u8]) -> bool {
    if bytes.len() < magic.len() { magic.starts_with(bytes) } else { bytes.starts_with(magic) }
}

#[cfg(test)]
mod tests;
