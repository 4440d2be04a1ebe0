//! One port for TLS and plain HTTP: a TLS connection begins with the byte 22 (a handshake record; RFC 8446, 5.1), which
//! no request does. Handshakes are made beside each other, so that a slow phone keeps nobody waiting.

use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const HANDSHAKE_RECORD: u8 = 22;
/// A connection that has not shaken hands by then is closed.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections that may be shaking hands at once.
const AT_ONCE: usize = 2_048;

/// Connections of one kind, ready to be served.
pub(super) struct Connections<Io> {
    ready: mpsc::Receiver<(Io, SocketAddr)>,
    address: SocketAddr,
}

impl<Io> axum::serve::Listener for Connections<Io>
where
    Io: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    type Io = Io;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Io, SocketAddr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The port is gone, and with it the server.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// The connections of a port: those over TLS, and the plain ones.
pub(super) fn split(
    listener: TcpListener,
    config: Arc<ServerConfig>,
) -> std::io::Result<(Connections<TlsStream<TcpStream>>, Connections<TcpStream>)> {
    let address = listener.local_addr()?;
    let (secured, ready_secured) = mpsc::channel(64);
    let (plain, ready_plain) = mpsc::channel(64);
    tokio::spawn(accept(listener, TlsAcceptor::from(config), secured, plain));
    Ok((Connections { ready: ready_secured, address }, Connections { ready: ready_plain, address }))
}

type Ready<Io> = mpsc::Sender<(Io, SocketAddr)>;

/// Ends when nobody serves any more.
async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    secured: Ready<TlsStream<TcpStream>>,
    plain: Ready<TcpStream>,
) {
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let Ok(turn) = at_once.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = secured.closed() => return,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(fault) => {
                // Out of files, or a connection that ended at once: in a moment there is room again.
                tracing::debug!(%fault, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (acceptor, secured, plain) = (acceptor.clone(), secured.clone(), plain.clone());
        tokio::spawn(async move {
            let shaken =
                tokio::time::timeout(PATIENCE, shake(stream, from, &acceptor, &secured, &plain)).await;
            if !matches!(shaken, Ok(Ok(()))) {
                tracing::debug!("a connection did not shake hands");
            }
            drop(turn);
        });
    }
}

async fn shake(
    stream: TcpStream,
    from: SocketAddr,
    acceptor: &TlsAcceptor,
    secured: &Ready<TlsStream<TcpStream>>,
    plain: &Ready<TcpStream>,
) -> std::io::Result<()> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(());
    }
    let gone = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    if first[0] == HANDSHAKE_RECORD {
        let stream = acceptor.accept(stream).await?;
        secured.send((stream, from)).await.map_err(|_| gone())
    } else {
        plain.send((stream, from)).await.map_err(|_| gone())
    }
}
