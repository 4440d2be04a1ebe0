//! The built-in contact definitions.

use crate::policy::Policy;

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../policies/", $name, "/policy.toml")))),*]
    };
}

const BUILT_IN: [(&str, &str); 12] = presets![
    "place-15min-sum-24h",
    "place-15min-unbroken",
    "place-10min-tail-30min",
    "household",
    "us-cdc-continuous",
    "ecdc-aircraft-2-seats",
    "new-zealand",
    "uk-same-date-venue",
    "china-protocol-8",
    "china-protocol-9",
    "china-20-measures",
    "grid-800m-companion",
];

impl Policy {
    /// The built-in policy of that name.
    pub fn built_in(name: &str) -> Option<Self> {
        Self::parse(Self::built_in_text(name)?).ok()
    }

    /// The file of the built-in policy of that name.
    pub fn built_in_text(name: &str) -> Option<&'static str> {
        BUILT_IN.iter().find(|(built_in, _)| *built_in == name).map(|(_, text)| *text)
    }

    /// The names of the built-in policies.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }
}
