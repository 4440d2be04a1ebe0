//! A gate delivers the scans that it made alone, each kept once. Of a code that was valid when it was scanned comes a
//! visit, as of then; what the gate said is kept beside it.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::scanned::{holder_then, verify_code};
use crate::seats::{check_part, check_seat};
use crate::visiting::{Direction, Passage};
use axum::Json;
use axum::extract::State;
use healthcode_core::decision::Colour;
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::rule_set::Action;
use healthcode_core::time::Instant;
use healthcode_store::gate_scans::{self, GateScan};
use healthcode_store::looks::{self, Look};
use healthcode_store::points::{self, Point};
use healthcode_store::{Tx, people};
use healthcode_trace::Grade;
use serde::{Deserialize, Serialize};

/// Scans of one delivery, at most.
const MOST_SCANS: usize = 200;
/// Seconds by which a gate's clock may be ahead of the server's, a day; a scan that is ahead is doubted long before.
const MOST_AHEAD_SECONDS: i64 = 86_400;
/// Days after which a scan is of no use any more.
const OLDEST_DAYS: i64 = 7;

/// Scans in the order in which they were made.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverRequest {
    /// 1 to 200.
    scans: Vec<DeliveredScan>,
}

/// A scan that a gate made alone.
#[derive(Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveredScan {
    /// Random, 8 to 64 characters; the same when it is delivered again.
    id: String,
    /// What was scanned.
    code: String,
    /// `in`, `out` or `passing`.
    #[schema(value_type = String)]
    direction: Direction,
    /// By the gate's clock.
    scanned_at: String,
    /// What the gate said of the code.
    verdict: String,
    /// Which step failed.
    #[serde(default)]
    reason: Option<String>,
    /// The colour it knew.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    colour: Option<Colour>,
    /// What it did: `pass`, `ask` or `stop`.
    #[schema(value_type = String)]
    action: Action,
    /// Where on a vehicle, such as `r12/A`, `c5/b3` or `crew`, where the gate knew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seat: Option<String>,
    /// The part of the place: hall, counter, table; 1 to 20 letters, digits, `-` and `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<String>,
}

/// What was delivered.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Delivered {
    /// The ids of all scans that are kept now, also of those that were kept before; the gate may forget them.
    taken: Vec<String>,
    /// Of these, scans whose code leads to nobody here: they made no visit.
    unknown: u32,
}

struct Deliver {
    app: App,
    gate: AccountId,
    role: &'static str,
    point: Point,
    scans: Vec<(DeliveredScan, Instant, Option<PersonId>)>,
    at: Instant,
}

impl Change for Deliver {
    type Answer = Delivered;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Delivered>> {
        let mut answer = Delivered { taken: Vec::new(), unknown: 0 };
        for (scan, scanned_at, person) in &self.scans {
            let kept = self.kept(scan, *scanned_at, person.clone());
            if gate_scans::add(tx.conn().await?, &kept, forget_on(self.at, retention::VISIT)).await?
                && let Some(person) = person
            {
                self.visit(tx, scan, *scanned_at, person).await?;
            }
            answer.unknown += u32::from(person.is_none());
            answer.taken.push(scan.id.clone());
        }
        Ok(Done { answer, changed: Vec::new() })
    }
}

impl Deliver {
    fn kept(&self, scan: &DeliveredScan, scanned_at: Instant, person: Option<PersonId>) -> GateScan {
        GateScan {
            gate: self.gate.clone(),
            scan: scan.id.clone(),
            point: self.point.point.clone(),
            person,
            direction: scan.direction.word().to_owned(),
            scanned_at,
            received_at: self.at,
            verdict: scan.reason.clone().unwrap_or_else(|| scan.verdict.clone()),
            colour: scan.colour.map(|colour| colour.word().to_owned()),
            action: scan.action.word().to_owned(),
        }
    }

    /// The visit, as of the scan, and the look that it was. What is late may concern a case that is known meanwhile.
    async fn visit(
        &self,
        tx: &mut Tx<'_>,
        scan: &DeliveredScan,
        scanned_at: Instant,
        person: &PersonId,
    ) -> Answer<()> {
        let (app, at) = (&self.app, self.at);
        let by = self.gate.as_str();
        let (direction, point) = (scan.direction, &self.point);
        let (seat, part) = (scan.seat.as_deref(), scan.part.as_deref());
        let grade = Grade::Witnessed;
        let passage = Passage { app, person, point, direction, grade, scanned_at, at, by, seat, part };
        passage.record(tx).await?;
        let look = Look {
            person: person.clone(),
            at: scanned_at,
            id: app.clock.name_at(scanned_at),
            account: self.gate.clone(),
            role: self.role.to_owned(),
            purpose: "scan".to_owned(),
            point: Some(self.point.point.clone()),
            action: Some(scan.action.word().to_owned()),
        };
        Ok(tx.later(looks::record(&look, forget_on(at, retention::LOOK))).await?)
    }
}

fn check(scans: &[DeliveredScan], at: Instant) -> Answer<Vec<Instant>> {
    let fault = |number: usize, what: &str| {
        Problem::new(Code::Body).field("scans").detail(format!("scan {}: {what}", number + 1))
    };
    if !(1..=MOST_SCANS).contains(&scans.len()) {
        return Err(Problem::new(Code::Body).field("scans").detail("1 to 200 scans"));
    }
    let mut times = Vec::with_capacity(scans.len());
    for (number, scan) in scans.iter().enumerate() {
        if !(8..=64).contains(&scan.id.len()) || !scan.id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(fault(number, "an id has 8 to 64 characters"));
        }
        let words = [Some(&scan.verdict), scan.reason.as_ref()];
        if words.into_iter().flatten().any(|word| word.len() > 64) {
            return Err(fault(number, "verdict and reason have 64 characters at most"));
        }
        let (seat, part) = (scan.seat.as_deref(), scan.part.as_deref());
        check_seat(seat).and_then(|()| check_part(part)).map_err(|what| fault(number, &what))?;
        let scanned_at =
            Instant::parse(&scan.scanned_at).map_err(|_| fault(number, "scanned_at is no time"))?;
        if scanned_at > at.plus_seconds(MOST_AHEAD_SECONDS) || scanned_at < at.plus_days_of_24h(-OLDEST_DAYS)
        {
            return Err(fault(
                number,
                "scanned_at lies more than a day ahead, or more than seven days back; set the gate's clock",
            ));
        }
        times.push(scanned_at);
    }
    Ok(times)
}

/// Delivers scans that were made alone. Repeating it, whole or in parts, keeps each scan once.
#[utoipa::path(post, path = "/api/v1/gate/scans", tag = "checker", request_body = DeliverRequest, responses((status = 200, body = Delivered)))]
pub async fn deliver_scans(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<DeliverRequest>,
) -> Answer<Json<Delivered>> {
    caller.may(Deed::DeliverScans)?;
    let at = app.clock.now();
    let times = check(&request.scans, at)?;
    let point = caller.point.clone().ok_or(Problem::new(Code::PointUnknown))?;
    let point = points::get(&mut *app.store.reader().await?, &point).await?;
    let point = point.ok_or(Problem::new(Code::PointUnknown))?;
    let mut scans = Vec::with_capacity(times.len());
    for (scan, scanned_at) in request.scans.iter().zip(times) {
        // The signatures are checked again, as of then: a gate is not believed about who was there.
        let person = match verify_code(&app, &scan.code, scanned_at).claims() {
            Some(claims) => holder_then(&app, claims, scanned_at).await?,
            None => None,
        };
        // Somebody who went on under another number meanwhile has no record of this one.
        let person = match person {
            Some(person) if people::exists(&mut *app.store.reader().await?, &person).await? => Some(person),
            _ => None,
        };
        scans.push((scan.clone(), scanned_at, person));
    }
    let (gate, role) = (caller.account.clone(), caller.role.word());
    let change = Deliver { app: app.clone(), gate, role, point, scans, at };
    let delivered = once(&app, &caller, key, "deliver_scans", &request, change).await?;
    app.wake.notify_one();
    Ok(Json(delivered))
}
