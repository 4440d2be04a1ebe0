//! Sends the messages that are due. Each is claimed by lease, so that of several servers one sends it, and is tried again
//! ever less often; a server that dies between sending and noting so sends it once more, under the same id.

use crate::app::App;
use crate::clock::hex;
use crate::notify::{Message, Recipient, SendFault};
use crate::problem::{Answer, Problem};
use aws_lc_rs::digest;
use healthcode_core::time::Instant;
use healthcode_store::notices::{self, Channel, Notice};
use healthcode_store::{Act, Tx, people};

/// Messages claimed at once.
const BATCH: i64 = 64;
/// Seconds for which a claim holds: longer than a whole batch takes.
const LEASE_SECONDS: i64 = 120;
/// Seconds until the next try, after each one that failed; after the last the message is given up.
const PAUSES: [i64; 7] = [60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600];

struct Claim(Instant);

impl Act for Claim {
    type Out = Vec<Notice>;
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<Notice>> {
        let until = self.0.plus_seconds(LEASE_SECONDS);
        Ok(notices::claim(tx.conn().await?, self.0, until, BATCH).await?)
    }
}

struct Settle {
    tried: Vec<(Notice, Result<(), SendFault>)>,
    at: Instant,
}

impl Act for Settle {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        for (notice, sent) in &self.tried {
            let pause = PAUSES.get(usize::try_from(notice.tries).unwrap_or(usize::MAX));
            let settled = match (sent, pause) {
                (Err(SendFault::Later(_)), Some(pause)) => {
                    notices::put_off(notice, self.at.plus_seconds(*pause))
                }
                _ => notices::finish(notice),
            };
            tx.later(settled).await?;
        }
        Ok(())
    }
}

/// The message itself; `None` where the person no longer wishes it.
async fn message(app: &App, notice: &Notice, at: Instant) -> Answer<Option<Message>> {
    let (mut conn, key) = (app.store.reader().await?, app.store.seal());
    let wish = notices::wish(&mut conn, key, &notice.person).await?;
    let to = match notice.channel {
        Channel::Mail => wish.mail.map(Recipient::Mail),
        Channel::Sms if wish.sms => {
            people::get(&mut conn, key, &notice.person).await?.map(|p| Recipient::Sms(p.personal.phone))
        }
        Channel::Sms => None,
    };
    let url = format!("{}/me", app.public_url);
    Ok(to.map(|to| Message { id: id_of(notice), to, url, at }))
}

/// The id of a message: the same at every try, another for everyone, and nothing of the person in it.
fn id_of(notice: &Notice) -> String {
    let named = format!("{}\0{}\0{}", notice.id, notice.person, notice.channel.word());
    hex(&digest::digest(&digest::SHA256, named.as_bytes()).as_ref()[..16])
}

async fn send(app: &App, notice: Notice, at: Instant) -> (Notice, Result<(), SendFault>) {
    let sent = match message(app, &notice, at).await {
        Ok(Some(message)) => app.channels.send(message).await,
        Ok(None) => Ok(()),
        Err(_) => Err(SendFault::Later("it could not be read".to_owned())),
    };
    app.counters.noticed(sent.is_ok());
    if let Err(fault) = &sent {
        let (id, channel) = (id_of(&notice), notice.channel.word());
        tracing::warn!(id, channel, %fault, tries = notice.tries, "a message was not sent");
    }
    (notice, sent)
}

/// Sends what is due.
pub async fn notify(app: &App) -> Answer<()> {
    while app.channels.offers_any()
        && notices::is_due(&mut *app.store.reader().await?, app.clock.now()).await?
    {
        let at = app.clock.now();
        let claimed = app.store.write(Claim(at)).await?;
        let sending: Vec<_> = claimed
            .into_iter()
            .map(|notice| {
                let app = app.clone();
                tokio::spawn(async move { send(&app, notice, at).await })
            })
            .collect();
        let mut tried = Vec::with_capacity(sending.len());
        for one in sending {
            // One that ended early is free again when its lease ends.
            tried.extend(one.await.ok());
        }
        app.store.write(Settle { tried, at: app.clock.now() }).await?;
    }
    Ok(())
}
