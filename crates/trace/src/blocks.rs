//! A table read in blocks of whole lines by several threads, as if it were read line by line by one.

use crate::fault::{FieldFault, LineFault, Table, TraceFault};
use crate::rows::{self, Column, Header, MOST, Row, RowFault};
use std::io::{BufRead, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Bytes of a block.
const BLOCK: usize = 1 << 20;

/// Where a row stands among all rows: block, then line, then column. Earlier is less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct At(u64);

impl At {
    /// Before every row.
    pub const FIRST: Self = Self(0);

    fn new(block: u64, line: u64) -> Self {
        Self(block << 24 | line << 3)
    }

    /// In one of its columns.
    pub fn column(self, column: usize) -> Self {
        Self(self.0 | column as u64)
    }

    fn block(self) -> u64 {
        self.0 >> 24
    }

    fn line(self) -> u64 {
        self.0 >> 3 & 0x1F_FFFF
    }

    fn of_column(self) -> usize {
        (self.0 & 7) as usize
    }
}

/// What a thread left behind.
struct Worked<S> {
    state: S,
    lines: Vec<(u64, u64)>,
    fault: Option<(At, RowFault)>,
}

/// Everything that was read, one state a thread.
pub(crate) struct Read<S> {
    pub states: Vec<S>,
    table: Table,
    known: &'static [Column],
    lines: Vec<(u64, u64)>,
}

struct Block {
    number: u64,
    bytes: Vec<u8>,
    length: usize,
}

/// Reads a table with one thread for each of `states`; `each` gets every row, in order within a thread. The fault of
/// the first faulty line is the one that is told, as if there were one thread.
pub(crate) fn read<S: Send>(
    table: Table,
    mut reader: impl BufRead,
    known: &'static [Column],
    states: Vec<S>,
    each: impl Fn(&mut S, At, &Row<'_>) -> Result<(), (usize, FieldFault)> + Sync,
) -> Result<Read<S>, TraceFault> {
    let header = Header::read(table, &mut reader, known)?;
    let (send, receive) = sync_channel::<Block>(2 * states.len());
    let (spent, free) = channel();
    let (receive, stop) = (std::sync::Arc::new(Mutex::new(receive)), AtomicBool::new(false));
    let (worked, failed) = thread::scope(|scope| {
        let workers: Vec<_> = states
            .into_iter()
            .map(|state| {
                let (receive, spent) = (receive.clone(), spent.clone());
                let (header, stop, each) = (&header, &stop, &each);
                scope.spawn(move || work(state, &receive, &spent, header, stop, each))
            })
            .collect();
        // Only the threads hold it now: when all have stopped, sending fails.
        drop((receive, spent));
        let failed = cut_into_blocks(&mut reader, &send, &free);
        drop(send);
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(worked) => worked,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        (joined.collect::<Vec<_>>(), failed)
    });
    let lines = worked.iter().flat_map(|worked| worked.lines.iter().copied()).collect();
    let mut read = Read { states: Vec::new(), table, known, lines };
    let mut first: Option<(At, RowFault)> = None;
    for Worked { state, fault, .. } in worked {
        read.states.push(state);
        if let Some(fault) = fault
            && first.as_ref().is_none_or(|first| fault.0 < first.0)
        {
            first = Some(fault);
        }
    }
    match (first, failed) {
        (Some((at, RowFault::Line(fault))), _) => Err(TraceFault::Line { table, line: read.line(at), fault }),
        (Some((at, RowFault::Field(fault))), _) => Err(read.refuse(at, fault)),
        (None, Some(source)) => {
            let line = 1 + read.lines.iter().map(|(_, lines)| lines).sum::<u64>();
            Err(TraceFault::Read { table, line, source })
        }
        (None, None) => Ok(read),
    }
}

impl<S> Read<S> {
    /// The line in the file, counted from 1, of a row.
    fn line(&self, at: At) -> u64 {
        let before = self.lines.iter().filter(|(block, _)| *block < at.block());
        2 + before.map(|(_, lines)| lines).sum::<u64>() + at.line()
    }

    /// The fault of a field, at a place that has a column.
    pub fn refuse(&self, at: At, fault: FieldFault) -> TraceFault {
        let column = self.known[at.of_column()].0;
        TraceFault::Field { table: self.table, line: self.line(at), column, fault }
    }
}

/// Sends the rest of the input in blocks that end with a line, until the end or until nobody receives. The fault, when
/// the input could not be read.
fn cut_into_blocks(
    reader: &mut impl BufRead,
    send: &SyncSender<Block>,
    free: &Receiver<Vec<u8>>,
) -> Option<std::io::Error> {
    let mut rest = Vec::new();
    for number in 0.. {
        let mut bytes = free.try_recv().unwrap_or_else(|_| vec![0; BLOCK]);
        bytes[..rest.len()].copy_from_slice(&rest);
        let mut length = rest.len();
        let mut fault = None;
        while length < BLOCK {
            match reader.read(&mut bytes[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(interrupted) if interrupted.kind() == ErrorKind::Interrupted => {}
                Err(source) => {
                    fault = Some(source);
                    break;
                }
            }
        }
        let is_last = length < BLOCK;
        let mut whole = length;
        if !is_last {
            // A line longer than any row goes as it is, and is refused.
            whole = memchr::memrchr(b'\n', &bytes[..length]).map_or(length, |at| at + 1);
        }
        if fault.is_some() {
            // What stands before the fault may be half a line.
            whole = memchr::memrchr(b'\n', &bytes[..length]).map_or(0, |at| at + 1);
        }
        rest.clear();
        rest.extend_from_slice(&bytes[whole..length]);
        if send.send(Block { number, bytes, length: whole }).is_err() || is_last {
            return fault;
        }
    }
    None
}

fn work<S>(
    mut state: S,
    receive: &Mutex<Receiver<Block>>,
    spent: &Sender<Vec<u8>>,
    header: &Header,
    stop: &AtomicBool,
    each: &impl Fn(&mut S, At, &Row<'_>) -> Result<(), (usize, FieldFault)>,
) -> Worked<S> {
    let (mut lines, mut fault, mut unquoted) = (Vec::new(), None, String::new());
    // Blocks are handed out in order, and whoever has one works through it, so that the first fault is found.
    while !stop.load(Ordering::Relaxed) {
        let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Block { number, bytes, length }) = next else { break };
        let read = rows::each_row(&bytes[..length], header, &mut unquoted, |line, row| {
            let at = At::new(number, line);
            each(&mut state, at, row).map_err(|(column, fault)| (column, RowFault::Field(fault)))
        });
        match read {
            Ok(count) => lines.push((number, count)),
            Err((line, column, what)) => {
                stop.store(true, Ordering::Relaxed);
                fault = Some((At::new(number, line).column(column), what));
                break;
            }
        }
        // Whoever cut the blocks may have ended.
        let _ = spent.send(bytes);
    }
    Worked { state, lines, fault }
}

const _: () = assert!(BLOCK < 1 << 21 && MOST < BLOCK, "a line's number fits, and a line into a block");

/// The fault of a line alone has no column.
impl From<LineFault> for RowFault {
    fn from(fault: LineFault) -> Self {
        Self::Line(fault)
    }
}
