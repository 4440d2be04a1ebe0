//! The presets that are compiled into the program, and adopting one.

use crate::fault::Fault;
use crate::installation::installation;
use healthcode_core::region::Region;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::{Instant, Interval};
use healthcode_server::retention::{INSTALLATION, forget_on};
use healthcode_store::{Act, Store, StoreFault, Tx, rule_sets};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../rules"]
#[include = "*/rules.toml"]
struct Presets;

/// Names of all presets.
pub fn names() -> Vec<String> {
    let mut names: Vec<_> =
        Presets::iter().filter_map(|path| Some(path.split_once('/')?.0.to_owned())).collect();
    names.sort();
    names
}

/// The text of a preset.
pub fn text(name: &str) -> Result<String, Fault> {
    let file = Presets::get(&format!("{name}/rules.toml"));
    let file =
        file.ok_or_else(|| Fault::Usage(format!("no preset {name:?}; there are: {}", names().join(", "))))?;
    String::from_utf8(file.data.into_owned()).map_err(installation)
}

struct Adopt {
    rules: RuleSet,
    text: String,
    at: Instant,
}

impl Act for Adopt {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let kept_from = self.rules.in_force.until.max(self.at);
        rule_sets::adopt(
            tx.conn().await?,
            &self.rules,
            &self.text,
            self.at,
            forget_on(kept_from, INSTALLATION),
        )
        .await
    }
}

/// Makes a preset a dated rule set of an installation.
pub async fn adopt(
    store: &Store,
    name: &str,
    authority: Region,
    in_force: Interval,
    at: Instant,
) -> Result<RuleSet, Fault> {
    let text = text(name)?;
    let rules = RuleSet::parse(&text).map_err(|faults| {
        Fault::file(name, faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  "))
    })?;
    let rules = rules.adopted(authority, in_force);
    let mut conn = store.reader().await.map_err(installation)?;
    let adopted = rule_sets::all(&mut conn).await.map_err(installation)?;
    if let Some(other) = adopted.iter().find(|other| other.in_force.overlap(&in_force).is_some()) {
        let (from, until) = (other.zone.show(other.in_force.from), other.zone.show(other.in_force.until));
        return Err(Fault::Usage(format!(
            "{} is adopted from {from} until {until}, which overlaps; choose dates before or after",
            other.id()
        )));
    }
    drop(conn);
    store.write(Adopt { rules: rules.clone(), text, at }).await.map_err(installation)?;
    Ok(rules)
}
