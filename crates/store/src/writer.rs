//! Writers: acts that wait at the same time are run one after another, each in a savepoint of its own, and share one
//! commit. An act is acknowledged only when that commit is on disk; a refused act leaves nothing behind and does not
//! disturb its neighbours. SQLite has one writer; PostgreSQL a few, and what is about one person goes through one.

use crate::StoreFault;
use crate::engine::{Conn, Engine};
use crate::statement::{Batch, Statement};
use healthcode_core::ids::PersonId;
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

/// A connection inside a transaction.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    engine: Engine,
    batch: Batch,
    /// Another transaction was in the way: the whole group must be run again, whatever the act makes of it.
    overtaken: bool,
    /// Something that the act adds was there already.
    taken: bool,
}

impl Tx<'_> {
    /// The connection, for the functions of the other modules. What was put off is sent first, so that whoever reads
    /// sees it.
    pub async fn conn(&mut self) -> Result<&mut Conn, StoreFault> {
        self.send(None).await?;
        Ok(self.conn)
    }

    async fn send(&mut self, then: Option<&'static str>) -> Result<(), StoreFault> {
        let sent = self.batch.send(self.conn, self.engine, then).await;
        self.overtaken |= sent.as_ref().is_err_and(StoreFault::may_succeed_again);
        self.taken |= sent.as_ref().is_err_and(StoreFault::is_taken);
        sent
    }

    /// Whether something that the act adds was there already; whatever it then says of itself is a consequence.
    pub fn found_taken(&self) -> bool {
        self.taken
    }

    /// Runs a statement before anything is read and before the act ends, together with others. A fault of it refuses
    /// the act.
    pub async fn later(&mut self, statement: Statement) -> Result<(), StoreFault> {
        if !self.batch.has_room_for(&statement) {
            self.conn().await?;
        }
        self.batch.push(statement);
        Ok(())
    }

    /// Which engine this is, for the few statements that differ.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Keeps acts about the same person, on this server and others, one after another until the commit. SQLite has
    /// one writer anyway.
    pub async fn lock_person(&mut self, person: &str) -> Result<(), StoreFault> {
        self.lock_people(&[person]).await
    }

    /// The same for several people, in the order of their ids, so that two acts never wait for each other.
    pub async fn lock_people(&mut self, people: &[&str]) -> Result<(), StoreFault> {
        if self.engine == Engine::Postgres && !people.is_empty() {
            let mut people = people.to_vec();
            people.sort_unstable();
            let locks = (1..=people.len())
                .map(|number| format!("pg_advisory_xact_lock(hashtextextended(${number}, 0))"));
            let sql = format!(
                "SELECT {}",
                locks.map(|lock| format!("CAST({lock} AS TEXT)")).collect::<Vec<_>>().join(", ")
            );
            let lock = sqlx::query(sqlx::AssertSqlSafe(sql));
            let lock = people.into_iter().fold(lock, |lock, person| lock.bind(person.to_owned()));
            let locked = lock.execute(self.conn().await?).await;
            let locked = locked.map_err(StoreFault::from);
            self.overtaken |= locked.as_ref().is_err_and(StoreFault::may_succeed_again);
            locked?;
        }
        Ok(())
    }
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
    /// The act itself.
    fn run<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
    ) -> impl Future<Output = Result<Self::Out, Self::Fault>> + Send + 'a;
}

type Attempt<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// An act with its waiting caller, whatever its types.
trait Waiting: Send {
    /// Runs the act and keeps its answer; `false` when it was refused and must leave nothing behind.
    fn attempt<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Attempt<'a>;
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
    fn attempt<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Attempt<'a> {
        Box::pin(async move {
            let answer = self.act.run(tx).await;
            let accepted = answer.is_ok();
            self.answer = Some(answer);
            accepted
        })
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
    let mut tried = 1;
    loop {
        match commit(engine, pool, group).await {
            Err(fault) if fault.may_succeed_again() && tried < TRIES => tried += 1,
            settled => return settled,
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

async fn commit(engine: Engine, pool: &AnyPool, group: &mut [Box<dyn Waiting>]) -> Result<(), StoreFault> {
    let mut conn = pool.acquire().await?;
    conn.execute(begin(engine)).await?;
    match run_all(engine, &mut conn, group).await {
        Ok(()) => {
            conn.execute("COMMIT").await?;
            Ok(())
        }
        Err(fault) => {
            // A connection that cannot even roll back is not used again.
            if conn.execute("ROLLBACK").await.is_err() {
                let _ = conn.close().await;
            }
            Err(fault)
        }
    }
}

/// Every act in a savepoint of its own. What ends one savepoint begins the next in the same pass to the database, where
/// that can be together with the last statements of the act.
async fn run_all(engine: Engine, conn: &mut Conn, group: &mut [Box<dyn Waiting>]) -> Result<(), StoreFault> {
    conn.execute("SAVEPOINT act").await?;
    let mut left = group.len();
    let mut tx = Tx { conn, engine, batch: Batch::default(), overtaken: false, taken: false };
    for job in group {
        left -= 1;
        let (keep, undo) = match left {
            0 => ("RELEASE SAVEPOINT act", "ROLLBACK TO SAVEPOINT act; RELEASE SAVEPOINT act"),
            _ => (
                "RELEASE SAVEPOINT act; SAVEPOINT act",
                "ROLLBACK TO SAVEPOINT act; RELEASE SAVEPOINT act; SAVEPOINT act",
            ),
        };
        if job.attempt(&mut tx).await {
            match tx.send(Some(keep)).await {
                Ok(()) => continue,
                Err(fault) => job.refuse(fault),
            }
        }
        if tx.overtaken {
            return Err(StoreFault::Overtaken);
        }
        tx.batch.forget();
        tx.taken = false;
        sqlx::raw_sql(undo).execute(&mut *tx.conn).await?;
    }
    Ok(())
}
