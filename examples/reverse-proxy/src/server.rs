//! The side towards the clients.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};

use crate::exchange::{Connection, Proxy};

/// How long requests that are being answered may take after a signal.
const GRACE: Duration = Duration::from_secs(10);

/// How long the head of a request may take at most, from the end of the last one.
const HEAD: Duration = Duration::from_secs(30);

/// Serves until SIGINT or SIGTERM, then finishes what has begun. A second signal ends it at
/// once.
pub async fn run(listener: TcpListener, proxy: Arc<Proxy>) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let graceful = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    let state = Arc::new(Connection::default());
                    let serving = serve(stream, from, Arc::clone(&proxy), Arc::clone(&state));
                    let serving = graceful.watch(serving);
                    // A client that goes away ends its connection, nothing else.
                    tokio::spawn(async move {
                        tokio::select! {
                            _ = serving => {}
                            () = state.stalled.notified() => {}
                        }
                    });
                }
                // Out of file descriptors, say: those in use will be free again.
                Err(error) => {
                    eprintln!("reverse-proxy: a connection was not accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(GRACE) => eprintln!("reverse-proxy: some answers were not finished in time"),
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn serve(
    stream: TcpStream,
    from: SocketAddr,
    proxy: Arc<Proxy>,
    state: Arc<Connection>,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    // Answers are written as they come.
    let _ = stream.set_nodelay(true);
    let patience = proxy.patience.min(HEAD);
    let service = service_fn(move |request| {
        let (proxy, state) = (Arc::clone(&proxy), Arc::clone(&state));
        async move { Ok::<_, Infallible>(proxy.answer(from, request, state).await) }
    });
    http1::Builder::new()
        // Nothing is added to what the origin says.
        .auto_date_header(false)
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), service)
}
