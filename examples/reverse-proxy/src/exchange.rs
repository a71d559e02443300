//! One request: in from the client, through the cache or to the origin, and back.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body as _, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use larder_ureq::CacheInfo;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;
use ureq::SendBody;

use crate::arguments::Origin;
use crate::body::{Download, Passed, Upload, pass_on};
use crate::client::Client;
use crate::fields;
use crate::log::Line;

/// The body of an answer.
pub type Answer = BoxBody<Bytes, io::Error>;

/// The last request of a connection.
pub type Previous = Arc<Mutex<Option<JoinHandle<()>>>>;

/// What every request needs.
pub struct Proxy {
    pub client: Client,
    pub origin: Origin,
}

impl Proxy {
    /// Answers a request, with 502 or 504 at worst.
    ///
    /// `previous` is the one before it on its connection: only when that is done with, its line
    /// in the log included, does the next one begin. So there are never more threads than
    /// connections, however slowly the log is read.
    pub async fn answer(
        self: Arc<Self>,
        from: SocketAddr,
        request: Request<Incoming>,
        previous: Previous,
    ) -> Response<Answer> {
        let line = Line::new(from, &request);
        let (answer, answered) = oneshot::channel();
        let runtime = Handle::current();
        let mut previous = previous.lock().await;
        if let Some(task) = previous.take() {
            // If it failed, it has failed alone.
            let _ = task.await;
        }
        // ureq waits, so it needs a thread that may.
        let task = tokio::task::spawn_blocking(move || self.forward(request, line, &runtime, answer));
        *previous = Some(task);
        drop(previous);
        answered
            .await
            .unwrap_or_else(|_| failure(StatusCode::INTERNAL_SERVER_ERROR, "the proxy failed"))
    }

    fn forward(
        &self,
        request: Request<Incoming>,
        mut line: Line,
        runtime: &Handle,
        answer: oneshot::Sender<Response<Answer>>,
    ) {
        let (parts, incoming) = request.into_parts();
        let method = parts.method.clone();
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let uri = self.origin.at(path).filter(|_| method != Method::CONNECT);
        let Some(uri) = uri else {
            return refuse(
                line,
                answer,
                StatusCode::BAD_REQUEST,
                "a request to this proxy names a path",
            );
        };
        if fields::transfer_coded(&parts.headers) {
            return refuse(
                line,
                answer,
                StatusCode::NOT_IMPLEMENTED,
                "the only transfer coding is chunked",
            );
        }
        let body = match incoming.is_end_stream() {
            true => SendBody::none(),
            false => SendBody::from_owned_reader(Upload::new(incoming, runtime.clone())),
        };
        let mut forwarded = Request::new(body);
        *forwarded.method_mut() = parts.method;
        *forwarded.uri_mut() = uri;
        *forwarded.headers_mut() = parts.headers;
        fields::of_request(forwarded.headers_mut());
        let response = match self.client.agent.run(forwarded) {
            Ok(response) => response,
            Err(error) => {
                let status = match error {
                    ureq::Error::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
                    _ => StatusCode::BAD_GATEWAY,
                };
                return refuse(line, answer, status, &error.to_string());
            }
        };
        line.info(CacheInfo::of(&response));
        if fields::transfer_coded(response.headers()) {
            // Nobody has asked for one: TE goes no further.
            let why = "the origin uses a transfer coding that is not chunked";
            return refuse(line, answer, StatusCode::BAD_GATEWAY, why);
        }
        let (mut head, body) = response.into_parts();
        fields::of_response(&mut head.headers);
        let status = head.status;
        let bodiless =
            method == Method::HEAD || status.is_informational() || matches!(status.as_u16(), 204 | 304);
        let (sender, download) = Download::new();
        let shown = match bodiless {
            true => nothing(),
            false => download.boxed(),
        };
        let mut response = Response::new(shown);
        *response.status_mut() = status;
        *response.headers_mut() = head.headers;
        let gone = answer.send(response).is_err();
        if bodiless {
            return line.write(status, 0, gone.then_some("the client left"));
        }
        let (passed, bytes) = pass_on(body.into_reader(), sender);
        match passed {
            Passed::Whole => line.write(status, bytes, None),
            Passed::ClientLeft => line.write(status, bytes, Some("the client left")),
            Passed::Broken(error) => line.write(status, bytes, Some(&format!("broken off: {error}"))),
        }
    }
}

fn refuse(line: Line, answer: oneshot::Sender<Response<Answer>>, status: StatusCode, why: &str) {
    // A client that has left needs no answer.
    let _ = answer.send(failure(status, why));
    line.write(status, 0, Some(why));
}

fn failure(status: StatusCode, why: &str) -> Response<Answer> {
    let text = Full::new(Bytes::from(format!("{why}\n")));
    let mut response = Response::new(text.map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static("text/plain");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    response
}

fn nothing() -> Answer {
    Empty::new().map_err(|never| match never {}).boxed()
}
