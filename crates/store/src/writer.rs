//! Writers: acts that wait at the same time are run one after another and share one commit. An act is acknowledged only
//! when that commit is on disk; a refused act leaves nothing behind and does not disturb its neighbours. SQLite has one
//! writer; PostgreSQL a few, and what is about one person goes through one.
//!
//! The writes of acts that read nothing go to the database together. Where it refuses them, nobody knows whose it was:
//! the group is begun anew, and each act is on its own.

use crate::StoreFault;
use crate::engine::{Conn, Engine};
use crate::tx::{Ended, Mode, Tx};
use crate::visits_around::{Around, Foreseen};
use healthcode_core::ids::PersonId;
use sqlx::pool::PoolConnection;
use sqlx::{AnyPool, Executor};
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Acts in one commit, at most: bounds how long the first of them waits.
const GROUP: usize = 256;
/// Acts that may wait before callers are held back.
const QUEUE: usize = 4_096;
/// How often a group is tried again when another connection was in the way.
const TRIES: usize = 5;

/// What becomes of a transaction.
enum End {
    Commit,
    /// Nothing in it was accepted.
    Rollback,
}

/// Something that is stored as a whole or not at all. It may be run more than once before it is committed, so `run`
/// changes nothing outside the database.
pub trait Act: Send + 'static {
    /// What the caller gets once it is on disk.
    type Out: Send + 'static;
    /// Why it is refused; then nothing of it is stored.
    type Fault: From<StoreFault> + Send + 'static;
    /// Whom it is about, where that is one person: such acts never wait for each other across writers.
    fn about(&self) -> Option<&PersonId> {
        None
    }
    /// Whose visits it will ask for with [`crate::visits_around::read`]; they are read for all acts of a group in one
    /// pass. Nothing is wrong where it asks for others.
    fn foresees(&self) -> Option<Around> {
        None
    }
    /// The act itself.
    fn run<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
    ) -> impl Future<Output = Result<Self::Out, Self::Fault>> + Send + 'a;
}

type Attempt<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// An act with its waiting caller, whatever its types.
trait Waiting: Send {
    /// Whose visits it will ask for.
    fn foresees(&self) -> Option<Around>;
    /// Runs the act and keeps its answer; `false` when it was refused and must leave nothing behind.
    fn attempt<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Attempt<'a>;
    /// Forgets its answer.
    fn forget(&mut self);
    /// Refuses an act whose last statements the database did not take.
    fn refuse(&mut self, fault: StoreFault);
    /// Tells the caller: its answer, or why the commit failed.
    fn settle(self: Box<Self>, commit: Result<(), StoreFault>);
}

struct Job<A: Act> {
    act: A,
    answer: Option<Result<A::Out, A::Fault>>,
    caller: oneshot::Sender<Result<A::Out, A::Fault>>,
}

impl<A: Act> Waiting for Job<A> {
    fn foresees(&self) -> Option<Around> {
        self.act.foresees()
    }

    fn attempt<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Attempt<'a> {
        Box::pin(async move {
            let answer = self.act.run(tx).await;
            let accepted = answer.is_ok();
            self.answer = Some(answer);
            accepted
        })
    }

    fn forget(&mut self) {
        self.answer = None;
    }

    fn refuse(&mut self, fault: StoreFault) {
        self.answer = Some(Err(fault.into()));
    }

    fn settle(self: Box<Self>, commit: Result<(), StoreFault>) {
        let answer = match (commit, self.answer) {
            (Ok(()), Some(answer)) => answer,
            (_, Some(Err(refused))) => Err(refused),
            (Err(fault), _) => Err(fault.into()),
            (Ok(()), None) => Err(StoreFault::Stopped.into()),
        };
        // A caller who has gone needs no answer; what was committed stays.
        let _ = self.caller.send(answer);
    }
}

enum Order {
    Run(Box<dyn Waiting>),
    Stop(oneshot::Sender<()>),
}

/// The handle that callers hold.
#[derive(Clone)]
pub(crate) struct Writers {
    orders: Vec<mpsc::Sender<Order>>,
    /// Takes turns with what is about nobody in particular.
    turn: Arc<AtomicUsize>,
}

impl Writers {
    /// One writer for each connection of the pool.
    pub(crate) fn start(engine: Engine, pool: &AnyPool) -> Self {
        let start = |_| {
            let (orders, inbox) = mpsc::channel(QUEUE);
            tokio::spawn(work(engine, pool.clone(), inbox));
            orders
        };
        let orders = (0..engine.writers()).map(start).collect();
        Self { orders, turn: Arc::default() }
    }

    pub(crate) async fn run<A: Act>(&self, act: A) -> Result<A::Out, A::Fault> {
        let number = match act.about() {
            Some(person) => {
                let mut hasher = DefaultHasher::new();
                person.hash(&mut hasher);
                hasher.finish() as usize
            }
            None => self.turn.fetch_add(1, Ordering::Relaxed),
        };
        let (caller, answer) = oneshot::channel();
        let job = Order::Run(Box::new(Job { act, answer: None, caller }));
        let orders = &self.orders[number % self.orders.len()];
        orders.send(job).await.map_err(|_| StoreFault::Stopped)?;
        answer.await.map_err(|_| StoreFault::Stopped)?
    }

    pub(crate) async fn stop(&self) {
        for orders in &self.orders {
            let (done, stopped) = oneshot::channel();
            if orders.send(Order::Stop(done)).await.is_ok() {
                // An error means that the writer is gone already.
                let _ = stopped.await;
            }
        }
    }
}

async fn work(engine: Engine, pool: AnyPool, mut inbox: mpsc::Receiver<Order>) {
    let mut orders = Vec::with_capacity(GROUP);
    while inbox.recv_many(&mut orders, GROUP).await > 0 {
        let mut group = Vec::with_capacity(orders.len());
        let mut stop = None;
        for order in orders.drain(..) {
            match order {
                Order::Run(job) => group.push(job),
                Order::Stop(done) => stop = Some(done),
            }
        }
        if !group.is_empty() {
            let commit = commit_with_tries(engine, &pool, &mut group).await;
            settle(group, commit);
        }
        if let Some(done) = stop {
            // Nobody waiting for the stop is no reason to fail.
            let _ = done.send(());
            return;
        }
    }
}

fn settle(group: Vec<Box<dyn Waiting>>, commit: Result<(), StoreFault>) {
    let fault = commit.err().map(|fault| match fault {
        StoreFault::Database(fault) => Arc::new(fault),
        other => Arc::new(sqlx::Error::Protocol(other.to_string())),
    });
    if let Some(fault) = &fault {
        tracing::error!(acts = group.len(), %fault, "a group of writes was not committed");
    }
    for job in group {
        job.settle(fault.clone().map_or(Ok(()), |fault| Err(StoreFault::NotCommitted(fault))));
    }
}

async fn commit_with_tries(
    engine: Engine,
    pool: &AnyPool,
    group: &mut [Box<dyn Waiting>],
) -> Result<(), StoreFault> {
    let (mut tried, mut mode) = match (engine, group.len()) {
        (Engine::Sqlite, 1) => (1, Mode::Alone),
        (Engine::Postgres, 1) => (1, Mode::OneByOne),
        _ => (1, Mode::Together),
    };
    loop {
        match commit(engine, pool, group, mode).await {
            Err(Ended::Together) => mode = Mode::OneByOne,
            Err(Ended::Fault(fault)) if fault.may_succeed_again() && tried < TRIES => tried += 1,
            Err(Ended::Fault(fault)) => return Err(fault),
            Ok(()) => return Ok(()),
        }
    }
}

/// PostgreSQL numbers a transaction at its first change; it is numbered here, before it reads anything, so that
/// `Store::after_writes_under_way` waits for whatever decides by what it has read.
fn begin(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN; SELECT CAST(pg_current_xact_id() AS TEXT)",
    }
}

async fn commit(
    engine: Engine,
    pool: &AnyPool,
    group: &mut [Box<dyn Waiting>],
    mode: Mode,
) -> Result<(), Ended> {
    // What an attempt before this one said holds no longer.
    group.iter_mut().for_each(|job| job.forget());
    let mut conn = pool.acquire().await?;
    if let Err(fault) = conn.execute(begin(engine)).await {
        roll_back(conn).await;
        return Err(fault.into());
    }
    match run_all(engine, &mut conn, group, mode).await {
        Ok(End::Commit) => match conn.execute("COMMIT").await {
            Ok(_) => Ok(()),
            Err(fault) => {
                roll_back(conn).await;
                Err(fault.into())
            }
        },
        Ok(End::Rollback) => {
            roll_back(conn).await;
            Ok(())
        }
        Err(ended) => {
            roll_back(conn).await;
            Err(ended)
        }
    }
}

/// A connection that cannot even roll back is not used again.
async fn roll_back(mut conn: PoolConnection<sqlx::Any>) {
    if conn.execute("ROLLBACK").await.is_err() {
        let _ = conn.close().await;
    }
}

async fn run_all(
    engine: Engine,
    conn: &mut Conn,
    group: &mut [Box<dyn Waiting>],
    mode: Mode,
) -> Result<End, Ended> {
    let foreseen = match mode {
        Mode::Together => {
            let asked = group.iter().filter_map(|job| job.foresees()).collect();
            match Foreseen::read(conn, asked).await {
                Ok(foreseen) => foreseen,
                Err(fault) if fault.may_succeed_again() => return Err(fault.into()),
                // What does not read back refuses the act that asks for it, and no other.
                Err(_) => return Err(Ended::Together),
            }
        }
        Mode::OneByOne | Mode::Alone => Foreseen::default(),
    };
    let mut tx = Tx::new(engine, conn, mode, foreseen);
    for job in group {
        if let Err(fault) = tx.begin().await {
            return Err(tx.ended(fault));
        }
        let mut accepted = job.attempt(&mut tx).await;
        if accepted
            && mode != Mode::Together
            && let Err(fault) = tx.leave().await
        {
            job.refuse(fault);
            accepted = false;
        }
        if tx.overtaken {
            return Err(StoreFault::Overtaken.into());
        }
        if tx.refused && mode == Mode::Together {
            return Err(Ended::Together);
        }
        match (accepted, mode) {
            (true, _) => {}
            (false, Mode::Alone) => return Ok(End::Rollback),
            (false, _) => tx.undo().await?,
        }
    }
    match tx.leave().await {
        Ok(()) => Ok(End::Commit),
        Err(fault) => Err(tx.ended(fault)),
    }
}
