//! Who may write to a lake in a store: the lease. Border: taking, keeping and giving back; that two who both believe to have it do no harm is not
//! its business but that of the log, whose entries are created once.
//!
//! `_tracemill/lease/<n>.json` says who took it for the n-th time. The greatest number counts. Its holder writes it anew every few seconds; to take
//! it over is to create the next number, which one of all who try does. So nothing but creating is asked of the store, and no clock but one's own:
//! a lease is dead when it has been seen unchanged for the store's [`Store::patience`], or free, or was held by this very replica, whose lock the caller has.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::super::key::random;
use super::super::store::Store;
use super::super::{Lake, LakeError};
use super::{Remote, SMALL};

/// Where leases lie.
const FOLDER: &str = "_tracemill/lease/";
/// A holder says so often, in the time after which it is taken for dead, that it lives: a slow answer kills nobody.
const BEATS: u32 = 12;
/// Waiting for a lease, the store is asked so often, and up to twice that.
const POLL: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 150 });

/// What an object says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// Replica and machine.
    holder: String,
    /// Process, for who looks.
    process: u32,
    /// How often it has said that it lives.
    beat: u64,
    /// Whether it was given back.
    free: bool,
}

/// The right to write to the store; given back when dropped.
#[derive(Debug)]
pub(in super::super) struct Lease {
    ended: Arc<(Mutex<bool>, Condvar)>,
    beats: Option<JoinHandle<()>>,
}

impl Lake {
    /// Waits for the lease; nothing where the lake lies in a folder. The caller holds the folder's lock.
    pub(in super::super) fn lease(&self) -> Result<Option<Lease>, LakeError> {
        self.remote.as_ref().map(take).transpose()
    }

    /// Whether another holds the lease, as far as one look tells.
    pub(in super::super) fn is_leased(&self) -> bool {
        let held =
            |remote: &Arc<Remote>| Ok::<_, LakeError>(last(&*remote.store)?.is_some_and(|(_, told)| !told.free && told.holder != remote.holder));
        self.remote.as_ref().is_some_and(|remote| held(remote).unwrap_or(false))
    }
}

/// The lease that counts, and its number.
fn last(store: &dyn Store) -> Result<Option<(u64, Told)>, LakeError> {
    loop {
        let Some(number) = store.list(FOLDER)?.iter().filter_map(|object| super::numbered(FOLDER, &object.name)).max() else { return Ok(None) };
        // it went because a later one was made
        let Some(bytes) = store.read(&name(number), SMALL)? else {
            thread::sleep(POLL);
            continue;
        };
        // what cannot be read says nothing, and is taken over when it has said nothing for long enough
        let told = serde_json::from_slice(&bytes).unwrap_or(Told { holder: String::new(), process: 0, beat: 0, free: false });
        return Ok(Some((number, told)));
    }
}

fn name(number: u64) -> String {
    format!("{FOLDER}{number:08}.json")
}

fn text(told: &Told) -> Vec<u8> {
    serde_json::to_vec(told).unwrap_or_default()
}

fn take(remote: &Arc<Remote>) -> Result<Lease, LakeError> {
    let ours = Told { holder: remote.holder.clone(), process: std::process::id(), beat: 0, free: false };
    let mut seen: Option<((u64, Told), Instant)> = None;
    loop {
        let now = last(&*remote.store)?;
        let next = match &now {
            None => Some(1),
            Some((number, told)) if told.free || told.holder == ours.holder => Some(number + 1),
            Some(lease @ (number, _)) => match &seen {
                Some((before, since)) if before == lease => (since.elapsed() > remote.store.patience()).then_some(number + 1),
                _ => {
                    seen = Some((lease.clone(), Instant::now()));
                    None
                }
            },
        };
        if let Some(number) = next
            && remote.store.create(&name(number), &text(&ours))?
        {
            // a server that writes over what is there would let two commit under one number
            if remote.store.create(&name(number), &text(&ours))? {
                return Err(LakeError::NoConditions(remote.store.url().to_owned()));
            }
            let all: Vec<u64> = remote.store.list(FOLDER)?.iter().filter_map(|object| super::numbered(FOLDER, &object.name)).collect();
            // those below count no more; what cannot be removed now is removed by the next
            let below: Vec<String> = all.iter().filter(|other| **other < number).map(|other| name(*other)).collect();
            let _ = remote.store.remove(&below);
            // one that was asleep can create a number that others have left behind
            if all.iter().max() == Some(&number) {
                return Ok(keep(Arc::clone(remote), number, ours));
            }
        }
        let [extra] = random().unwrap_or([128_u8]);
        thread::sleep(POLL + POLL * u32::from(extra) / 255);
    }
}

/// Says that it lives as long as it does.
fn keep(remote: Arc<Remote>, number: u64, mut told: Told) -> Lease {
    let ended = Arc::new((Mutex::new(false), Condvar::new()));
    let signal = Arc::clone(&ended);
    let beat = remote.store.patience() / BEATS;
    let beats = move || {
        let (ended, changed) = &*signal;
        loop {
            let lock = ended.lock().unwrap_or_else(PoisonError::into_inner);
            let (is_over, _) = changed.wait_timeout_while(lock, beat, |ended| !*ended).unwrap_or_else(PoisonError::into_inner);
            told.beat += 1;
            told.free = *is_over;
            drop(is_over);
            // one that is lost is missed when it is too late, and then the log tells
            let _ = remote.store.write(&name(number), &text(&told));
            if told.free {
                return;
            }
        }
    };
    // without a thread it is taken over after a while, which costs the run at worst its commit
    let beats = thread::Builder::new().name("lease".to_owned()).spawn(beats).ok();
    Lease { ended, beats }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (ended, changed) = &*self.ended;
        *ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
        if let Some(beats) = self.beats.take() {
            let _ = beats.join();
        }
    }
}
