//! The real server as a process of its own, spoken to over real connections.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A guard against a server that hangs; nothing waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    // Kept open: the server may print.
    out: BufReader<ChildStdout>,
    pub address: String,
}

impl Server {
    /// Starts `healthcode serve` on a free port.
    pub fn start(place: &[String], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_healthcode"))
            .args(["serve", "--listen", "127.0.0.1:0", "--activation", "automatic"])
            .args(place)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self { child, out, address: String::new() };
        let url = server.told("healthcode serves on ");
        server.address = url.split_once("://").unwrap().1.to_owned();
        server
    }

    /// What follows these words on the line that begins with them.
    pub fn told(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(
                self.out.read_line(&mut line).unwrap(),
                0,
                "the server ended before it said {words:?}"
            );
            if let Some(rest) = line.strip_prefix(words) {
                return rest.trim().to_owned();
            }
        }
    }

    /// Ends the server without warning, as a failure of power would end the process.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own; an error when the answer did not come whole.
pub fn send(
    address: &str,
    method: &str,
    path: &str,
    token: &str,
    key: &str,
    body: &Value,
) -> std::io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = if method == "GET" { String::new() } else { body.to_string() };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         idempotency-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
    Ok((status, serde_json::from_str(body).map_err(|_| cut())?))
}

fn declaration(number: u32) -> Value {
    json!({
        "document_kind": "passport", "document_number": format!("T{number:06}"), "name": "Kim",
        "phone": format!("199{number:08}"), "symptoms": [], "contact": "no",
        "stayed_in": ["330106"], "residence": "330106", "health_state": "normal",
    })
}

/// A new resident declares and asks for the code; what was answered.
pub fn code_of(address: &str, number: u32) -> (u16, Value) {
    let (_, opened) = send(address, "POST", "/api/v1/device-sessions", "", "", &json!({})).unwrap();
    let token = opened["token"].as_str().unwrap();
    let key = format!("declare-{number:06}");
    let (status, declared) =
        send(address, "POST", "/api/v1/declarations", token, &key, &declaration(number)).unwrap();
    assert!(status < 300, "{declared}");
    send(address, "GET", "/api/v1/me/code", token, "", &Value::Null).unwrap()
}
