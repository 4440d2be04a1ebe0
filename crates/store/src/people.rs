//! What may be asked of people: who they are (sealed), and how well that is known.

use crate::engine::Conn;
use crate::seal::SealKey;
use crate::{Statement, StoreFault, lives, numbered, read_back};
use healthcode_core::evidence::Evidence;
use healthcode_core::ids::PersonId;
use healthcode_core::personal::{DocumentKind, DocumentNumber, PersonName, Phone};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use std::collections::HashSet;

/// How well an identity is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Assurance {
    /// As declared.
    Declared,
    /// As declared, and someone else declared the same number before.
    Disputed,
    /// A checker or officer has compared the document.
    DocumentSeen,
    /// Verified by a trusted register.
    Verified,
}

impl Assurance {
    /// The word in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Disputed => "disputed",
            Self::DocumentSeen => "document_seen",
            Self::Verified => "verified",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Declared, Self::Disputed, Self::DocumentSeen, Self::Verified]
            .into_iter()
            .find(|a| a.word() == word)
    }
}

/// The personal data of a person. Does not print.
#[derive(Clone, Debug)]
pub struct Personal {
    /// Name.
    pub name: PersonName,
    /// Which document.
    pub document_kind: DocumentKind,
    /// Its number.
    pub document: DocumentNumber,
    /// Phone.
    pub phone: Phone,
}

#[derive(Serialize, Deserialize)]
struct Plain {
    n: String,
    k: DocumentKind,
    d: String,
    p: String,
}

impl Personal {
    /// Seals the personal data of a person.
    pub fn seal(&self, key: &SealKey, person: &PersonId) -> Result<Vec<u8>, StoreFault> {
        let plain = Plain {
            n: self.name.expose().to_owned(),
            k: self.document_kind,
            d: self.document.expose().to_owned(),
            p: self.phone.expose().to_owned(),
        };
        key.seal(person.as_str(), &read_back("personal", serde_json::to_vec(&plain))?)
    }

    fn open(key: &SealKey, person: &PersonId, sealed: &[u8]) -> Result<Self, StoreFault> {
        let plain: Plain =
            read_back("person.personal", serde_json::from_slice(&key.open(person.as_str(), sealed)?))?;
        // Was checked when it was stored; the latest day that can be asked bounds the date of birth.
        let bound = Day(i32::MAX / 2);
        Ok(Self {
            name: read_back("person.personal", PersonName::new(&plain.n))?,
            document_kind: plain.k,
            document: read_back("person.personal", DocumentNumber::new(plain.k, &plain.d, bound))?,
            phone: read_back("person.personal", Phone::new(&plain.p))?,
        })
    }

    /// The keyed hash by which the document is found.
    pub fn document_hash(key: &SealKey, kind: DocumentKind, document: &DocumentNumber) -> Vec<u8> {
        let what = match kind {
            DocumentKind::IdentityCard => "identity_card",
            DocumentKind::Passport => "passport",
        };
        key.find(what, document.expose())
    }

    /// The keyed hash by which a phone is found.
    pub fn phone_hash(key: &SealKey, phone: &Phone) -> Vec<u8> {
        key.find("phone", phone.expose())
    }
}

/// A person as stored.
#[derive(Clone, Debug)]
pub struct Person {
    /// Random, global.
    pub person: PersonId,
    /// Who it is.
    pub personal: Personal,
    /// How well that is known.
    pub assurance: Assurance,
    /// Whether the code may be used without the document beside it.
    pub active: bool,
    /// Where the person lives.
    pub residence: Region,
}

/// Adds a person with what is known of her, and the phone that finds her; the rows of the evidence are for the caller.
pub fn add(
    key: &SealKey,
    person: &Person,
    evidence: &[&Evidence],
    at: Instant,
    forget_on: Day,
) -> Result<[Statement; 2], StoreFault> {
    let document_hash =
        Personal::document_hash(key, person.personal.document_kind, &person.personal.document);
    let sql = "INSERT INTO person
        (person, personal, document_hash, assurance, active, residence, created_at, forget_on, life)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let adds = Statement::adds("person", sql)
        .text(person.person.as_str())
        .bytes(person.personal.seal(key, &person.person)?)
        .bytes(document_hash)
        .text(person.assurance.word())
        .number(person.active)
        .text(person.residence.as_str())
        .at(at)
        .day(forget_on)
        .bytes(lives::pack(evidence.iter().copied()));
    Ok([adds, add_phone(key, person, forget_on)])
}

/// Changes what a person declared of herself: name, phone, residence. Only the phone declared last finds her.
pub fn update(key: &SealKey, person: &Person, forget_on: Day) -> Result<[Statement; 3], StoreFault> {
    let sql = "UPDATE person SET personal = $2, residence = $3 WHERE person = $1";
    let changes = Statement::changes("person", sql)
        .text(person.person.as_str())
        .bytes(person.personal.seal(key, &person.person)?)
        .text(person.residence.as_str());
    let drops =
        Statement::changes("phone", "DELETE FROM phone WHERE person = $1").text(person.person.as_str());
    Ok([changes, drops, add_phone(key, person, forget_on)])
}

fn add_phone(key: &SealKey, person: &Person, forget_on: Day) -> Statement {
    let sql = "INSERT INTO phone (phone_hash, person, forget_on) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Statement::adds("phone", sql)
        .bytes(Personal::phone_hash(key, &person.personal.phone))
        .text(person.person.as_str())
        .day(forget_on)
}

/// Days by which a person's day of forgetting may lag behind, so that it is not written at every record.
const KEEP_SLACK_DAYS: i32 = 30;

/// Tables that are kept as long as what is known of the person.
const PERSONAL: [&str; 10] = [
    "phone",
    "acts_for",
    "notice_wish",
    "evidence",
    "decision",
    "quarantine",
    "quarantine_change",
    "door_check",
    "case_file",
    "interview",
];

/// Keeps what is known of a person until `forget_on`: something was recorded about her.
pub async fn keep_until(conn: &mut Conn, person: &PersonId, forget_on: Day) -> Result<(), StoreFault> {
    let id = || person.as_str().to_owned();
    let until = i64::from(forget_on.0);
    let kept = sqlx::query("UPDATE person SET forget_on = $2 WHERE person = $1 AND forget_on < $3")
        .bind(id())
        .bind(until)
        .bind(i64::from(forget_on.0 - KEEP_SLACK_DAYS))
        .execute(&mut *conn)
        .await?;
    if kept.rows_affected() == 0 {
        return Ok(());
    }
    for table in PERSONAL {
        let sql = sqlx::AssertSqlSafe(format!("UPDATE {table} SET forget_on = $2 WHERE person = $1"));
        sqlx::query(sql).bind(id()).bind(until).execute(&mut *conn).await?;
    }
    let identity = "UPDATE identity SET forget_on = $2 WHERE document_hash =
                    (SELECT document_hash FROM person WHERE person = $1)";
    sqlx::query(identity).bind(id()).bind(until).execute(conn).await?;
    Ok(())
}

/// One person, opened.
pub async fn get(conn: &mut Conn, key: &SealKey, person: &PersonId) -> Result<Option<Person>, StoreFault> {
    let row = sqlx::query("SELECT personal, assurance, active, residence FROM person WHERE person = $1")
        .bind(person.as_str().to_owned())
        .fetch_optional(conn)
        .await?;
    row.map(|row| open(&row, key, person)).transpose()
}

/// Opens a row with the columns `personal`, `assurance`, `active` and `residence`.
pub(crate) fn open(row: &sqlx::any::AnyRow, key: &SealKey, person: &PersonId) -> Result<Person, StoreFault> {
    let assurance: String = row.try_get("assurance")?;
    let residence: String = row.try_get("residence")?;
    Ok(Person {
        person: person.clone(),
        personal: Personal::open(key, person, &row.try_get::<Vec<u8>, _>("personal")?)?,
        assurance: read_back("person.assurance", Assurance::from_word(&assurance).ok_or(assurance))?,
        active: row.try_get::<i64, _>("active")? == 1,
        residence: read_back("person.residence", Region::new(&residence))?,
    })
}

/// Whether there is such a person.
pub async fn exists(conn: &mut Conn, person: &PersonId) -> Result<bool, StoreFault> {
    let row = sqlx::query("SELECT person FROM person WHERE person = $1").bind(person.as_str().to_owned());
    Ok(row.fetch_optional(conn).await?.is_some())
}

/// Which of some ids are of people who are known.
pub async fn known(conn: &mut Conn, people: &[PersonId]) -> Result<HashSet<PersonId>, StoreFault> {
    let mut known = HashSet::with_capacity(people.len());
    for some in people.chunks(500) {
        let sql = format!("SELECT person FROM person WHERE person IN ({})", numbered(some.len(), 0));
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let query = some.iter().fold(query, |query, person| query.bind(person.as_str().to_owned()));
        for row in query.fetch_all(&mut *conn).await? {
            known.insert(read_back("person.person", PersonId::new(row.try_get::<&str, _>(0)?))?);
        }
    }
    Ok(known)
}

/// Removes a person who turned out to be another one.
pub async fn remove(conn: &mut Conn, person: &PersonId) -> Result<(), StoreFault> {
    for sql in ["DELETE FROM phone WHERE person = $1", "DELETE FROM person WHERE person = $1"] {
        sqlx::query(sql).bind(person.as_str().to_owned()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Notes how well an identity is known now, and whether the code may be used.
pub fn assure(person: &PersonId, assurance: Assurance, active: bool) -> Statement {
    Statement::changes("person", "UPDATE person SET assurance = $2, active = $3 WHERE person = $1")
        .text(person.as_str())
        .text(assurance.word())
        .number(active)
}

/// People with a phone number.
pub async fn by_phone(conn: &mut Conn, key: &SealKey, phone: &Phone) -> Result<Vec<PersonId>, StoreFault> {
    let rows = sqlx::query("SELECT person FROM phone WHERE phone_hash = $1 ORDER BY person LIMIT 20")
        .bind(Personal::phone_hash(key, phone))
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| read_back("phone.person", PersonId::new(row.try_get::<String, _>(0)?))).collect()
}

/// Someone, the first by id; to try a key with.
pub async fn first(conn: &mut Conn) -> Result<Option<PersonId>, StoreFault> {
    let row = sqlx::query("SELECT person FROM person ORDER BY person LIMIT 1").fetch_optional(conn).await?;
    row.map(|row| read_back("person.person", PersonId::new(row.try_get::<String, _>(0)?))).transpose()
}

/// People after `after` in order of id, at most `most`, each with the region of residence.
pub async fn page(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<(PersonId, String)>, StoreFault> {
    let rows = sqlx::query("SELECT person, residence FROM person WHERE person > $1 ORDER BY person LIMIT $2")
        .bind(after.to_owned())
        .bind(most)
        .fetch_all(conn)
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok((read_back("person.person", PersonId::new(row.try_get::<String, _>(0)?))?, row.try_get(1)?))
    };
    rows.iter().map(read).collect()
}

/// How many people there are.
pub async fn count(conn: &mut Conn) -> Result<i64, StoreFault> {
    Ok(sqlx::query("SELECT COUNT(*) FROM person").fetch_one(conn).await?.try_get(0)?)
}
