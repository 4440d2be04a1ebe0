//! Our own small load generator: HTTP/1.1 with keep-alive over loopback, one request at a time on each connection, so
//! that what waits is the client and never a queue of unanswered requests. Requests are written before the clock runs.

use crate::Answer;
use futures_util::future::try_join_all;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A run that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(180);
/// The largest answer that is read.
const MOST_ANSWER_BYTES: usize = 64 * 1_024;

/// What a run came to.
pub struct Run {
    /// Answers a second.
    pub rate: f64,
    /// The time that 99 in 100 answers took at most, in milliseconds.
    pub p99_ms: f64,
}

/// A request, written out.
pub fn request(method: &str, path: &str, token: &str, key: &str, body: &str) -> Vec<u8> {
    let mut text =
        format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n");
    if method != "GET" {
        let length = body.len();
        text.push_str(&format!(
            "idempotency-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n"
        ));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// Sends `count` requests, in turn those of `requests`, over so many connections; every answer must be a success and
/// is shown to `see` with the number of its request.
pub async fn run(
    address: SocketAddr,
    connections: usize,
    requests: &[Vec<u8>],
    count: usize,
    see: impl Fn(usize, &[u8]),
) -> Answer<Run> {
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let next = Cell::new(0);
    let times_us = RefCell::new(Vec::with_capacity(count));
    let start = Instant::now();
    let work = streams.into_iter().map(async |mut stream| {
        let mut answer = Vec::with_capacity(8 * 1_024);
        while next.get() < count {
            let number = next.replace(next.get() + 1);
            let sent = Instant::now();
            stream.write_all(&requests[number % requests.len()]).await?;
            let body = read_answer(&mut stream, &mut answer).await?;
            times_us.borrow_mut().push(sent.elapsed().as_micros() as u32);
            see(number, body);
        }
        Answer::Ok(())
    });
    tokio::time::timeout(LONGEST, try_join_all(work)).await??;
    let seconds = start.elapsed().as_secs_f64();
    let mut times_us = times_us.into_inner();
    times_us.sort_unstable();
    let p99 = times_us.get(times_us.len() * 99 / 100).copied().unwrap_or_default();
    Ok(Run { rate: count as f64 / seconds, p99_ms: f64::from(p99) / 1_000.0 })
}

/// Reads one answer and gives its body.
async fn read_answer<'a>(stream: &mut TcpStream, answer: &'a mut Vec<u8>) -> Answer<&'a [u8]> {
    answer.clear();
    let (mut head, mut whole) = (0, usize::MAX);
    while answer.len() < whole {
        if answer.len() > MOST_ANSWER_BYTES || stream.read_buf(answer).await? == 0 {
            return Err("the server ended the connection, or its answer is too long".into());
        }
        if head == 0
            && let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n")
        {
            head = end + 4;
            whole = head + content_length(&answer[..head])?;
        }
    }
    let (head, body) = answer.split_at(head);
    if head.get(9) != Some(&b'2') {
        let head = String::from_utf8_lossy(head);
        return Err(format!("the server answered {head}{}", String::from_utf8_lossy(body)).into());
    }
    Ok(body)
}

fn content_length(head: &[u8]) -> Answer<usize> {
    let head = std::str::from_utf8(head)?;
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    Ok(length.ok_or("an answer without content-length")?.1.trim().parse()?)
}
