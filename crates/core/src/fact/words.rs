//! The closed lists of words in evidence data.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word used in files and interfaces.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl crate::packed::Packed for $name {
            fn pack(&self, out: &mut Vec<u8>) {
                out.push(*self as u8);
            }
            fn unpack(from: &mut &[u8]) -> Option<Self> {
                Self::ALL.get(usize::from(u8::unpack(from)?)).copied()
            }
        }
    };
}

words! {
    /// A symptom that a person ticks.
    Symptom {
        /// Feeling feverish, measured below 37.3 °C.
        FeverLow = "fever_low",
        /// 37.3 °C or above.
        Fever = "fever",
        /// Dry cough.
        DryCough = "dry_cough",
        /// Fatigue.
        Fatigue = "fatigue",
        /// Shortness of breath.
        ShortBreath = "short_breath",
        /// Nausea, vomiting, diarrhoea.
        Gastric = "gastric",
        /// Conjunctivitis.
        Conjunctivitis = "conjunctivitis",
        /// Something else.
        Other = "other",
    }
}
words! {
    /// The answer to "were you in contact with a case in the last 14 days?"
    DeclaredContact {
        /// No contact.
        No = "no",
        /// Contact.
        Yes = "yes",
        /// Not sure.
        Unsure = "unsure",
    }
}
words! {
    /// Where a person is being looked after.
    HealthState {
        /// Nowhere in particular.
        Normal = "normal",
        /// Observed at home.
        HomeObservation = "home_observation",
        /// Observed in a central place.
        CentralObservation = "central_observation",
        /// In hospital.
        Hospital = "hospital",
    }
}
words! {
    /// The outcome of an audit.
    AuditResult {
        /// The declaration stands.
        Confirmed = "confirmed",
        /// The declaration is refused; the person declares again.
        Refused = "refused",
    }
}
words! {
    /// A kind of test.
    Assay {
        /// Nucleic acid.
        Pcr = "pcr",
        /// Antigen.
        Antigen = "antigen",
        /// Antibody.
        Antibody = "antibody",
    }
}
words! {
    /// What a test said.
    TestOutcome {
        /// Not found.
        Negative = "negative",
        /// Found.
        Positive = "positive",
        /// Neither.
        Inconclusive = "inconclusive",
    }
}
words! {
    /// Where a case stands.
    CaseStatus {
        /// Suspected.
        Suspected = "suspected",
        /// Confirmed.
        Confirmed = "confirmed",
        /// Infected without symptoms.
        Asymptomatic = "asymptomatic",
        /// Found not to be a case.
        Excluded = "excluded",
        /// Recovered, discharged.
        Recovered = "recovered",
    }
}
words! {
    /// How near an exposure was.
    ExposureLevel {
        /// Close contact.
        Close = "close",
        /// Contact of a close contact.
        Secondary = "secondary",
        /// General contact.
        General = "general",
    }
}
words! {
    /// What an exposure was computed or concluded from.
    ExposureBasis {
        /// Living together.
        Household = "household",
        /// The same collection point.
        Place = "place",
        /// The same vehicle.
        Transport = "transport",
        /// Declared by the person.
        Declared = "declared",
        /// An officer's investigation.
        Investigation = "investigation",
    }
}
words! {
    /// How much the record of an exposure proves.
    ExposureGrade {
        /// Staff or a gate scanned both.
        Witnessed = "witnessed",
        /// A rotating place code.
        Rotating = "rotating",
        /// A printed place code, which can be forwarded: never colours anyone.
        Poster = "poster",
        /// Declared.
        Declared = "declared",
    }
}
words! {
    /// What was ordered about an isolation.
    IsolationAction {
        /// Ordered.
        Ordered = "ordered",
        /// Extended.
        Extended = "extended",
        /// Shortened.
        Shortened = "shortened",
        /// Ended.
        Ended = "ended",
    }
}
words! {
    /// Where an isolation is spent.
    IsolationPlace {
        /// In a central place.
        Central = "central",
        /// At home.
        Home = "home",
        /// At large, watching one's health.
        Monitoring = "monitoring",
    }
}
words! {
    /// A colour that an order asks for.
    OrderColour {
        /// Green.
        Green = "green",
        /// Yellow.
        Yellow = "yellow",
        /// Red.
        Red = "red",
    }
}
