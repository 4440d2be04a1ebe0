//! For whom a resident's account acts: for herself, and for the people she answers for.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::record_looks;
use crate::problem::{Answer, Code, Problem};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_store::acts_for::{self, Acting};
use healthcode_store::{Tx, looks};

/// A phone asks for a dependant's code all day long; of a day's looks the first is recorded.
const LOOK_SECONDS: i64 = 86_400;

/// Everyone the caller acts for now, herself first.
pub(crate) async fn everyone(app: &App, caller: &Caller) -> Answer<Vec<Acting>> {
    Ok(acts_for::acted_for_by(&mut *app.store.reader().await?, &caller.account).await?)
}

/// The person who is named, or the caller herself. An act that changes anything asks again with [`still`].
pub(crate) async fn whom(app: &App, caller: &Caller, named: Option<&str>) -> Answer<PersonId> {
    let Some(named) = named else { return caller.own_person(app).await };
    let refused = || Problem::new(Code::NotActingFor).field("for");
    let person = PersonId::new(named).map_err(|_| refused())?;
    let acts = acts_for::holds(&mut *app.store.reader().await?, &caller.account, &person).await?;
    if acts { Ok(person) } else { Err(refused()) }
}

/// Within an act: the account acts for the person still.
pub(crate) async fn still(tx: &mut Tx<'_>, account: &AccountId, person: &PersonId) -> Answer<()> {
    match acts_for::holds(tx.conn().await?, account, person).await? {
        true => Ok(()),
        false => Err(Problem::new(Code::NotActingFor).field("for")),
    }
}

/// Records, once a day, that the caller looks at people she answers for.
pub(crate) async fn look_daily(app: &App, caller: &Caller, wards: &[PersonId]) -> Answer<()> {
    let since = app.clock.now().plus_seconds(-LOOK_SECONDS);
    let mut unseen = Vec::new();
    for ward in wards {
        let conn = &mut *app.store.reader().await?;
        if !looks::looked_since(conn, ward, &caller.account, "household", since).await? {
            unseen.push(ward.clone());
        }
    }
    record_looks(app, caller, &unseen, "household").await
}
