//! A server in a process of its own, ended with this one.

use crate::Answer;
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use healthcode_server::clock::Clock;
use healthcode_server::config::{Activation, Config};
use healthcode_server::start;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tokio::sync::oneshot;

/// A running server.
pub struct ServerProcess {
    process: Child,
    /// Where it listens on loopback.
    pub address: SocketAddr,
}

impl ServerProcess {
    /// Starts this program again with other words and waits for the address it prints.
    pub fn start(words: &[&str]) -> Answer<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("the server has no output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| format!("the server did not start: {line}"));
        match address {
            Ok(address) => Ok(Self { process, address }),
            Err(fault) => {
                process.kill()?;
                process.wait()?;
                Err(fault.into())
            }
        }
    }

    /// Its number among the system's processes.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Closing its input asks it to end; one that is gone already needs no asking.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Ready once the process that started this one has closed our input, or is gone.
fn asked_to_end() -> oneshot::Receiver<()> {
    let (end, asked) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        let _ = end.send(());
    });
    asked
}

async fn end() {
    let _ = asked_to_end().await;
}

/// `bench serve DATA URL`: the server as `healthcode serve` runs it, jobs and all, on a free port.
pub fn serve(data: &str, url: &str) -> Answer<()> {
    let config = Config {
        database: Some(url.to_owned()),
        data: data.into(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        activation: Activation::Automatic,
        ..Config::default()
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let started = start::open(config, Clock::system()).await?;
        println!("{}", started.app.public_url.trim_start_matches("http://"));
        started.serve(end()).await?;
        Ok(())
    })
}

/// `bench constant BYTES`: a handler of the same framework that always answers the same.
pub fn serve_constant(bytes: usize) -> Answer<()> {
    let body = Bytes::from(vec![b'x'; bytes]);
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], body.clone()) };
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let router = Router::new().route("/api/v1/me/code", get(answer));
        tokio::select! {
            served = axum::serve(listener, router) => served?,
            () = end() => (),
        }
        Ok(())
    })
}
