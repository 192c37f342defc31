//! Every provider keeps every promise.

use prime_state::conformance::{Harness, Instance, check_all};
use prime_state::{State, StateOptions};
use tempfile::TempDir;

#[test]
fn the_state_in_memory_keeps_every_promise() {
    check_all(&Memory);
}

#[test]
fn the_state_in_files_keeps_every_promise() {
    check_all(&Files);
}

struct Memory;

impl Harness for Memory {
    fn fresh(&self) -> Box<dyn Instance> {
        Box::new(InMemory(State::in_memory()))
    }
}

struct InMemory(State);

impl Instance for InMemory {
    fn state(&self) -> &State {
        &self.0
    }

    fn reopen(&mut self) -> bool {
        false
    }
}

struct Files;

impl Harness for Files {
    fn fresh(&self) -> Box<dyn Instance> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        Box::new(InFiles { state: Some(open(&folder)), folder })
    }
}

struct InFiles {
    state: Option<State>,
    folder: TempDir,
}

fn open(folder: &TempDir) -> State {
    State::open(&StateOptions::of(folder.path().join("state"))).expect("the state opens")
}

impl Instance for InFiles {
    fn state(&self) -> &State {
        self.state.as_ref().expect("open between two checks")
    }

    fn reopen(&mut self) -> bool {
        self.state = None;
        self.state = Some(open(&self.folder));
        true
    }
}
