//! A disk in memory that keeps apart what was written and what is durable, fails at random, and forgets in a crash.
//!
//! It is as mean as a disk and a kernel may be:
//! - In a crash, of what was not synced any sectors of 512 bytes may have arrived, in any order. Sectors that did not,
//!   but lie within the file's new length, read as zeros or as what some other file once had there.
//! - A name is durable when its folder was synced. Before, each creation, renaming and removal is kept or not, alone.
//! - A sync that fails may have done any part of its work, and the next one succeeds without doing the rest.
//! - Every act may be refused, or done and reported as failed; a write also half-way.
//!
//! One seed, asked for the same acts, does the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::embedded::disk::{Access, Disk, DiskFile, Environment, Readable};
use crate::embedded::folder;

const SECTOR_BYTES: usize = 512;

/// As much of what files have or had may turn up where nobody wrote: some segments of the histories here.
const STALE_BYTES_MAX: usize = 64 << 10;

#[derive(Clone)]
pub(super) struct SimulatedDisk {
    machine: Arc<Machine>,
}

struct Machine {
    state: Mutex<State>,
    changed: Condvar,
    now_ms: AtomicI64,
}

struct State {
    random: u64,
    nodes: BTreeMap<NodeId, Node>,
    next_node: NodeId,
    /// What the program sees, folder by folder, and what a crash would leave of it at least.
    names: BTreeMap<PathBuf, NodeId>,
    durable_names: BTreeMap<PathBuf, NodeId>,
    pending_names: Vec<NameChange>,
    locked: BTreeSet<PathBuf>,
    /// Of a thousand acts, how many fail.
    faults_per_mille: u64,
    /// How many acts more until nothing works any more.
    acts_left: Option<u64>,
    read_only: bool,
    held: bool,
    waiting: u64,
    /// Counts the starts of the machine: files opened before the last one are of no use.
    start: u64,
    salts: u32,
}

type NodeId = u64;

#[derive(Default)]
struct Node {
    is_folder: bool,
    live: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// A change to the names in one folder.
struct NameChange {
    folder: PathBuf,
    removed: Option<PathBuf>,
    added: Option<(PathBuf, NodeId)>,
}

/// How an act is to go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    Refused,
    DoneButReportedFailed,
}

impl SimulatedDisk {
    /// A disk with one empty folder, `/`.
    pub(super) fn new(seed: u64) -> Self {
        let root = Node { is_folder: true, ..Node::default() };
        let names = BTreeMap::from([(PathBuf::from("/"), 0)]);
        let state = State {
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            nodes: BTreeMap::from([(0, root)]),
            next_node: 1,
            names: names.clone(),
            durable_names: names,
            pending_names: Vec::new(),
            locked: BTreeSet::new(),
            faults_per_mille: 0,
            acts_left: None,
            read_only: false,
            held: false,
            waiting: 0,
            start: 0,
            salts: 0,
        };
        let now_ms = AtomicI64::new(1_700_000_000_000);
        Self { machine: Arc::new(Machine { state: Mutex::new(state), changed: Condvar::new(), now_ms }) }
    }

    pub(super) fn environment(&self) -> Environment {
        let (clock, chance) = (self.machine.clone(), self.machine.clone());
        Environment {
            disk: Arc::new(self.clone()),
            now_ms: Arc::new(move || clock.now_ms.fetch_add(1, Ordering::Relaxed)),
            salt: Arc::new(move || {
                let mut state = chance.state.lock();
                state.salts += 1;
                state.salts
            }),
        }
    }

    /// From here on, so many of a thousand acts fail.
    pub(super) fn fail(&self, per_mille: u64) {
        self.machine.state.lock().faults_per_mille = per_mille;
    }

    /// From here on, nothing fails.
    pub(super) fn calm_down(&self) {
        let mut state = self.machine.state.lock();
        state.faults_per_mille = 0;
        state.acts_left = None;
    }

    pub(super) fn set_read_only(&self) {
        self.machine.state.lock().read_only = true;
    }

    /// After so many acts more the machine stands still.
    pub(super) fn stop_after(&self, acts: u64) {
        self.machine.state.lock().acts_left = Some(acts);
    }

    /// Whether the machine stands still.
    pub(super) fn is_stopped(&self) -> bool {
        self.machine.state.lock().acts_left == Some(0)
    }

    /// Writes and syncs wait from here on until they are released.
    pub(super) fn hold(&self) {
        self.machine.state.lock().held = true;
    }

    pub(super) fn is_waited_for(&self) -> bool {
        self.machine.state.lock().waiting > 0
    }

    pub(super) fn release(&self) {
        self.machine.state.lock().held = false;
        self.machine.changed.notify_all();
    }

    /// The program was killed. What it wrote is still there.
    pub(super) fn restart_program(&self) {
        let mut state = self.machine.state.lock();
        state.start += 1;
        state.acts_left = None;
        state.locked.clear();
    }

    /// The machine lost its power. What was not durable is there in part.
    pub(super) fn restart_machine(&self) {
        self.restart_program();
        let mut state = self.machine.state.lock();
        state.forget_names();
        state.forget_contents();
    }

    fn act(&self) -> MutexGuard<'_, State> {
        self.machine.state.lock()
    }

    fn file(&self, state: &State, node: NodeId) -> Box<dyn DiskFile> {
        Box::new(SimulatedFile { machine: self.machine.clone(), node, start: state.start })
    }
}

impl State {
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % bound
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// Decides how an act that changes something goes.
    fn fate(&mut self) -> io::Result<Fate> {
        if self.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        match &mut self.acts_left {
            Some(0) => return Err(failure()),
            Some(left) => *left -= 1,
            None => {}
        }
        let fails = self.below(1000) < self.faults_per_mille;
        Ok(match (fails, self.coin()) {
            (false, _) => Fate::Done,
            (true, false) => Fate::Refused,
            (true, true) => Fate::DoneButReportedFailed,
        })
    }

    /// Decides whether an act that only looks succeeds.
    fn look(&mut self) -> io::Result<()> {
        if self.acts_left == Some(0) || self.below(4000) < self.faults_per_mille { Err(failure()) } else { Ok(()) }
    }

    /// Carries out an act on names as it is fated.
    fn change_names(&mut self, change: NameChange) -> io::Result<()> {
        let fate = self.fate()?;
        if fate != Fate::Refused {
            apply(&mut self.names, &change);
            self.pending_names.push(change);
        }
        self.report(fate)
    }

    fn report(&mut self, fate: Fate) -> io::Result<()> {
        match fate {
            Fate::Done => Ok(()),
            _ if self.coin() => Err(failure()),
            _ => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn new_node(&mut self, is_folder: bool) -> NodeId {
        let node = self.next_node;
        self.next_node += 1;
        self.nodes.insert(node, Node { is_folder, ..Node::default() });
        node
    }

    fn find(&self, path: &Path) -> io::Result<NodeId> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn node(&mut self, node: NodeId) -> &mut Node {
        self.nodes.get_mut(&node).expect("nodes are kept")
    }

    fn sync_names(&mut self, folder: &Path) {
        let (synced, rest) =
            std::mem::take(&mut self.pending_names).into_iter().partition(|change| change.folder == folder);
        self.pending_names = rest;
        let synced: Vec<NameChange> = synced;
        for change in &synced {
            apply(&mut self.durable_names, change);
        }
    }

    fn forget_names(&mut self) {
        for change in std::mem::take(&mut self.pending_names) {
            if self.coin() {
                apply(&mut self.durable_names, &change);
            }
        }
        // What lies in a folder that is gone is gone.
        let mut kept: BTreeMap<PathBuf, NodeId> = BTreeMap::new();
        for (path, node) in &self.durable_names {
            if path == Path::new("/") || kept.contains_key(folder::parent(path)) {
                kept.insert(path.clone(), *node);
            }
        }
        (self.names, self.durable_names) = (kept.clone(), kept);
    }

    fn forget_contents(&mut self) {
        let stale = self.nodes.values().flat_map(|node| &node.live);
        let stale: Vec<u8> = stale.copied().take(STALE_BYTES_MAX).collect();
        let ids: Vec<NodeId> = self.nodes.keys().copied().collect();
        for id in ids {
            let mut durable = std::mem::take(&mut self.node(id).durable);
            for change in std::mem::take(&mut self.node(id).pending) {
                self.arrive_in_part(&mut durable, &change, &stale);
            }
            let node = self.node(id);
            (node.live, node.durable) = (durable.clone(), durable);
        }
    }

    fn arrive_in_part(&mut self, contents: &mut Vec<u8>, change: &Change, stale: &[u8]) {
        match change {
            Change::Length(length) => {
                if self.coin() {
                    contents.resize(*length, 0);
                }
            }
            Change::Write { at, bytes } => {
                let (all, none) = (self.below(4) == 0, self.below(4) == 0);
                let mut piece_start = *at;
                while piece_start < at + bytes.len() {
                    let piece_end = ((piece_start / SECTOR_BYTES + 1) * SECTOR_BYTES).min(at + bytes.len());
                    if all || (!none && self.coin()) {
                        self.lengthen(contents, piece_end, stale);
                        let piece = &bytes[piece_start - at..piece_end - at];
                        contents[piece_start..piece_end].copy_from_slice(piece);
                    }
                    piece_start = piece_end;
                }
                // The length may have arrived without the contents.
                if self.below(4) == 0 {
                    self.lengthen(contents, at + bytes.len(), stale);
                }
            }
        }
    }

    /// Fills what nobody wrote with zeros, or with what some file has or had.
    fn lengthen(&mut self, contents: &mut Vec<u8>, length: usize, stale: &[u8]) {
        if contents.len() >= length {
            return;
        }
        let missing = length - contents.len();
        if self.coin() || stale.len() <= missing {
            contents.resize(length, 0);
        } else {
            let from = self.below((stale.len() - missing) as u64) as usize;
            contents.extend_from_slice(&stale[from..from + missing]);
        }
    }
}

fn apply(names: &mut BTreeMap<PathBuf, NodeId>, change: &NameChange) {
    if let Some(removed) = &change.removed {
        names.remove(removed);
    }
    if let Some((path, node)) = &change.added {
        names.insert(path.clone(), *node);
    }
}

fn failure() -> io::Error {
    io::Error::other("input/output error")
}

struct SimulatedLock {
    machine: Arc<Machine>,
    path: PathBuf,
    start: u64,
}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        let mut state = self.machine.state.lock();
        if state.start == self.start {
            state.locked.remove(&self.path);
        }
    }
}

impl Disk for SimulatedDisk {
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        let mut state = self.act();
        if state.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        state.look()?;
        if !state.locked.insert(path.to_owned()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimulatedLock { machine: self.machine.clone(), path: path.to_owned(), start: state.start }))
    }

    fn is_folder(&self, path: &Path) -> bool {
        let mut state = self.act();
        state.find(path).is_ok_and(|node| state.node(node).is_folder)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.act();
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let (folder, node) = (folder::parent(path).to_owned(), state.new_node(true));
        state.change_names(NameChange { folder, removed: None, added: Some((path.to_owned(), node)) })
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut state = self.act();
        state.look()?;
        state.find(folder)?;
        Ok(state.names.keys().filter(|path| path.parent() == Some(folder)).cloned().collect())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.act();
        let fate = state.fate()?;
        if fate != Fate::Refused {
            state.sync_names(folder);
        }
        state.report(fate)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.act();
        state.find(folder::parent(path))?;
        let node = state.new_node(false);
        let (folder, added) = (folder::parent(path).to_owned(), Some((path.to_owned(), node)));
        state.change_names(NameChange { folder, removed: None, added })?;
        Ok(self.file(&state, node))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.act();
        state.look()?;
        if state.read_only && access == Access::ReadWrite {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let node = state.find(path)?;
        Ok(self.file(&state, node))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.act();
        let node = state.find(from)?;
        let (folder, added) = (folder::parent(to).to_owned(), Some((to.to_owned(), node)));
        state.change_names(NameChange { folder, removed: Some(from.to_owned()), added })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.act();
        state.find(path)?;
        state.change_names(NameChange {
            folder: folder::parent(path).to_owned(),
            removed: Some(path.to_owned()),
            added: None,
        })
    }
}

struct SimulatedFile {
    machine: Arc<Machine>,
    node: NodeId,
    start: u64,
}

impl SimulatedFile {
    fn act(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.machine.state.lock();
        if state.start == self.start { Ok(state) } else { Err(failure()) }
    }

    /// As [`SimulatedFile::act`], once acts are not held.
    fn act_when_released(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.act()?;
        state.waiting += 1;
        self.machine.changed.wait_while(&mut state, |state| state.held);
        state.waiting -= 1;
        Ok(state)
    }
}

impl Readable for SimulatedFile {
    fn bytes(&self) -> io::Result<u64> {
        let mut state = self.act()?;
        state.look()?;
        Ok(state.node(self.node).live.len() as u64)
    }

    fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        let mut state = self.act()?;
        state.look()?;
        let live = &state.node(self.node).live;
        let found = live.get(at as usize..at as usize + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl DiskFile for SimulatedFile {
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut state = self.act_when_released()?;
        let fate = state.fate()?;
        let written = match fate {
            Fate::Refused => state.below(bytes.len() as u64 + 1) as usize,
            _ => bytes.len(),
        };
        let (at, bytes) = (at as usize, bytes[..written].to_vec());
        let node = state.node(self.node);
        if node.live.len() < at + written {
            node.live.resize(at + written, 0);
        }
        node.live[at..at + written].copy_from_slice(&bytes);
        node.pending.push(Change::Write { at, bytes });
        state.report(fate)
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.act_when_released()?;
        let fate = state.fate()?;
        let pending = std::mem::take(&mut state.node(self.node).pending);
        match fate {
            Fate::Refused => {
                let mut durable = std::mem::take(&mut state.node(self.node).durable);
                for change in &pending {
                    state.arrive_in_part(&mut durable, change, &[]);
                }
                state.node(self.node).durable = durable;
            }
            _ => {
                let node = state.node(self.node);
                // Changes whose sync had failed are in memory only, as far as they did not arrive then.
                for change in pending {
                    arrive(&mut node.durable, change);
                }
            }
        }
        state.report(fate)
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.act_when_released()?;
        let fate = state.fate()?;
        if fate != Fate::Refused {
            let node = state.node(self.node);
            node.live.resize(bytes as usize, 0);
            node.pending.push(Change::Length(bytes as usize));
        }
        state.report(fate)
    }
}

fn arrive(contents: &mut Vec<u8>, change: Change) {
    match change {
        Change::Length(length) => contents.resize(length, 0),
        Change::Write { at, bytes } => {
            if contents.len() < at + bytes.len() {
                contents.resize(at + bytes.len(), 0);
            }
            contents[at..at + bytes.len()].copy_from_slice(&bytes);
        }
    }
}
