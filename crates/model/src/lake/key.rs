//! The lake's key: 32 random bytes that are nobody's content, by which what must not stand in the lake (a secret that was found, an id that was
//! forgotten) can be known again. Border: making and reading it; what is fingerprinted with it is others' business.
//!
//! `lake/_tracemill/key` holds it as 64 hex digits, for the owner's eyes only. Who has the key and a fingerprint can test guesses, so it is
//! never printed, and a copy of the lake for others is made without it. A lake whose key is lost can be read as ever, but knows nothing again.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Lake, LakeError};

/// See the module.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key of its own for a purpose, so that fingerprints of one kind say nothing about those of another. The purpose is a constant text.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        blake3::derive_key(purpose, &self.0)
    }

    fn parse(text: &str) -> Option<Key> {
        let hex = text.trim_end().as_bytes();
        let mut key = [0; 32];
        if hex.len() != 64 {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Key(key))
    }
}

impl Lake {
    pub(super) fn key_path(&self) -> PathBuf {
        self.meta().join("key")
    }

    /// The key; `None` for a lake of a release that made none.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub fn existing_key(&self) -> Result<Option<Key>, LakeError> {
        let path = self.key_path();
        match fs::read_to_string(&path) {
            Ok(text) => match Key::parse(&text) {
                Some(key) => Ok(Some(key)),
                None => Err(LakeError::BadKey(path)),
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LakeError::Io { path, source }),
        }
    }

    /// The key, made now if the lake has none. Of two runs that make it at once one wins, and both get that one.
    ///
    /// # Errors
    /// It cannot be read or written, or is none.
    pub fn key(&self) -> Result<Key, LakeError> {
        if let Some(key) = self.existing_key()? {
            return Ok(key);
        }
        let path = self.key_path();
        let key: [u8; 32] = random().map_err(LakeError::io(&path))?;
        make(&path, &hex(&key)).map_err(LakeError::io(&path))?;
        self.existing_key()?.ok_or(LakeError::BadKey(path))
    }
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(bytes)
}

/// Bytes as hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Makes a file of a line that only its owner may read, unless there is one.
pub(super) fn make(path: &Path, text: &str) -> io::Result<()> {
    let name: [u8; 8] = random()?;
    let temporary = path.with_extension(format!("tmp-{}", hex(&name)));
    let made = write(&temporary, text).and_then(|()| place(&temporary, path));
    let swept = fs::remove_file(&temporary);
    made?;
    match swept {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Writes a new file that only its owner may read.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    let _ = options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let _ = options.mode(0o600);
    }
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

/// Gives the file its name, unless another run was first.
fn place(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // a file system without hard links
        Err(_) if !to.exists() => fs::rename(from, to),
        done => done,
    }?;
    let folder = to.parent().unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lake_has_one_key_from_its_beginning_and_an_old_one_when_it_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(&folder.path().join("lake")).unwrap();
        let key = lake.existing_key().unwrap().unwrap();
        assert_eq!(lake.key().unwrap(), key);
        assert_eq!(Lake::create(lake.root()).unwrap().key().unwrap(), key);
        assert_ne!(key.derive("one purpose"), key.derive("another"));
        assert_eq!(format!("{key:?}"), "Key(…)");
        fs::remove_file(lake.key_path()).unwrap();
        assert_eq!(lake.existing_key().unwrap(), None);
        let keys: Vec<Key> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| lake.key().unwrap())).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|k| *k == keys[0] && *k != key));
        assert_eq!(fs::read_dir(lake.meta()).unwrap().filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with("key")).count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path()).unwrap();
        assert_eq!(fs::metadata(lake.key_path()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path()).unwrap();
        for text in ["", "12", &"0".repeat(63), &"x".repeat(64)] {
            fs::write(lake.key_path(), text).unwrap();
            assert!(matches!(lake.key(), Err(LakeError::BadKey(_))), "{text:?}");
        }
    }
}
