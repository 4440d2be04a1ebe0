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
use healthcode_store::{Tx, lives};
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
    /// Rule set in force when it was ordered.
    pub edition: String,
    pub from: String,
    pub until: String,
    pub ordered_at: String,
    /// `ahead`, `running`, `past_end` (its end has come and the rules hold on), `released`, `closed`.
    pub state: String,
    pub days: Vec<DayAnswer>,
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
struct Obligations {
    obligations: Vec<Obligation>,
}

#[derive(Deserialize)]
struct Obligation {
    code: String,
    #[serde(default)]
    due_on: Vec<Day>,
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
    let body = decision.and_then(|decision| serde_json::from_str::<Obligations>(&decision.body).ok());
    let tests = body.into_iter().flat_map(|body| body.obligations).filter(|duty| duty.code == "test");
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

/// An order with its days.
pub(crate) fn shown(
    app: &App,
    order: &Order,
    life: &Life,
    decision: Option<&StoredDecision>,
    at: Instant,
) -> Answer<OrderAnswer> {
    let published = app.published();
    let days = course(&asked(app, order, decision, at), life, published.rules.zone(at), at);
    Ok(OrderAnswer {
        order: order.id.to_string(),
        kind: order.kind.clone(),
        place: order.place.clone(),
        address: quarantines::open_address(app.store.seal(), order)?,
        edition: order.edition.clone(),
        from: show(app, order.from).to_string(),
        until: show(app, order.until).to_string(),
        ordered_at: show(app, order.ordered_at).to_string(),
        state: state(order, decision, at).to_owned(),
        days: days.into_iter().map(shown_day).collect(),
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
