//! A disk in memory that fails when told to, and forgets in a crash what was not synced: any of it, in any order.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use super::random::Random;
use crate::store::disk::{Disk, DiskFile};

#[derive(Clone)]
pub(super) struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    random: Random,
    files: Vec<Contents>,
    names: BTreeMap<String, usize>,
    /// As of the last sync of the folder.
    durable_names: BTreeMap<String, usize>,
    fail_per_mille: u64,
    /// Acts until the machine stops.
    acts_left: Option<u64>,
    acts: u64,
}

#[derive(Default)]
struct Contents {
    now: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl SimulatedDisk {
    pub(super) fn new(seed: u64) -> Self {
        let state = State {
            random: Random::new(seed),
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            fail_per_mille: 0,
            acts_left: None,
            acts: 0,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Another disk with the same durable files.
    pub(super) fn copy(&self) -> Self {
        let copy = Self::new(1);
        for name in self.names() {
            let durable = self.bytes_of(&name);
            let mut state = copy.state();
            let file = state.files.len();
            state.files.push(Contents { now: durable.clone(), durable, unsynced: Vec::new() });
            state.names.insert(name.clone(), file);
            state.durable_names.insert(name, file);
        }
        copy
    }

    pub(super) fn fail(&self, per_mille: u64) {
        self.state().fail_per_mille = per_mille;
    }

    /// After so many more acts nothing works any more.
    pub(super) fn stop_after(&self, acts: u64) {
        self.state().acts_left = Some(acts);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.state().acts_left == Some(0)
    }

    /// The program was killed: what it wrote is there.
    pub(super) fn start_again(&self) {
        let mut state = self.state();
        (state.acts_left, state.fail_per_mille) = (None, 0);
    }

    /// The machine lost its power.
    pub(super) fn crash(&self) {
        let mut state = self.state();
        let State { random, files, names, durable_names, .. } = &mut *state;
        for file in files.iter_mut() {
            for change in std::mem::take(&mut file.unsynced) {
                if random.one_in(2) {
                    apply(&mut file.durable, &change);
                }
            }
            file.now = file.durable.clone();
        }
        let either: Vec<String> = names.keys().chain(durable_names.keys()).cloned().collect();
        for name in either {
            let (now, durable) = (names.get(&name).copied(), durable_names.get(&name).copied());
            match if random.one_in(2) { now } else { durable } {
                Some(file) => durable_names.insert(name, file),
                None => durable_names.remove(&name),
            };
        }
        *names = durable_names.clone();
        drop(state);
        self.start_again();
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.state().names.keys().cloned().collect()
    }

    pub(super) fn bytes_of(&self, name: &str) -> Vec<u8> {
        let state = self.state();
        state.names.get(name).map(|file| state.files[*file].now.clone()).unwrap_or_default()
    }

    /// Changes what a file holds, durably and behind everybody's back.
    pub(super) fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let Some(file) = state.names.get(name).copied() else { return };
        change(&mut state.files[file].now);
        state.files[file].durable = state.files[file].now.clone();
        state.files[file].unsynced.clear();
    }

    pub(super) fn lose(&self, name: &str) {
        let mut state = self.state();
        state.names.remove(name);
        state.durable_names.remove(name);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    /// Whether what changes something may happen.
    fn act(&mut self) -> io::Result<()> {
        self.acts += 1;
        match &mut self.acts_left {
            Some(0) => return Err(io::Error::other("stopped")),
            Some(left) => *left -= 1,
            None => {}
        }
        if self.fail_per_mille > 0 && self.random.below(1_000) < self.fail_per_mille {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn look(&self) -> io::Result<()> {
        if self.acts_left == Some(0) { Err(io::Error::other("stopped")) } else { Ok(()) }
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, bytes: written } => {
            bytes.resize(bytes.len().max(at + written.len()), 0);
            bytes[*at..at + written.len()].copy_from_slice(written);
        }
        Change::Length(length) => bytes.resize(*length, 0),
    }
}

impl Disk for SimulatedDisk {
    fn prepare(&self) -> io::Result<()> {
        self.state().act()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.state().look()?;
        Ok(self.names())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.act()?;
        let file = state.files.len();
        state.files.push(Contents::default());
        state.names.insert(name.to_owned(), file);
        Ok(Arc::new(SimulatedFile { disk: self.clone(), file }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let state = self.state();
        state.look()?;
        let file = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(SimulatedFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.act()?;
        let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), file);
        // The machine may stop between the renaming and its sync.
        state.act()?;
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.act()?;
        state.names.remove(name).map(|_| ()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        state.act()?;
        state.durable_names = state.names.clone();
        Ok(())
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    file: usize,
}

impl SimulatedFile {
    fn change(&self, change: Change, is_whole: io::Result<()>) -> io::Result<()> {
        let mut state = self.disk.state();
        let contents = &mut state.files[self.file];
        apply(&mut contents.now, &change);
        contents.unsynced.push(change);
        is_whole
    }
}

impl DiskFile for SimulatedFile {
    fn bytes(&self) -> io::Result<u64> {
        let state = self.disk.state();
        state.look()?;
        Ok(state.files[self.file].now.len() as u64)
    }

    fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        let state = self.disk.state();
        state.look()?;
        let there = state.files[self.file].now.get(at as usize..at as usize + out.len());
        out.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    /// What fails may have been done in part.
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let (written, result) = {
            let mut state = self.disk.state();
            let result = state.act();
            let part = state.random.below(bytes.len() as u64 + 1) as usize;
            (if result.is_ok() { bytes.len() } else { part }, result)
        };
        self.change(Change::Write { at: at as usize, bytes: bytes[..written].to_vec() }, result)
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.disk.state().act()?;
        self.change(Change::Length(bytes as usize), Ok(()))
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.act()?;
        let contents = &mut state.files[self.file];
        contents.durable = contents.now.clone();
        contents.unsynced.clear();
        Ok(())
    }
}
