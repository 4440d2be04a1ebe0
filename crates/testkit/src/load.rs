//! Loads a synthetic city into a store, in bulk: people who have declared and were confirmed, their decisions (made by
//! the rules in force, like any other), collection points and two weeks of visits.

use crate::cast::CastMember;
use crate::city::{City, CityVisit, Resident};
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{Audit, AuditResult, Declaration, DeclaredContact, Fact, HealthState};
use healthcode_core::ids::{AccountId, EvidenceId, PersonId, VisitId};
use healthcode_core::life::Life;
use healthcode_core::personal::{DocumentKind, DocumentNumber, PersonName, Phone};
use healthcode_core::region::Region;
use healthcode_core::time::{Instant, Interval};
use healthcode_server::app::App;
use healthcode_server::retention::{self, forget_on};
use healthcode_server::visiting::open_day;
use healthcode_store::bulk::{self, Cell};
use healthcode_store::people::Personal;
use healthcode_store::seal::SealKey;
use healthcode_store::visits::Visit;
use healthcode_store::{Act, StoreFault, Tx, lives, visit_days, visit_load};
use std::collections::BTreeSet;

/// People in one commit.
const PEOPLE: usize = 2_000;
/// Visits in one commit.
const VISITS: usize = 50_000;

/// Rows of a table, taken out when they are stored.
type TableRows = (&'static str, &'static [&'static str], std::sync::Mutex<Vec<Vec<Cell>>>);

struct Rows {
    tables: Vec<TableRows>,
}

impl Act for Rows {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        for (table, columns, rows) in &self.tables {
            let rows = std::mem::take(&mut *rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
            bulk::insert(tx, table, columns, rows).await?;
        }
        Ok(())
    }
}

const PERSON: &[&str] = &[
    "person",
    "personal",
    "document_hash",
    "assurance",
    "active",
    "residence",
    "created_at",
    "forget_on",
    "life",
];
const IDENTITY: &[&str] = &["document_hash", "person", "claimed_at", "forget_on"];
const PHONE: &[&str] = &["phone_hash", "person", "forget_on"];
const EVIDENCE: &[&str] =
    &["person", "recorded_at", "id", "kind", "happened_at", "source", "recorded_by", "data", "forget_on"];
const DECISION: &[&str] = &[
    "person",
    "scheme",
    "colour",
    "reasons",
    "rule_set",
    "since",
    "decided_at",
    "next_change_at",
    "body",
    "forget_on",
];
const POINT: &[&str] =
    &["point", "name_en", "name_zh", "kind", "region", "usual_stay_s", "created_at", "forget_on"];
/// Someone to load: who has declared nothing unusual, and was confirmed.
pub struct Loaded {
    /// Id.
    pub person: PersonId,
    /// Name.
    pub name: PersonName,
    /// Identity card.
    pub document: DocumentNumber,
    /// Phone.
    pub phone: Phone,
    /// Street.
    pub residence: Region,
}

impl From<Resident> for Loaded {
    fn from(r: Resident) -> Self {
        Self { person: r.person, name: r.name, document: r.document, phone: r.phone, residence: r.residence }
    }
}

impl From<&CastMember> for Loaded {
    fn from(member: &CastMember) -> Self {
        let (person, name) = (member.person.clone(), member.name.clone());
        let (document, phone) = (member.document.clone(), member.phone.clone());
        Self { person, name, document, phone, residence: member.residence.clone() }
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Loads people who declared at `declared_at`, decided at `at`.
pub async fn people(
    app: &App,
    people: impl Iterator<Item = Loaded>,
    declared_at: Instant,
    at: Instant,
) -> Result<u64, StoreFault> {
    let mut people = people.peekable();
    let mut count = 0;
    while people.peek().is_some() {
        let some: Vec<_> = people.by_ref().take(PEOPLE).collect();
        count += some.len() as u64;
        let mut tables: [Vec<Vec<Cell>>; 5] = Default::default();
        for person in some {
            rows_of(app, person, declared_at, at, &mut tables)?;
        }
        let [person, identity, phone, evidence, decision] = tables.map(std::sync::Mutex::new);
        let tables = vec![
            ("person", PERSON, person),
            ("identity", IDENTITY, identity),
            ("phone", PHONE, phone),
            ("evidence", EVIDENCE, evidence),
            ("decision", DECISION, decision),
        ];
        app.store.write(Rows { tables }).await?;
    }
    Ok(count)
}

fn rows_of(
    app: &App,
    loaded: Loaded,
    declared_at: Instant,
    at: Instant,
    tables: &mut [Vec<Vec<Cell>>; 5],
) -> Result<(), StoreFault> {
    let key: &SealKey = app.store.seal();
    let forget = i64::from(forget_on(at, retention::PERSON).0);
    let person = &loaded.person;
    let evidence = evidence_of(&loaded, declared_at);
    let document_kind = DocumentKind::IdentityCard;
    let hash = Personal::document_hash(key, document_kind, &loaded.document);
    let phone_hash = Personal::phone_hash(key, &loaded.phone);
    let personal = Personal {
        name: loaded.name.clone(),
        document_kind,
        document: loaded.document.clone(),
        phone: loaded.phone.clone(),
    };
    let (id, int) = (|| text(person.as_str()), Cell::Int);
    tables[0].push(vec![
        id(),
        Cell::Bytes(personal.seal(key, person)?),
        Cell::Bytes(hash.clone()),
        text("document_seen"),
        int(1),
        text(loaded.residence.as_str()),
        int(declared_at.micros()),
        int(forget),
        Cell::Bytes(lives::pack(&evidence)),
    ]);
    tables[1].push(vec![Cell::Bytes(hash), id(), int(declared_at.micros()), int(forget)]);
    tables[2].push(vec![Cell::Bytes(phone_hash), id(), int(forget)]);
    for e in &evidence {
        let (recorded, happened) = (int(e.recorded_at.micros()), int(e.happened_at.micros()));
        let (source, data) = (text(e.source.word()), Cell::Text(e.fact.to_data()));
        tables[3].push(vec![
            id(),
            recorded,
            Cell::Text(e.id.to_string()),
            text(e.fact.kind()),
            happened,
            source,
            text("load"),
            data,
            int(forget),
        ]);
    }
    let life =
        Life::new(evidence).map_err(|fault| StoreFault::Damaged { what: "city", why: fault.to_string() })?;
    let d = app.published().rules.decide(&life, person, at);
    let next = d.next_change_at.map_or(Cell::NoInt, |next| int(next.micros()));
    let (colour, decided) = (|| text(d.colour.word()), || int(d.decided_at.micros()));
    let (scheme, rules, body) = (|| text(d.scheme.as_str()), || text(&d.rule_set), || text(&d.body));
    let since = int(d.since.micros());
    tables[4].push(vec![
        id(),
        scheme(),
        colour(),
        text(&d.reasons),
        rules(),
        since,
        decided(),
        next,
        body(),
        int(forget),
    ]);
    Ok(())
}

fn evidence_of(loaded: &Loaded, at: Instant) -> Vec<Evidence> {
    // A letter and the person's id: short, and unique where person ids are.
    let id = |kind: char| EvidenceId::new(format!("{kind}{}", loaded.person)).expect("a short id");
    let declaration = Declaration {
        symptoms: Vec::new(),
        temperature_c: None,
        contact: DeclaredContact::No,
        stayed_in: vec![loaded.residence.clone()],
        residence: Some(loaded.residence.clone()),
        health_state: HealthState::Normal,
    };
    let evidence = |id: EvidenceId, source, fact| Evidence {
        id,
        person: loaded.person.clone(),
        happened_at: at,
        recorded_at: at,
        source,
        fact,
    };
    let audit = Audit { of: id('d'), result: AuditResult::Confirmed, note: None };
    vec![
        evidence(id('d'), Source::Own, Fact::Declaration(declaration)),
        evidence(id('e'), Source::System, Fact::Audit(audit)),
    ]
}

/// Loads the collection points of a city.
pub async fn points(app: &App, city: &City, at: Instant) -> Result<(), StoreFault> {
    let forget = i64::from(forget_on(at, retention::INSTALLATION).0);
    let rows = city.points().iter().map(|point| {
        vec![
            text(point.point.as_str()),
            text(&point.name_en),
            text(&point.name_zh),
            text(point.kind.as_str()),
            text(point.region.as_str()),
            Cell::Int(i64::from(point.usual_stay_s)),
            Cell::Int(at.micros()),
            Cell::Int(forget),
        ]
    });
    let rows = std::sync::Mutex::new(rows.collect());
    app.store.write(Rows { tables: vec![("point", POINT, rows)] }).await
}

/// Loads the visits of a city that began before `until`; answers how many.
pub async fn visits(app: &App, city: &City, until: Instant) -> Result<u64, StoreFault> {
    let people: Vec<PersonId> = city.residents().map(|resident| resident.person).collect();
    let mut count = 0;
    for day in city.days() {
        let visits: Vec<_> = city.visits_on(day).filter(|visit| visit.entered_at < until).collect();
        for some in visits.chunks(VISITS) {
            let visits =
                some.iter().enumerate().map(|(n, visit)| stay(visit, count + n as u64, &people, city));
            app.store.write(Visits { visits: visits.collect(), at: until }).await?;
            count += some.len() as u64;
        }
    }
    Ok(count)
}

/// Some visits, stored together.
struct Visits {
    visits: Vec<Visit>,
    at: Instant,
}

impl Act for Visits {
    type Out = u64;
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<u64, StoreFault> {
        let days: BTreeSet<_> = self.visits.iter().map(|visit| visit_days::day_of(visit.stay.from)).collect();
        for day in days {
            open_day(tx, day, visit_days::day_of(self.at)).await?;
        }
        visit_load::load(tx, &self.visits, self.at, "load").await
    }
}

fn stay(visit: &CityVisit, number: u64, people: &[PersonId], city: &City) -> Visit {
    let point = &city.points()[visit.point as usize];
    let left_at = visit.left_at.unwrap_or(visit.entered_at.plus_seconds(i64::from(point.usual_stay_s)));
    Visit {
        id: VisitId::new(format!("load-{number}")).expect("a short id"),
        point: point.point.clone(),
        person: people[visit.person as usize].clone(),
        stay: Interval { from: visit.entered_at, until: left_at },
        assumed: visit.left_at.is_none(),
        open: false,
        grade: "witnessed".to_owned(),
        kind: point.kind.as_str().to_owned(),
        seat: None,
        part: None,
        way: None,
        flag: None,
        cleared_at: None,
    }
}

/// An account that someone of the cast signs in to.
pub fn account(name: &str) -> Result<AccountId, StoreFault> {
    AccountId::new(format!("cast-{name}"))
        .map_err(|f| StoreFault::Damaged { what: "cast", why: f.to_string() })
}
