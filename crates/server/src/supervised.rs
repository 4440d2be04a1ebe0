//! Orders of isolation as they are shown, and kept equal to the evidence that they stand on. An order ends by its end and
//! the rules alone: no act here ends a colour.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::rules_in_force::scheme;
use healthcode_core::decision::Colour;
use healthcode_core::fact::{Fact, IsolationAction};
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::supervision::{Asked, ReportState, SupervisedDay, TestState, course};
use healthcode_core::time::{Day, Instant};
use healthcode_store::decisions::{self, StoredDecision};
use healthcode_store::quarantines::{self, Order};
use healthcode_store::{Conn, Tx, lives, sessions};
use serde::{Deserialize, Serialize};

/// What of an order anyone may see who may see the order at all.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderAnswer {
    /// The evidence that ordered it.
    pub order: String,
    /// `case`, `close_contact`, `secondary_contact`, `arrival`, `risk_area` or `other`.
    pub kind: String,
    /// `central`, `home` or `monitoring`.
    pub place: String,
    /// Where exactly.
    pub address: Option<String>,
    /// Why, in words; empty where nobody wrote any.
    pub reason: String,
    /// Rule set in force when it was ordered.
    pub edition: String,
    pub from: String,
    pub until: String,
    pub ordered_at: String,
    /// `ahead`, `running`, `past_end` (its end has come and the rules hold on), `released`, `closed`.
    pub state: String,
    pub days: Vec<DayAnswer>,
    /// What was changed, oldest first.
    pub changes: Vec<OrderChangeAnswer>,
}

/// A change of an order, with the former end.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderChangeAnswer {
    pub at: String,
    /// `extended`, `shortened`, `withdrawn` or `transferred`.
    pub action: String,
    /// The former end.
    pub until_before: String,
    /// The new end; null when withdrawn.
    pub until_after: Option<String>,
    /// Whose it was, where it was handed over.
    pub region_before: Option<String>,
    /// Whose it is since then.
    pub region_after: Option<String>,
    pub reason: String,
    /// Who changed it; null for whoever is no officer.
    pub by: Option<String>,
}

/// One day under an order.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct DayAnswer {
    /// Such as `2020-02-11`.
    pub day: String,
    /// `not_asked`, `ahead`, `due`, `late`, `missed`, `normal`, `abnormal`.
    pub report: String,
    /// `not_asked`, `ahead`, `due`, `missed`, `done`.
    pub test: String,
}

/// Whether the rules hold someone.
fn holds(decision: Option<&StoredDecision>) -> bool {
    decision.is_some_and(|decision| matches!(decision.colour, Colour::Yellow | Colour::Red))
}

/// Where an order stands.
pub(crate) fn state(order: &Order, decision: Option<&StoredDecision>, at: Instant) -> &'static str {
    match () {
        () if order.closed_at.is_some() => "closed",
        () if at < order.from => "ahead",
        () if at < order.until => "running",
        () if holds(decision) => "past_end",
        () => "released",
    }
}

#[derive(Deserialize)]
pub(crate) struct Obligation {
    /// Which.
    pub code: String,
    /// On which days, where it names some.
    #[serde(default)]
    pub due_on: Vec<Day>,
}

/// What the rules ask of someone now.
pub(crate) fn obligations(decision: Option<&StoredDecision>) -> Vec<Obligation> {
    decision.map(crate::duties::obligations).unwrap_or_default()
}

/// What an order asks: reports from the day after it begins to its end, or to today where the rules hold on after it;
/// tests on the days that the decision in force names.
fn asked(app: &App, order: &Order, decision: Option<&StoredDecision>, at: Instant) -> Asked {
    let published = app.published();
    let zone = published.rules.zone(at);
    let until = match state(order, decision, at) {
        "past_end" => zone.start_of(zone.day_of(at).plus(1)),
        _ => order.until,
    };
    let tests = obligations(decision).into_iter().filter(|duty| duty.code == "test");
    Asked { from: order.from, until, tests: tests.flat_map(|duty| duty.due_on).collect() }
}

const fn report_word(state: ReportState) -> &'static str {
    match state {
        ReportState::NotAsked => "not_asked",
        ReportState::Ahead => "ahead",
        ReportState::Due => "due",
        ReportState::Late => "late",
        ReportState::Missed => "missed",
        ReportState::Normal => "normal",
        ReportState::Abnormal => "abnormal",
    }
}

const fn test_word(state: TestState) -> &'static str {
    match state {
        TestState::NotAsked => "not_asked",
        TestState::Ahead => "ahead",
        TestState::Due => "due",
        TestState::Missed => "missed",
        TestState::Done => "done",
    }
}

fn shown_day(day: SupervisedDay) -> DayAnswer {
    let (year, month, number) = day.day.ymd();
    DayAnswer {
        day: format!("{year:04}-{month:02}-{number:02}"),
        report: report_word(day.report).to_owned(),
        test: test_word(day.test).to_owned(),
    }
}

/// For whom an order is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// An officer, who sees which officer changed it.
    Officer,
    /// The person, or who answers for her.
    Person,
}

async fn changes(
    app: &App,
    conn: &mut Conn,
    order: &Order,
    reader: Reader,
) -> Answer<Vec<OrderChangeAnswer>> {
    let mut changes = Vec::new();
    for change in quarantines::changes(conn, order).await? {
        let by = match reader {
            Reader::Officer => Some(sessions::label_of(conn, &change.account).await?.unwrap_or_default()),
            Reader::Person => None,
        };
        let (region_before, region_after) = change.region.unzip();
        changes.push(OrderChangeAnswer {
            region_before,
            region_after,
            at: show(app, change.at).to_string(),
            action: change.action,
            until_before: show(app, change.until_before).to_string(),
            until_after: change.until_after.map(|until| show(app, until).to_string()),
            reason: change.reason,
            by,
        });
    }
    Ok(changes)
}

/// An order with its days and changes.
pub(crate) async fn shown(
    app: &App,
    conn: &mut Conn,
    order: &Order,
    (life, decision): (&Life, Option<&StoredDecision>),
    (at, reader): (Instant, Reader),
) -> Answer<OrderAnswer> {
    let published = app.published();
    let days = course(&asked(app, order, decision, at), life, published.rules.zone(at), at);
    Ok(OrderAnswer {
        order: order.id.to_string(),
        kind: order.kind.clone(),
        place: order.place.clone(),
        address: quarantines::open_address(app.store.seal(), order)?,
        reason: order.reason.clone(),
        edition: order.edition.clone(),
        from: show(app, order.from).to_string(),
        until: show(app, order.until).to_string(),
        ordered_at: show(app, order.ordered_at).to_string(),
        state: state(order, decision, at).to_owned(),
        days: days.into_iter().map(shown_day).collect(),
        changes: changes(app, conn, order, reader).await?,
    })
}

/// The order that holds someone now: open, begun or to come, and neither past its end with the rules' consent.
pub(crate) async fn standing(tx: &mut Tx<'_>, person: &PersonId, at: Instant) -> Answer<Option<Order>> {
    let Some(order) = quarantines::open_of(tx.conn().await?, person).await? else { return Ok(None) };
    let decision = decisions::of_person(tx.conn().await?, person, &scheme()).await?;
    Ok((state(&order, decision.as_ref(), at) != "released").then_some(order))
}

/// The order of a person that a path names.
pub(crate) async fn named(tx: &mut Tx<'_>, person: &PersonId, id: &str) -> Answer<Order> {
    let orders = quarantines::of_person(tx.conn().await?, person).await?;
    let order = orders.into_iter().find(|order| order.id.to_string() == id);
    order.ok_or(Problem::new(Code::NotFound))
}

/// Makes the open order of a person equal to her isolation evidence, after some of it was added, corrected or withdrawn.
pub(crate) async fn follow(tx: &mut Tx<'_>, person: &PersonId, at: Instant) -> Answer<()> {
    let Some(order) = quarantines::open_of(tx.conn().await?, person).await? else { return Ok(()) };
    let life = lives::of_person(tx.conn().await?, person).await?;
    let facts = life.facts_at(at);
    let mut since = facts.into_iter().skip_while(|(evidence, _, _)| evidence.id != order.id);
    let Some((_, Fact::Isolation(ordered), withdrawn)) = since.next() else { return Ok(()) };
    let (mut until, mut closed) = (ordered.until.unwrap_or(order.until), withdrawn);
    for (_, fact, withdrawn) in since {
        let Fact::Isolation(isolation) = fact else { continue };
        if withdrawn {
            continue;
        }
        match isolation.action {
            IsolationAction::Ended => closed = true,
            _ => until = isolation.until.unwrap_or(until),
        }
    }
    tx.later(quarantines::set_end(&order, until, closed.then_some(at))).await?;
    Ok(())
}
