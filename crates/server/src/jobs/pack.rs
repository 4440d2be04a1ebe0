//! Makes packed lives again where they are missing: after a migration, or after a restore.

use crate::app::App;
use crate::problem::{Answer, Problem};
use healthcode_core::ids::PersonId;
use healthcode_store::{Act, Tx, lives};

/// People in one act.
const BATCH: i64 = 500;

struct MakeAgain(Vec<PersonId>);

impl Act for MakeAgain {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        tx.lock_people(&self.0.iter().map(PersonId::as_str).collect::<Vec<_>>()).await?;
        for person in &self.0 {
            lives::make_again(tx.conn().await?, person).await?;
        }
        Ok(())
    }
}

/// Makes every life that is missing.
pub async fn pack(app: &App) -> Answer<()> {
    loop {
        let people = lives::missing(&mut *app.store.reader().await?, BATCH).await?;
        if people.is_empty() {
            return Ok(());
        }
        app.store.write(MakeAgain(people)).await?;
    }
}
