//! What a gate alone does, and what is made for it: codes checked, passes issued, a city's colours published and taken.

use crate::Answer;
use crate::table::{Aim, Rounds, Row};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, UnparsedPublicKey};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bearer::{Bearer, DeviceKey, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue::issue;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::presentation::present;
use healthcode_credential::status::follower::Follower;
use healthcode_credential::status::news::{DayNews, Kind, News};
use healthcode_credential::status::seal::{DayKey, open, seal, sign};
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use healthcode_credential::verify::verify;
use std::collections::BTreeMap;
use std::hint::black_box;

/// Calls in a round; what is compared takes turns, so that a disturbance meets both.
const CALLS: u32 = 500;
const ROUNDS: usize = 40;
/// Rounds of what takes long.
const FEW: usize = 3;
/// Indexes of a city's day.
const CITY: u32 = 25_000_000;
const TODAY: Day = Day(18_303);
const AT: Instant = Instant::from_seconds(1_581_382_800);

/// All rows.
pub fn measure() -> Answer<Vec<Row>> {
    let mut rows = codes()?;
    // 1 % yellow and 0.2 % red; an opening day with half of the city undecided; a thousand changes of a minute.
    rows.extend(published("snapshot of 25 million, 1.2 % not green", [250_000, 50_000, 0], Kind::Snapshot)?);
    rows.extend(published("snapshot of 25 million, half undecided", [0, 0, CITY / 2], Kind::Snapshot)?);
    rows.extend(published("delta of 1,000 changes", [500, 250, 250], Kind::Delta)?);
    Ok(rows)
}

fn row(name: &str, done: String, figure: Rounds, yardstick: &'static str, yard: Rounds, aim: Aim) -> Row {
    Row { name: name.to_owned(), done, figure, yardstick, yard, aim }
}

/// A phone's code beside its two signatures, and a pass beside its one.
fn codes() -> Answer<Vec<Row>> {
    let (key, device) = (SigningKey::generate()?, SigningKey::generate()?);
    let bearer = Bearer::Phone {
        status: StatusReference { day: TODAY, index: 4_711 },
        device: DeviceKey::new(device.public()),
    };
    let claims =
        Claims { issuer: Region::new("330100")?, issued_at: AT, expires_at: AT.plus_seconds(86_400), bearer };
    let pass = issue(&claims, &key)?;
    let code = present(&pass, AT, |bytes| device.sign(bytes)).ok_or("no presentation")??;
    let trust = trusting(&key, Purpose::Pass)?;
    // About as long as what a pass, and what a phone signs.
    let (of_pass, of_code) = ([7; 180], [7; 300]);
    let signatures = [key.sign(&of_pass)?, device.sign(&of_code)?];
    let point = [&[4][..], key.public().x(), key.public().y()].concat();
    let issuer = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point)?;
    // The device's key is another one in every code: its point is read each time, as it must be in ours.
    let phone =
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, DeviceKey::new(device.public()).compressed());
    let mut times: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(microseconds(|| verify(black_box(&code), &trust, AT).claims().is_some()));
        times[1].push(microseconds(|| {
            issuer.verify_sig(black_box(&of_pass), &signatures[0]).is_ok()
                && phone.verify(black_box(&of_code), &signatures[1]).is_ok()
        }));
        times[2].push(microseconds(|| issue(black_box(&claims), &key).is_ok()));
        times[3].push(microseconds(|| key.sign(black_box(&of_pass)).is_ok()));
    }
    let rates = |rounds: &[f64]| Rounds::rates(&rounds.iter().map(|us| 1e6 / us).collect::<Vec<_>>(), "/s");
    let done = || format!("{} on one core", ROUNDS as u32 * CALLS);
    Ok(vec![
        row(
            "verify a code that a phone shows",
            done(),
            Rounds::times(&times[0], "µs"),
            "its two bare ECDSA P-256 checks, the device's point read each time",
            Rounds::times(&times[1], "µs"),
            Aim::RatioAtMost(1.3),
        ),
        row("passes issued", done(), rates(&times[2]), "bare signatures", rates(&times[3]), Aim::None),
    ])
}

fn trusting(key: &SigningKey, purpose: Purpose) -> Answer<TrustBundle> {
    let mut trust = TrustBundle::default();
    trust.add(TrustedKey { public: key.public().clone(), purpose, issuer: None, life: None })?;
    Ok(trust)
}

/// A file in which so many indexes become yellow, red and undecided: its size beside the least there can be, how long it
/// takes to make, and to open and take.
fn published(name: &str, counts: [u32; 3], kind: Kind) -> Answer<[Row; 3]> {
    let key = SigningKey::generate()?;
    let (trust, day_key) = (trusting(&key, Purpose::Status)?, DayKey { day: TODAY, secret: [7; 32] });
    let region = Region::new("330100")?;
    let news = |kind, number, lists| News {
        kind,
        region: region.clone(),
        number,
        previous: [0; 32],
        made_at: AT,
        bundle: 1,
        withdrawn: Vec::new(),
        days: BTreeMap::from([(TODAY, DayNews { size: CITY, lists })]),
    };
    let made = news(kind, u64::from(kind == Kind::Delta), drawn(counts));
    let begun = seal(&sign(&news(Kind::Snapshot, 0, Default::default()), &key)?, &day_key, [0; 12])?;
    let begun = Follower::begin(&region, &open(&begun, std::slice::from_ref(&day_key), &trust)?)?;
    let (mut making, mut taking, mut bytes) = (Vec::new(), Vec::new(), 0);
    for round in 0..FEW {
        let start = std::time::Instant::now();
        let file = seal(&sign(black_box(&made), &key)?, &day_key, [round as u8; 12])?;
        making.push(start.elapsed().as_secs_f64() * 1e3);
        bytes = file.len();
        let mut gate = begun.clone();
        let start = std::time::Instant::now();
        let opened = open(black_box(&file), std::slice::from_ref(&day_key), &trust)?;
        match kind {
            Kind::Snapshot => gate = Follower::begin(&region, &opened)?,
            _ => gate.take(&opened)?,
        }
        taking.push(start.elapsed().as_secs_f64() * 1e3);
        assert!(gate.number() == made.number);
    }
    let (most_making, most_taking) = match kind {
        Kind::Snapshot if counts[2] == 0 => (Aim::RatioAtMost(1.0), Aim::RatioAtMost(1.0)),
        Kind::Delta => (Aim::RatioAtMost(1.0), Aim::RatioAtMost(1.0)),
        _ => (Aim::None, Aim::None),
    };
    let fixed = |value, unit| Rounds::times(&[value], unit);
    let of = |what: &str| format!("{name}: {what}");
    let done = || format!("{} indexes of {CITY}", counts.iter().sum::<u32>());
    Ok([
        row(
            &of("size"),
            done(),
            fixed(bytes as f64 / 1e3, "kB"),
            "entropy",
            fixed(entropy(counts) / 8e3, "kB"),
            Aim::None,
        ),
        row(
            &of("made"),
            done(),
            Rounds::times(&making, "ms"),
            "a second, which is asked",
            fixed(1e3, "ms"),
            most_making,
        ),
        row(
            &of("opened and taken"),
            done(),
            Rounds::times(&taking, "ms"),
            "50 ms, which is asked of a phone",
            fixed(50.0, "ms"),
            most_taking,
        ),
    ])
}

/// So many indexes of each status, drawn at random, none twice.
fn drawn(counts: [u32; 3]) -> [Vec<u32>; 4] {
    let (mut state, mut lists) = (7u64, [const { Vec::new() }; 4]);
    let [yellow, red, undecided] = counts;
    let mut left = [yellow, red, undecided];
    for index in 0..CITY {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Of the indexes left, each of those wanted is as likely (Knuth, "The Art of Computer Programming", 3.4.2, S).
        let mut place = ((state >> 33) * u64::from(CITY - index)) >> 31;
        for (list, left) in lists[1..].iter_mut().zip(&mut left) {
            if place < u64::from(*left) {
                list.push(index);
                *left -= 1;
                break;
            }
            place -= u64::from(*left);
        }
    }
    lists
}

/// Bits that such a choice takes at least: log2 of the multinomial, by Shannon's sum.
fn entropy(counts: [u32; 3]) -> f64 {
    let city = f64::from(CITY);
    let green = city - f64::from(counts.iter().sum::<u32>());
    let share = |count: f64| if count > 0.0 { -count * (count / city).log2() } else { 0.0 };
    share(green) + counts.iter().map(|count| share(f64::from(*count))).sum::<f64>()
}

fn microseconds(mut call: impl FnMut() -> bool) -> f64 {
    let start = std::time::Instant::now();
    for _ in 0..CALLS {
        assert!(call(), "every call must succeed");
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
}
