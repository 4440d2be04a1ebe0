//! A mail server and a gateway for short messages on this machine, that keep what they are sent and can be told to fail.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What was taken.
#[derive(Default)]
struct Taken {
    mails: Mutex<Vec<String>>,
    texts: Mutex<Vec<(Value, Option<String>)>>,
    /// What both answer instead of taking anything; 0 while they take it.
    refusal: AtomicU16,
}

/// Both, listening while this lives.
pub struct Gateways {
    /// Their ports: mail, short messages.
    pub ports: [u16; 2],
    taken: Arc<Taken>,
    listening: [tokio::task::JoinHandle<()>; 2],
}

impl Drop for Gateways {
    fn drop(&mut self) {
        self.listening.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Gateways {
    /// Begins to listen.
    pub async fn listen() -> Self {
        let taken = Arc::new(Taken::default());
        let mail = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sms = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let ports = [&mail, &sms].map(|listener| listener.local_addr().expect("an address").port());
        let kept = taken.clone();
        let mail = tokio::spawn(async move {
            while let Ok((stream, _)) = mail.accept().await {
                let kept = kept.clone();
                // A client that goes away ends its talk.
                tokio::spawn(async move { talk(stream, &kept).await.ok() });
            }
        });
        let router = Router::new().route("/send", post(take)).with_state(taken.clone());
        let sms = tokio::spawn(async move { axum::serve(sms, router).await.expect("serves") });
        Self { ports, taken, listening: [mail, sms] }
    }

    /// Answers everything with a status, such as 503; 0 takes it again.
    pub fn refuse(&self, status: u16) {
        self.taken.refusal.store(status, Ordering::Relaxed);
    }

    /// The mails taken so far.
    pub fn mails(&self) -> Vec<String> {
        self.taken.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The short messages taken so far, each with its authorisation.
    pub fn texts(&self) -> Vec<(Value, Option<String>)> {
        self.taken.texts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn take(State(taken): State<Arc<Taken>>, headers: HeaderMap, Json(text): Json<Value>) -> StatusCode {
    match taken.refusal.load(Ordering::Relaxed) {
        0 => {
            let token = headers.get("authorization").and_then(|token| token.to_str().ok()).map(str::to_owned);
            taken.texts.lock().unwrap_or_else(PoisonError::into_inner).push((text, token));
            StatusCode::ACCEPTED
        }
        refusal => StatusCode::from_u16(refusal).expect("a status"),
    }
}

/// As much of SMTP (RFC 5321) as a client needs to be rid of a mail.
async fn talk(stream: TcpStream, taken: &Taken) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 ready\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let refused = taken.refusal.load(Ordering::Relaxed) > 0;
        let answer: &[u8] = match line.get(..4).unwrap_or_default() {
            "MAIL" if refused => b"451 not now\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut mail).await? == 0 {
                        return Ok(());
                    }
                }
                taken.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                b"250 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 fine\r\n",
        };
        stream.write_all(answer).await?;
    }
}
