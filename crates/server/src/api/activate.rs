//! A checker or officer has compared the document: the code becomes active, and who showed the document keeps the
//! number. Where two people declared one number, the one who showed it goes on as the person whose number it is: the
//! evidence stays with the number, so that nobody sheds a colour by declaring anew.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done, OnceKey, given, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::{new_evidence, redecide};
use crate::request::Body;
use crate::retention::{self, forget_on};
use crate::scanned::{holder, scanned_person, verify_code};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::evidence::Source;
use healthcode_core::fact::{Fact, Withdrawal};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::looks::{self, Look};
use healthcode_store::people::{Assurance, Person, Personal};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{
    Tx, acts_for, audit_wait, case_files, case_merges, clusters, crowded_places, decisions, evidence,
    exposures, households, identity, interviews, notices, outbox, passes, people, quarantines, tracing_runs,
    visits,
};
use serde::{Deserialize, Serialize};

/// Whose document was compared.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivateRequest {
    /// The text of the QR code that was shown with the document.
    code: String,
}

/// The code is active.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Activated {
    activated: bool,
    masked_name: String,
    document_last_four: String,
}

struct Activate {
    app: App,
    caller: Caller,
    person: PersonId,
    at: Instant,
}

impl Change for Activate {
    type Answer = Activated;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Activated>> {
        let (app, at) = (&self.app, self.at);
        let key = app.store.seal();
        let shown =
            people::get(tx.conn().await?, key, &self.person).await?.ok_or(Problem::new(Code::CodeUnknown))?;
        let hash = Personal::document_hash(key, shown.personal.document_kind, &shown.personal.document);
        let number_of =
            identity::holder(tx.conn().await?, &hash).await?.unwrap_or_else(|| self.person.clone());
        tx.lock_person(number_of.as_str()).await?;
        let mut changed = vec![number_of.clone()];
        if number_of != self.person {
            self.hand_over(tx, &shown, &number_of).await?;
            changed.push(self.person.clone());
            tx.later(audit_wait::drop_person(&self.person)).await?;
        }
        identity::settle(tx.conn().await?, &hash, at).await?;
        tx.later(people::assure(&number_of, Assurance::DocumentSeen, true)).await?;
        let look = Look {
            person: number_of.clone(),
            at,
            id: app.clock.name_at(at),
            account: self.caller.account.clone(),
            role: self.caller.role.word().to_owned(),
            purpose: "identity".to_owned(),
            point: self.caller.point.clone(),
            action: None,
        };
        tx.later(looks::record(&look, forget_on(at, retention::LOOK))).await?;
        redecide(app, tx, &number_of, at).await?;
        // Other servers remember who is active and which passes count, whether or not the decision changed.
        for person in &changed {
            let forget = forget_on(at, retention::NOTICE);
            tx.later(outbox::tell(&app.clock.name_at(at), person, at, forget)).await?;
        }
        let answer = Activated {
            activated: true,
            masked_name: shown.personal.name.masked(),
            document_last_four: shown.personal.document.last_four().to_owned(),
        };
        Ok(Done { answer, changed })
    }
}

impl Activate {
    /// Whoever showed the document goes on as `number_of`: devices, visits and declarations move there; the devices
    /// that acted for it before act no more, and their passes are withdrawn.
    async fn hand_over(&self, tx: &mut Tx<'_>, shown: &Person, number_of: &PersonId) -> Answer<()> {
        let at = self.at;
        let forget = forget_on(at, retention::PERSON);
        let devices = acts_for::accounts_of(tx.conn().await?, &self.person).await?;
        acts_for::end_acting(tx.conn().await?, number_of, at).await?;
        acts_for::end_acting(tx.conn().await?, &self.person, at).await?;
        for device in &devices {
            tx.later(acts_for::let_act(device, number_of, "self", at, forget)).await?;
        }
        passes::withdraw_all(tx.conn().await?, number_of, at).await?;
        passes::withdraw_all(tx.conn().await?, &self.person, at).await?;
        evidence::hand_over(tx.conn().await?, &self.person, number_of).await?;
        visits::hand_over(tx, &self.person, number_of).await?;
        households::hand_over(tx.conn().await?, &self.person, number_of).await?;
        looks::hand_over(tx.conn().await?, &self.person, number_of).await?;
        self.hand_over_case(tx, number_of).await?;
        self.renew_exposures(tx, number_of).await?;
        // Whoever wished to be told of a number that is not theirs is told no more.
        for person in [&self.person, number_of] {
            notices::drop_wishes(tx.conn().await?, person).await?;
        }
        decisions::drop_all(tx.conn().await?, &self.person).await?;
        people::remove(tx.conn().await?, &self.person).await?;
        let key = self.app.store.seal();
        let kept =
            people::get(tx.conn().await?, key, number_of).await?.ok_or(Problem::new(Code::Internal))?;
        let renamed = Person { personal: shown.personal.clone(), residence: shown.residence.clone(), ..kept };
        for statement in people::update(key, &renamed, forget)? {
            tx.later(statement).await?;
        }
        Ok(())
    }
}

impl Activate {
    /// Orders, case file and what officers said and chose about the case follow the person. Window, places and exposures
    /// are derived: they are made anew.
    async fn hand_over_case(&self, tx: &mut Tx<'_>, number_of: &PersonId) -> Answer<()> {
        let (key, from) = (self.app.store.seal(), &self.person);
        let conn = tx.conn().await?;
        quarantines::hand_over(conn, key, from, number_of).await?;
        case_files::hand_over(conn, from, number_of).await?;
        interviews::hand_over(conn, key, from, number_of).await?;
        clusters::hand_over(conn, from, number_of).await?;
        case_merges::hand_over(conn, from, number_of).await?;
        tracing_runs::hand_over(conn, from, number_of).await?;
        crowded_places::hand_over(conn, from, number_of).await?;
        Ok(())
    }

    /// Exposures of the person who goes on under another id are withdrawn there, and every case concerned is
    /// reconciled: what visits and cases still call for is made anew.
    async fn renew_exposures(&self, tx: &mut Tx<'_>, number_of: &PersonId) -> Answer<()> {
        let (app, at) = (&self.app, self.at);
        let forget = forget_on(at, retention::PERSON);
        let mut cases_concerned = vec![self.person.clone(), number_of.clone()];
        for (case, kept) in exposures::of_contact(tx.conn().await?, &self.person).await? {
            if let Some(of) = kept.evidence {
                let reason = "the person goes on under the number that the document shows".to_owned();
                let fact = Fact::Withdrawal(Withdrawal { of, reason });
                let withdrawal = new_evidence(app, number_of, Source::Trace, fact, at, at)?;
                evidence::add(tx, number_of, &[&withdrawal], "reconcile", forget).await?;
            }
            cases_concerned.push(case);
        }
        exposures::drop_of_contact(tx.conn().await?, &self.person).await?;
        for case in &cases_concerned {
            tx.later(queue::ask(RECONCILE, case.as_str(), at, forget)).await?;
        }
        Ok(())
    }
}

/// Activates a code whose document was compared.
#[utoipa::path(post, path = "/api/v1/activations", tag = "checker", request_body = ActivateRequest, responses((status = 200, body = Activated)))]
pub async fn activate(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<ActivateRequest>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::Activate)?;
    let at = app.clock.now();
    let activated = match shown_person(&app, &request.code, at).await? {
        Some(person) => {
            let change = Activate { app: app.clone(), caller: caller.clone(), person, at };
            once(&app, &caller, key, "activate", &request, change).await?
        }
        // The activation itself may have withdrawn the pass that was shown; its repetition gets the first answer.
        None => {
            let given = given(&app, &caller, &key, "activate", &request).await?;
            given.ok_or(Problem::new(Code::CodeUnknown).field("code"))?
        }
    };
    app.wake.notify_one();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(activated)))
}

/// Whose valid code was shown.
async fn shown_person(app: &App, code: &str, at: Instant) -> Answer<Option<PersonId>> {
    let verdict = verify_code(app, code, at);
    let Some(claims) = verdict.claims() else { return Ok(None) };
    let Some(person) = holder(app, claims).await? else { return Ok(None) };
    let scanned = scanned_person(app, &person, at).await?;
    Ok(scanned.map(|_| person))
}
