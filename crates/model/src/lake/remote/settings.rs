//! Settings: files in a folder, one object in a store. Border: which files they are, and when the two are made the same; what stands in them is read by
//! those who use them.
//!
//! A build copies what it was given into its lake when it begins, and its commit sends it. So nobody else takes the store's settings to a replica while
//! somebody writes there, and a run that lost its lease meanwhile creates a number that is there: `_tracemill/settings/<n>.json`, of which the greatest
//! counts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::PoisonError;

use super::super::staging::remove;
use super::super::{Lake, LakeError};
use super::{LARGE, Remote, SETTINGS};

/// The folder of settings that are several files.
const DIALECTS: &str = "dialects";
/// Settings whose names do not end with `.toml`: the mark of keyed ids, and who follows the log.
const OTHERS: [&str; 2] = ["keyed-ids", "followers.json"];

/// Whether a name below `_tracemill` is that of a setting.
fn is_setting(name: &str) -> bool {
    let is_plain = |part: &str| part.len() > ".toml".len() && part.ends_with(".toml") && !part.contains(['/', '\\', ':', '\0']);
    let own = name.strip_prefix(DIALECTS).and_then(|rest| rest.strip_prefix('/'));
    OTHERS.contains(&name) || own.map_or_else(|| is_plain(name), is_plain)
}

impl Lake {
    /// The replica's.
    fn settings(&self) -> Result<BTreeMap<String, String>, LakeError> {
        let meta = self.meta();
        let mut found = BTreeMap::new();
        for folder in [meta.clone(), meta.join(DIALECTS)] {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(source) => return Err(LakeError::Io { path: folder, source }),
            };
            for entry in entries {
                let path = entry.map_err(LakeError::io(&folder))?.path();
                let name = path.strip_prefix(&meta).ok().and_then(|name| name.to_str()).map(|name| name.replace('\\', "/"));
                if let Some(name) = name.filter(|name| is_setting(name) && path.is_file()) {
                    found.insert(name, fs::read_to_string(&path).map_err(LakeError::io(&path))?);
                }
            }
        }
        Ok(found)
    }

    /// Makes the replica's those of the store; not while another process writes here, unless it is the caller who may.
    pub(super) fn pull_settings(&self, remote: &Remote, may_write: bool) -> Result<(), LakeError> {
        let lock = (!may_write).then(|| File::options().create(true).truncate(false).write(true).open(self.lock_path()));
        let lock = lock.transpose().map_err(LakeError::io(&self.lock_path()))?;
        if lock.as_ref().is_some_and(|lock| lock.try_lock_shared().is_err()) {
            return Ok(());
        }
        let (number, there) = remote.stored_settings()?;
        let here = self.settings()?;
        let meta = self.meta();
        for (name, text) in there.iter().filter(|(name, text)| here.get(*name) != Some(text)) {
            if !is_setting(name) {
                let path = PathBuf::from(format!("{}/{}", remote.store.url(), object(number)));
                return Err(LakeError::Damaged { path, reason: format!("{name:?} is no name of a setting") });
            }
            let path = meta.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
            }
            let temporary = remote.temporary()?;
            fs::write(&temporary, text).map_err(LakeError::io(&temporary))?;
            fs::rename(&temporary, &path).map_err(LakeError::io(&path))?;
        }
        here.keys().filter(|name| !there.contains_key(*name)).try_for_each(|name| remove(&meta.join(name)))?;
        *remote.settings.lock().unwrap_or_else(PoisonError::into_inner) = (number, there);
        Ok(())
    }

    /// Makes the store's those of the replica; nothing where the lake lies in a folder. Only for who may write.
    pub(in super::super) fn push_settings(&self) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let here = self.settings()?;
        let mut known = remote.settings.lock().unwrap_or_else(PoisonError::into_inner);
        if here == known.1 {
            return Ok(());
        }
        let text = serde_json::to_vec(&here).map_err(|e| LakeError::Damaged { path: self.meta(), reason: e.to_string() })?;
        let number = known.0 + 1;
        if !remote.store.create(&object(number), &text)? && remote.store.read(&object(number), LARGE)?.as_ref() != Some(&text) {
            return Err(LakeError::Overtaken(remote.store.url().to_owned()));
        }
        // one that slept can create a number that others have left behind
        if remote.store.list(SETTINGS)?.iter().filter_map(|o| super::numbered(SETTINGS, &o.name)).any(|other| other > number) {
            return Err(LakeError::Overtaken(remote.store.url().to_owned()));
        }
        // one that is left behind counts no more
        let _ = remote.store.remove(&[object(known.0)]);
        *known = (number, here);
        Ok(())
    }
}

impl Remote {
    /// The store's, and their number.
    fn stored_settings(&self) -> Result<(u64, BTreeMap<String, String>), LakeError> {
        loop {
            let Some(number) = self.store.list(SETTINGS)?.iter().filter_map(|o| super::numbered(SETTINGS, &o.name)).max() else {
                return Ok((0, BTreeMap::new()));
            };
            // it goes when a later one is there
            let Some(bytes) = self.store.read(&object(number), LARGE)? else {
                std::thread::sleep(std::time::Duration::from_millis(20));
                continue;
            };
            let path = || PathBuf::from(format!("{}/{}", self.store.url(), object(number)));
            return serde_json::from_slice(&bytes).map(|all| (number, all)).map_err(|e| LakeError::Damaged { path: path(), reason: e.to_string() });
        }
    }
}

fn object(number: u64) -> String {
    format!("{SETTINGS}{number:08}.json")
}
