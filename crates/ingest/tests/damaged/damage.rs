//! Damage to a file, and what of it stays as it was.

use std::ops::Range;

/// Most bytes of another file that a splice takes.
const FOREIGN: usize = 32 << 10;

/// Kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One bit is another.
    Flip,
    /// The file ends early.
    Cut,
    /// Stretches are lost, doubled, or come from elsewhere.
    Splice,
}

/// A damaged copy.
pub struct Damage {
    /// What was done, for people.
    pub what: String,
    /// Its kind.
    pub kind: Kind,
    /// The copy.
    pub bytes: Vec<u8>,
    /// Stretches of the original that are there as they were, in the order of the copy.
    pub kept: Vec<Kept>,
}

/// A stretch of the original that is there as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it was.
    pub from: Range<usize>,
    /// Where it begins in the copy.
    pub to: usize,
}

impl Damage {
    /// Damages a copy of `file`; a splice may take bytes of `other`.
    pub fn new(kind: Kind, file: &[u8], other: &[u8], random: &mut fastrand::Rng) -> Damage {
        match kind {
            Kind::Flip if file.is_empty() => Damage::of("nothing", kind, file, &[]),
            Kind::Flip => {
                let (at, bit) = (place(file, random).min(file.len() - 1), random.u32(0..8));
                let flipped = [file[at] ^ 1 << bit];
                Damage::of(
                    &format!("bit {bit} of byte {at} flipped"),
                    kind,
                    file,
                    &[Piece::Own(0..at), Piece::Else(&flipped), Piece::Own(at + 1..file.len())],
                )
            }
            Kind::Cut => {
                let end = random.usize(0..=file.len());
                Damage::of(&format!("cut at byte {end}"), kind, file, &[Piece::Own(0..end)])
            }
            Kind::Splice => splice(file, other, random),
        }
    }

    fn of(what: &str, kind: Kind, file: &[u8], pieces: &[Piece]) -> Damage {
        let mut damage = Damage { what: what.to_owned(), kind, bytes: Vec::with_capacity(file.len() + 1), kept: Vec::new() };
        for piece in pieces {
            match piece {
                Piece::Own(range) => {
                    damage.kept.push(Kept { from: range.clone(), to: damage.bytes.len() });
                    damage.bytes.extend_from_slice(&file[range.clone()]);
                }
                Piece::Else(bytes) => damage.bytes.extend_from_slice(bytes),
            }
        }
        damage
    }
}

/// A stretch of a damaged copy.
enum Piece<'b> {
    Own(Range<usize>),
    Else(&'b [u8]),
}

/// A place anywhere, and now and then one near the beginning, by which a file is recognised.
fn place(file: &[u8], random: &mut fastrand::Rng) -> usize {
    if random.u8(0..16) == 0 { random.usize(0..=file.len().min(32)) } else { random.usize(0..=file.len()) }
}

/// A stretch: a few bytes or many.
fn stretch(length: usize, random: &mut fastrand::Rng) -> Range<usize> {
    let begins = random.usize(0..=length);
    let most = 1_usize << random.u32(0..=17);
    begins..(begins + random.usize(0..=most)).min(length)
}

fn splice(file: &[u8], other: &[u8], random: &mut fastrand::Rng) -> Damage {
    let (at, own, mut foreign, all) = (place(file, random), stretch(file.len(), random), stretch(other.len(), random), file.len());
    // what a file is must still show
    foreign.end = foreign.end.min(foreign.start + all / 2).min(foreign.start + FOREIGN);
    let (what, pieces) = match random.u8(0..6) {
        0 => (format!("bytes {own:?} lost"), vec![Piece::Own(0..own.start), Piece::Own(own.end..all)]),
        1 => (format!("bytes {own:?} doubled"), vec![Piece::Own(0..own.end), Piece::Own(own.start..all)]),
        2 => (format!("bytes {own:?} inserted at {at}"), vec![Piece::Own(0..at), Piece::Own(own), Piece::Own(at..all)]),
        3 => (
            format!("bytes {foreign:?} of another file inserted at {at}"),
            vec![Piece::Own(0..at), Piece::Else(&other[foreign]), Piece::Own(at..all)],
        ),
        4 => {
            let (own_end, end) = (own.end, (own.start + foreign.len()).min(all).max(own.end));
            let pieces = vec![Piece::Own(0..own_end), Piece::Else(&other[foreign.clone()]), Piece::Own(end..all)];
            (format!("bytes {own_end}..{end} overwritten with {foreign:?} of another file"), pieces)
        }
        _ => (format!("the beginning lost up to {at}"), vec![Piece::Own(at..all)]),
    };
    Damage::of(&what, Kind::Splice, file, &pieces)
}
