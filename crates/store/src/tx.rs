//! The transaction of a group of acts, as an act sees it: a connection, and writes that are put off.

use crate::StoreFault;
use crate::batch::Batch;
use crate::engine::{Conn, Engine};
use crate::statement::Statement;
use crate::visits::Visit;
use crate::visits_around::{Around, Foreseen};

/// How the acts of a group reach the database.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// What acts put off waits for what others put off.
    Together,
    /// Each act is sent whole before the next one begins.
    OneByOne,
    /// There is one act, and the transaction is its savepoint: SQLite would keep every page that an act changes to undo it.
    /// PostgreSQL keeps none, and tells only at the end of a savepoint that a fault was overlooked.
    Alone,
}

/// Why a group was not run to its end.
pub(crate) enum Ended {
    /// Writes of several acts were refused.
    Together,
    Fault(StoreFault),
}

impl From<StoreFault> for Ended {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<sqlx::Error> for Ended {
    fn from(fault: sqlx::Error) -> Self {
        Self::Fault(fault.into())
    }
}

/// A connection inside a transaction.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    engine: Engine,
    mode: Mode,
    batch: Batch,
    /// How many statements of the acts before wait.
    of_others: usize,
    /// A savepoint is open.
    saved: bool,
    /// The savepoint is that of the act that runs now.
    entered: bool,
    /// Another transaction was in the way: the whole group must be run again, whatever the act makes of it.
    pub(crate) overtaken: bool,
    /// The database refused what several acts had put off.
    pub(crate) refused: bool,
    /// Something that the act adds was there already.
    taken: bool,
    foreseen: Foreseen,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(engine: Engine, conn: &'c mut Conn, mode: Mode, foreseen: Foreseen) -> Self {
        let (batch, of_others) = (Batch::default(), 0);
        let (saved, entered, overtaken, refused, taken) = (false, false, false, false, false);
        Self { conn, engine, mode, batch, of_others, saved, entered, overtaken, refused, taken, foreseen }
    }

    /// The connection, for the functions of the other modules. What was put off is sent first, so that whoever reads
    /// sees it.
    pub async fn conn(&mut self) -> Result<&mut Conn, StoreFault> {
        self.enter().await?;
        self.send(None).await?;
        Ok(self.conn)
    }

    /// The next act begins.
    pub(crate) async fn begin(&mut self) -> Result<(), StoreFault> {
        if self.batch.is_urgent() {
            self.send(None).await?;
        }
        (self.entered, self.taken, self.of_others) = (false, false, self.batch.len());
        if self.mode == Mode::Together { Ok(()) } else { self.enter().await }
    }

    /// Opens the savepoint of the act before anything of it reaches the database.
    async fn enter(&mut self) -> Result<(), StoreFault> {
        if self.entered || self.mode == Mode::Alone {
            self.entered = true;
            return Ok(());
        }
        let own = self.batch.take_after(self.of_others);
        let savepoint = if self.saved { "RELEASE SAVEPOINT act; SAVEPOINT act" } else { "SAVEPOINT act" };
        self.send(Some(savepoint)).await?;
        own.into_iter().for_each(|statement| self.batch.push(statement));
        (self.saved, self.entered, self.of_others) = (true, true, 0);
        Ok(())
    }

    /// Ends the savepoint. PostgreSQL refuses that after a fault, and would answer a commit as if nothing had been.
    pub(crate) async fn leave(&mut self) -> Result<(), StoreFault> {
        self.send(self.saved.then_some("RELEASE SAVEPOINT act")).await?;
        self.saved = false;
        Ok(())
    }

    /// Takes back what the act did.
    pub(crate) async fn undo(&mut self) -> Result<(), StoreFault> {
        self.batch.take_after(self.of_others);
        if self.entered {
            sqlx::raw_sql("ROLLBACK TO SAVEPOINT act").execute(&mut *self.conn).await?;
        }
        Ok(())
    }

    /// What a fault means that befell the group and not an act.
    pub(crate) fn ended(&self, fault: StoreFault) -> Ended {
        match self.mode {
            _ if self.overtaken => StoreFault::Overtaken.into(),
            Mode::Together => Ended::Together,
            Mode::OneByOne | Mode::Alone => fault.into(),
        }
    }

    async fn send(&mut self, then: Option<&'static str>) -> Result<(), StoreFault> {
        let sent = self.batch.send(self.conn, self.engine, then).await;
        self.of_others = 0;
        self.overtaken |= sent.as_ref().is_err_and(StoreFault::may_succeed_again);
        self.taken |= sent.as_ref().is_err_and(StoreFault::is_taken);
        self.refused |= sent.is_err();
        sent
    }

    /// Whether something that the act adds was there already; whatever it then says of itself is a consequence.
    pub fn found_taken(&self) -> bool {
        self.taken
    }

    /// Runs a statement before anything is read and before the act is acknowledged, together with others. A fault of it
    /// refuses the act.
    pub async fn later(&mut self, statement: Statement) -> Result<(), StoreFault> {
        if let Some(person) = statement.whose_visits() {
            self.foreseen.forget(person);
        }
        let waits_alone = self.of_others > 0 && !statement.may_wait();
        if waits_alone {
            self.enter().await?;
        }
        if !self.batch.has_room_for(&statement) {
            self.conn().await?;
        }
        self.batch.push(statement);
        Ok(())
    }

    /// A person's visits, where they were read for the whole group and nothing has changed them since.
    pub(crate) fn foreseen(&self, around: &Around) -> Option<Vec<Visit>> {
        self.foreseen.get(around)
    }

    /// Visits are changed of whomever: nothing that was read of visits before holds any longer.
    pub(crate) fn changes_visits(&mut self) {
        self.foreseen = Foreseen::default();
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
