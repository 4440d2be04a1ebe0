//! Measures a tracing of a made-up city: `cargo run --release -p healthcode-trace --example city -- 20000000 1000`
//! (visits, cases). Visits are made as they are read, so that neither disk nor memory is measured.

use healthcode_trace::{Policy, run};
use std::io::{BufRead, BufReader, Read, Write};
use std::time::Instant;

const DAYS: u64 = 14;
const VISITS_A_PERSON: u64 = 70;
const START: u64 = 1_581_292_800;

/// Rows of visits, one after the other.
struct City {
    left: u64,
    people: u64,
    places: u64,
    state: u64,
    ready: Vec<u8>,
    sent: usize,
    rfc3339: bool,
}

impl City {
    /// A number from 0 to `below` - 1, by splitmix64.
    fn draw(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    fn time(&mut self, at: u64) {
        let line = &mut self.ready;
        let written = if self.rfc3339 {
            // Within February 2020 and in UTC, which is all that the days of this city need.
            let (day, second) = ((at - START) / 86_400 + 10, at % 86_400);
            let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
            write!(line, ",2020-02-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00")
        } else {
            write!(line, ",{at}")
        };
        written.expect("writing to memory");
    }
}

impl Read for City {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.sent == self.ready.len() {
            self.ready.clear();
            self.sent = 0;
            for _ in 0..self.left.min(2_000) {
                self.left -= 1;
                let person = self.draw(self.people);
                // Squared, so that some places are visited much more than others.
                let (low, high) = (self.draw(self.places), self.draw(self.places));
                let from = START + self.draw(DAYS * 86_400 - 14_400);
                let until = from + 120 + self.draw(7_200);
                write!(self.ready, "person-{person:08},place-{:07}", low * high / self.places)?;
                self.time(from);
                self.time(until);
                self.ready.push(b'\n');
            }
        }
        let length = buffer.len().min(self.ready.len() - self.sent);
        buffer[..length].copy_from_slice(&self.ready[self.sent..self.sent + length]);
        self.sent += length;
        Ok(length)
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (visits, cases) = (number(1_000_000), number(100));
    let rfc3339 = arguments.next().is_some_and(|text| text == "rfc3339");
    let people = (visits / VISITS_A_PERSON).max(cases);
    let city = || {
        let header = &b"person,place,entered_at,left_at\n"[..];
        let rows = City {
            left: visits,
            people,
            places: people / 20 + 1,
            state: 1,
            ready: Vec::new(),
            sent: 0,
            rfc3339,
        };
        BufReader::with_capacity(1 << 20, header.chain(rows))
    };
    let mut case_file = String::from("person,infectious_from,infectious_until\n");
    for case in 0..cases {
        case_file += &format!("person-{:08},{START},{}\n", case * (people / cases), START + DAYS * 86_400);
    }
    let started = Instant::now();
    let bytes = city().lines().map_while(Result::ok).map(|line| line.len() as u64 + 1).sum::<u64>();
    println!("making the rows alone: {:.1} s, {} MB", started.elapsed().as_secs_f64(), bytes / 1_000_000);

    let policy = Policy::built_in("place-15min-sum-24h").expect("it is built in");
    let started = Instant::now();
    let summary =
        run(city(), case_file.as_bytes(), &policy, None, std::io::sink()).expect("the rows are right");
    println!("tracing them, making included: {:.1} s", started.elapsed().as_secs_f64());
    println!(
        "{} visits, {} cases, {} contacts, {} rows",
        summary.visits, summary.cases, summary.contacts, summary.rows
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
}
