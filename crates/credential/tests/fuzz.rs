//! A short run of what `cargo fuzz` does at length: for each decoder every input of its corpus, and some thousands that chance
//! makes of them. The chance is seeded, so that a run is the same everywhere; a failure prints the input.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "fuzz/corpus.rs"]
mod corpus;
mod decoders;
#[path = "fuzz/mutate.rs"]
mod mutate;

use mutate::Chance;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The inputs of a decoder's corpus, in the order of their names.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = std::fs::read_dir(corpus::folder(name)).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn tried(name: &str, seed: Option<u64>, input: &[u8]) -> bool {
    let run = AssertUnwindSafe(|| decoders::run(name, input));
    catch_unwind(run).unwrap_or_else(|panic| {
        let hex = data_encoding::HEXLOWER.encode(input);
        eprintln!("decoder {name}, seed {seed:?}, input of {} bytes:\n{hex}", input.len());
        resume_unwind(panic)
    })
}

fn hold(name: &str, rounds: u64) {
    let seeds = seeds(name);
    assert!(seeds.len() >= 3, "{name}: {} inputs in the corpus", seeds.len());
    let whole = seeds.iter().filter(|seed| tried(name, None, seed)).count();
    let changed = |seed: &u64| tried(name, Some(*seed), &Chance::new(*seed).changed(&seeds));
    let accepted = (0..rounds).filter(changed).count() as u64;
    // Where nothing is accepted, or everything, nothing was tried.
    assert!(whole > 0 && accepted < rounds, "{name}: accepted {whole} of the corpus, {accepted} of {rounds}");
}

macro_rules! short_runs {
    ($($name:ident: $rounds:literal),* $(,)?) => {
        $(#[test] fn $name() { hold(stringify!($name), $rounds); })*

        #[test]
        fn every_decoder_has_its_run_and_its_target() {
            let named = decoders::DECODERS.map(|(name, _)| name);
            assert_eq!(named, [$(stringify!($name)),*]);
            for name in named {
                let target = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
                let target = std::fs::read_to_string(target).unwrap();
                assert!(target.contains(&format!("{name:?}")), "{name}");
            }
        }
    };
}

// Rounds that take about a second without optimisation.
short_runs! {
    base45: 10_000,
    pass_text: 4_000,
    pass_envelope: 2_000,
    status_news: 10_000,
    status_file: 4_000,
    status_gaps: 10_000,
    trust_file: 4_000,
    bundle_file: 3_000,
    bundle_body: 3_000,
    bundle_parts: 4_000,
    foreign_trust: 3_000,
    foreign_text: 2_000,
    hcert_envelope: 2_000,
    hcert_claims: 2_000,
    nzcp_envelope: 2_000,
    nzcp_claims: 2_000,
    card_claims: 2_000,
    cert_logic: 500,
}
