//! The demo's origin: a small HTTP server on 127.0.0.1, so that the demo needs no network.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, ETAG, HeaderMap, IF_NONE_MATCH, VARY};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

/// Starts the origin on a free port; it ends with the process.
pub fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    thread::Builder::new().name("origin".into()).spawn(move || {
        runtime.block_on(async {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => serve(listener).await,
                Err(error) => eprintln!("the demo's origin cannot listen: {error}"),
            }
        });
    })?;
    Ok(address)
}

async fn serve(listener: tokio::net::TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service_fn(answer));
        // A client that goes away ends its connection, not the demo.
        tokio::spawn(async move { drop(connection.await) });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let language = field(request.headers(), "accept-language").unwrap_or("en");
    let answer = match (request.method(), request.uri().path()) {
        (&Method::POST, _) => response(StatusCode::NO_CONTENT, &[], ""),
        (_, "/news") => response(
            StatusCode::OK,
            &[(CACHE_CONTROL, "max-age=60"), (ETAG, "\"news-1\"")],
            "Larder found to be well stocked.\n",
        ),
        (_, "/greeting") => response(
            StatusCode::OK,
            &[(CACHE_CONTROL, "max-age=60"), (VARY, "Accept-Language")],
            if language.starts_with("de") {
                "Guten Tag!\n"
            } else {
                "Good day!\n"
            },
        ),
        (_, "/weather") => {
            let fields = [(CACHE_CONTROL, "max-age=2"), (ETAG, "\"fog\"")];
            if field(request.headers(), IF_NONE_MATCH.as_str()) == Some("\"fog\"") {
                response(StatusCode::NOT_MODIFIED, &fields, "")
            } else {
                response(StatusCode::OK, &fields, "Fog, clearing later.\n")
            }
        }
        (_, "/account") => response(
            StatusCode::OK,
            &[(CACHE_CONTROL, "no-store")],
            "Your balance: 12.34\n",
        ),
        _ => response(StatusCode::NOT_FOUND, &[], "no such page\n"),
    };
    Ok(answer)
}

fn field<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn response(
    status: StatusCode,
    fields: &[(hyper::header::HeaderName, &'static str)],
    body: &'static str,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    for (name, value) in fields {
        let value = hyper::header::HeaderValue::from_static(value);
        response.headers_mut().insert(name.clone(), value);
    }
    response
}
