//! What may be asked of notices: how a person wishes to be told of a change of her code, and the messages to be sent.

use crate::engine::Conn;
use crate::seal::SealKey;
use crate::{Statement, StoreFault, numbered, read_back};
use healthcode_core::ids::PersonId;
use healthcode_core::personal::MailAddress;
use healthcode_core::time::{Day, Instant};
use sqlx::Row;

/// By what somebody is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Channel {
    /// Mail to an address of the person's choice.
    Mail,
    /// A short message to the phone that the person declared.
    Sms,
}

impl Channel {
    /// The word in the database and in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Mail, Self::Sms].into_iter().find(|channel| channel.word() == word)
    }
}

/// How a person wishes to be told; by nothing, unless asked for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// By mail to this address.
    pub mail: Option<MailAddress>,
    /// By a short message to her phone.
    pub sms: bool,
}

fn about(person: &PersonId) -> String {
    format!("notice {person}")
}

/// Sets how a person wishes to be told, and forgets what she wished before.
pub async fn set_wish(
    conn: &mut Conn,
    key: &SealKey,
    person: &PersonId,
    wish: &Wish,
    (at, forget_on): (Instant, Day),
) -> Result<(), StoreFault> {
    drop_wishes(conn, person).await?;
    let mail =
        wish.mail.as_ref().map(|mail| key.seal(&about(person), mail.expose().as_bytes())).transpose()?;
    let wished =
        [mail.map(|address| (Channel::Mail, Some(address))), wish.sms.then_some((Channel::Sms, None))];
    for (channel, address) in wished.into_iter().flatten() {
        let sql = "INSERT INTO notice_wish (person, channel, address, since, forget_on) VALUES ($1, $2, $3, $4, $5)";
        sqlx::query(sql)
            .bind(person.as_str().to_owned())
            .bind(channel.word())
            .bind(address)
            .bind(at.micros())
            .bind(i64::from(forget_on.0))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// How a person wishes to be told.
pub async fn wish(conn: &mut Conn, key: &SealKey, person: &PersonId) -> Result<Wish, StoreFault> {
    let rows = sqlx::query("SELECT channel, address FROM notice_wish WHERE person = $1")
        .bind(person.as_str().to_owned())
        .fetch_all(conn)
        .await?;
    let mut wish = Wish::default();
    for row in &rows {
        match (Channel::from_word(row.try_get(0)?), row.try_get::<Option<Vec<u8>>, _>(1)?) {
            (Some(Channel::Sms), _) => wish.sms = true,
            (Some(Channel::Mail), Some(sealed)) => {
                let address = String::from_utf8(key.open(&about(person), &sealed)?);
                let address = read_back("notice_wish.address", address)?;
                wish.mail = Some(read_back("notice_wish.address", MailAddress::new(&address))?);
            }
            _ => {}
        }
    }
    Ok(wish)
}

/// Forgets how a person wishes to be told, and what was still to be sent.
pub async fn drop_wishes(conn: &mut Conn, person: &PersonId) -> Result<(), StoreFault> {
    for sql in ["DELETE FROM notice_wish WHERE person = $1", "DELETE FROM notice WHERE person = $1"] {
        sqlx::query(sql).bind(person.as_str().to_owned()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Asks for a message on every channel that these people wish; on none, where they wish none. `id` is drawn for this act.
pub fn tell(id: &str, people: &[&PersonId], at: Instant, forget_on: Day) -> Statement {
    let sql = format!(
        "INSERT INTO notice (person, channel, id, due_at, leased_until, tries, forget_on)
         SELECT person, channel, CAST($1 AS TEXT), CAST($2 AS BIGINT), 0, 0, CAST($3 AS BIGINT)
         FROM notice_wish WHERE person IN ({})
         ON CONFLICT (person, channel) DO UPDATE SET id = excluded.id, due_at = excluded.due_at,
           leased_until = 0, tries = 0, forget_on = excluded.forget_on",
        numbered(people.len(), 3)
    );
    let statement = Statement::changes("notice", sql).text(id).at(at).day(forget_on);
    people.iter().fold(statement, |statement, person| statement.text(person.as_str()))
}

/// A message that was claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// For whom.
    pub person: PersonId,
    /// By what.
    pub channel: Channel,
    /// Of the act that asked for it; several people may have the same.
    pub id: String,
    /// How often it was tried before.
    pub tries: i64,
}

/// Whether any message is due; cheap, so that an idle server writes nothing.
pub async fn is_due(conn: &mut Conn, at: Instant) -> Result<bool, StoreFault> {
    let row = sqlx::query("SELECT id FROM notice WHERE due_at <= $1 AND leased_until <= $1 LIMIT 1")
        .bind(at.micros())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Claims messages that are due until `until`, at most `most`, those that wait longest first.
pub async fn claim(
    conn: &mut Conn,
    at: Instant,
    until: Instant,
    most: i64,
) -> Result<Vec<Notice>, StoreFault> {
    let rows = sqlx::query(
        "UPDATE notice SET leased_until = $2 WHERE leased_until <= $1 AND (person, channel) IN (
           SELECT person, channel FROM notice WHERE due_at <= $1 AND leased_until <= $1 ORDER BY due_at LIMIT $3)
         RETURNING person, channel, id, tries",
    )
    .bind(at.micros())
    .bind(until.micros())
    .bind(most)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let channel: &str = row.try_get("channel")?;
            Ok(Notice {
                person: read_back("notice.person", PersonId::new(row.try_get::<&str, _>("person")?))?,
                channel: read_back("notice.channel", Channel::from_word(channel).ok_or(channel))?,
                id: row.try_get("id")?,
                tries: row.try_get("tries")?,
            })
        })
        .collect()
}

/// Takes a message out, because it was sent or never will be. One that took its place meanwhile stays.
pub fn finish(notice: &Notice) -> Statement {
    let sql = "DELETE FROM notice WHERE person = $1 AND channel = $2 AND id = $3";
    Statement::changes("notice", sql)
        .text(notice.person.as_str())
        .text(notice.channel.word())
        .text(&*notice.id)
}

/// Puts a message off.
pub fn put_off(notice: &Notice, until: Instant) -> Statement {
    let sql = "UPDATE notice SET due_at = $4, leased_until = 0, tries = tries + 1
         WHERE person = $1 AND channel = $2 AND id = $3";
    Statement::changes("notice", sql)
        .text(notice.person.as_str())
        .text(notice.channel.word())
        .text(&*notice.id)
        .at(until)
}
