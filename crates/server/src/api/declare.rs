//! A resident declares, once. The answer is the same whether the number was known or not: who asks learns nothing.

use crate::app::App;
use crate::caller::Caller;
use crate::config::Activation;
use crate::once::{Change, Done, OnceKey, once_of};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::{Recorded, new_evidence, record, record_first};
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::audit::{AutomaticAudit, audit_automatically};
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{
    Audit, AuditResult, Declaration, DeclaredContact, Fact, HealthState, Symptom, Temperature,
};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::life::Life;
use healthcode_core::personal::{DocumentKind, DocumentNumber, PersonName, PersonalFault, Phone};
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_store::audit_wait::{self, Waiting};
use healthcode_store::identity::{self, Claim};
use healthcode_store::people::{self, Assurance, Person, Personal};
use healthcode_store::{Tx, acts_for, lives};
use serde::{Deserialize, Serialize};

/// What a resident declares.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclareRequest {
    /// `identity_card` or `passport`.
    #[schema(value_type = String)]
    document_kind: DocumentKind,
    document_number: String,
    name: String,
    phone: String,
    /// Symptoms ticked; empty for none.
    #[schema(value_type = Vec<String>)]
    symptoms: Vec<Symptom>,
    /// Degrees Celsius, 30 to 45.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    temperature_c: Option<f64>,
    /// `no`, `yes` or `unsure`.
    #[schema(value_type = String)]
    contact: DeclaredContact,
    /// Regions of the last 14 days.
    stayed_in: Vec<String>,
    /// Where the person lives.
    residence: String,
    /// `normal`, `home_observation`, `central_observation` or `hospital`.
    #[schema(value_type = String)]
    health_state: HealthState,
}

fn personal_problem(fault: PersonalFault) -> Problem {
    let (code, field) = match fault {
        PersonalFault::IdentityForm => (Code::IdentityForm, "document_number"),
        PersonalFault::IdentityCheck => (Code::IdentityCheck, "document_number"),
        PersonalFault::IdentityBirthday => (Code::IdentityBirthday, "document_number"),
        PersonalFault::DocumentForm => (Code::DocumentForm, "document_number"),
        PersonalFault::PhoneForm => (Code::PhoneForm, "phone"),
        PersonalFault::MailForm => (Code::MailForm, "mail"),
        PersonalFault::NameForm => (Code::NameForm, "name"),
    };
    Problem::new(code).field(field)
}

/// Reads a document number, or says what is wrong with it.
pub(crate) fn read_document(app: &App, kind: DocumentKind, number: &str) -> Answer<DocumentNumber> {
    let now = app.clock.now();
    let today = app.published().rules.zone(now).day_of(now);
    DocumentNumber::new(kind, number, today).map_err(personal_problem)
}

/// Reads a phone number, or says what is wrong with it.
pub(crate) fn read_phone(phone: &str) -> Answer<Phone> {
    Phone::new(phone).map_err(personal_problem)
}

/// Reads a known region, or says what is wrong with it.
pub(crate) fn read_region(app: &App, text: &str, field: &'static str) -> Answer<Region> {
    let region = Region::new(text).map_err(|_| Problem::new(Code::RegionForm).field(field))?;
    if app.regions.contains(&region) {
        Ok(region)
    } else {
        Err(Problem::new(Code::RegionUnknown).field(field))
    }
}

/// Reads a temperature, or says what is wrong with it.
pub(crate) fn read_temperature(degrees: f64) -> Answer<Temperature> {
    Temperature::from_celsius(degrees).ok_or(Problem::new(Code::TemperatureRange).field("temperature_c"))
}

impl DeclareRequest {
    fn read(&self, app: &App) -> Answer<(Personal, Declaration, Region)> {
        let document = read_document(app, self.document_kind, &self.document_number)?;
        let name = PersonName::new(&self.name).map_err(personal_problem)?;
        let phone = read_phone(&self.phone)?;
        let residence = read_region(app, &self.residence, "residence")?;
        if self.stayed_in.len() > 64 {
            return Err(Problem::new(Code::Body).field("stayed_in").detail("stayed_in: at most 64 regions"));
        }
        let stayed_in = self.stayed_in.iter().map(|stay| read_region(app, stay, "stayed_in"));
        let mut symptoms = self.symptoms.clone();
        symptoms.sort_unstable();
        symptoms.dedup();
        let declaration = Declaration {
            symptoms,
            temperature_c: self.temperature_c.map(read_temperature).transpose()?,
            contact: self.contact,
            stayed_in: stayed_in.collect::<Answer<_>>()?,
            residence: Some(residence.clone()),
            health_state: self.health_state,
        };
        Ok((Personal { name, document_kind: self.document_kind, document, phone }, declaration, residence))
    }
}

#[derive(Clone)]
struct Declare {
    app: App,
    account: AccountId,
    person: PersonId,
    personal: Personal,
    declaration: Declaration,
    residence: Region,
    at: Instant,
    /// Takes it that neither the account nor the number was seen before, and reads nothing.
    blind: bool,
}

impl Change for Declare {
    type Answer = Recorded;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Recorded>> {
        let key = self.app.store.seal();
        let forget = forget_on(self.at, retention::PERSON);
        let own = match self.blind {
            true => None,
            false => acts_for::own_person(tx.conn().await?, &self.account).await?,
        };
        let known = match own {
            Some(person) => people::get(tx.conn().await?, key, &person).await?,
            None => None,
        };
        let is_new = known.is_none();
        let mut person = match known {
            Some(known) => {
                let hash = |p: &Personal| Personal::document_hash(key, p.document_kind, &p.document);
                if hash(&known.personal) != hash(&self.personal) {
                    return Err(Code::OtherDocument.into());
                }
                let person =
                    Person { personal: self.personal.clone(), residence: self.residence.clone(), ..known };
                for statement in people::update(key, &person, forget)? {
                    tx.later(statement).await?;
                }
                person
            }
            None => self.first_time(tx).await?,
        };
        let (evidence, changed) = self.record(tx, &mut person, is_new).await?;
        let changed = if changed { vec![person.person] } else { Vec::new() };
        Ok(Done { answer: Recorded::of(&self.app, &evidence), changed })
    }
}

impl Declare {
    /// A new person claims her number; where someone else holds it, both wait until one shows the document. She is
    /// added with her first evidence.
    async fn first_time(&self, tx: &mut Tx<'_>) -> Answer<Person> {
        let key = self.app.store.seal();
        let forget = forget_on(self.at, retention::PERSON);
        let document_hash =
            Personal::document_hash(key, self.personal.document_kind, &self.personal.document);
        let (person, at) = (&self.person, self.at);
        let holder = if self.blind {
            tx.later(identity::claim_free(&document_hash, person, at, forget)).await?;
            person.clone()
        } else {
            identity::claim(tx.conn().await?, &document_hash, person, at, forget).await?
        };
        let disputed = holder != self.person;
        let person = Person {
            person: self.person.clone(),
            personal: self.personal.clone(),
            assurance: if disputed { Assurance::Disputed } else { Assurance::Declared },
            active: !disputed && self.is_active_at_once(&Life::default()),
            residence: self.residence.clone(),
        };
        if disputed {
            let claim = Claim { document_hash, claimant: self.person.clone(), holder, opened_at: self.at };
            identity::open_claim(tx.conn().await?, &claim, forget).await?;
        }
        Ok(person)
    }

    /// Whether the code needs no document beside it, because a machine may confirm the declaration.
    fn is_active_at_once(&self, life: &Life) -> bool {
        self.app.config.activation == Activation::Automatic
            && !matches!(audit_automatically(&self.declaration, life, self.at), AutomaticAudit::Officer(_))
    }

    /// Records the declaration and, where a machine may, its audit.
    async fn record(&self, tx: &mut Tx<'_>, person: &mut Person, is_new: bool) -> Answer<(Evidence, bool)> {
        let (app, at) = (&self.app, self.at);
        let fact = Fact::Declaration(self.declaration.clone());
        let declared = new_evidence(app, &person.person, Source::Own, fact, at, at)?;
        let life = match is_new {
            true => Life::default(),
            false => lives::of_person(tx.conn().await?, &person.person).await?,
        };
        let mut new = vec![&declared];
        let audit;
        if !is_new {
            tx.later(audit_wait::drop_person(&person.person)).await?;
        }
        if person.assurance == Assurance::Disputed {
            // It waits in the identity queue: no audit gives a colour before someone has shown the document.
        } else if let AutomaticAudit::Officer(contradiction) =
            audit_automatically(&self.declaration, &life, at)
        {
            let why = contradiction.code().to_owned();
            let (evidence, person) = (declared.id.clone(), person.person.clone());
            let waiting = Waiting { declared_at: at, evidence, person, why };
            tx.later(audit_wait::add(&waiting, forget_on(at, retention::PERSON))).await?;
        } else {
            let confirmed = Audit { of: declared.id.clone(), result: AuditResult::Confirmed, note: None };
            audit = new_evidence(app, &person.person, Source::System, Fact::Audit(confirmed), at, at)?;
            new.push(&audit);
            if !person.active && self.is_active_at_once(&life) {
                person.active = true;
                tx.later(people::assure(&person.person, person.assurance, true)).await?;
            }
        }
        let by = self.account.as_str();
        let changed = match is_new {
            true => {
                let forget = forget_on(at, retention::PERSON);
                for statement in people::add(app.store.seal(), person, &new, at, forget)? {
                    tx.later(statement).await?;
                }
                tx.later(acts_for::let_act(&self.account, &self.person, "self", at, forget)).await?;
                record_first(app, tx, &new, by).await?
            }
            false => record(app, tx, &new, by).await?,
        };
        Ok((declared, changed))
    }
}

/// Declares for oneself.
#[utoipa::path(post, path = "/api/v1/declarations", tag = "resident", request_body = DeclareRequest, responses((status = 201, body = Recorded)))]
pub async fn declare(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<DeclareRequest>,
) -> Answer<(StatusCode, Json<Recorded>)> {
    caller.may(Deed::Declare)?;
    let (personal, declaration, residence) = request.read(&app)?;
    let person = PersonId::new(app.clock.random_name()).map_err(|_| Problem::new(Code::Internal))?;
    let at = app.clock.now();
    let account = caller.account.clone();
    let first =
        Declare { app: app.clone(), account, person, personal, declaration, residence, at, blind: true };
    let again = Declare { blind: false, ..first.clone() };
    let recorded = once_of(&app, &caller, key, "declare", &request, [first, again]).await?;
    Ok((StatusCode::CREATED, Json(recorded)))
}
