//! One request: in from the client, through the cache or to the origin, and back.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body as _, Incoming};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use larder_ureq::CacheInfo;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify, oneshot};
use tokio::task::JoinHandle;
use ureq::SendBody;

use crate::arguments::Origin;
use crate::body::{Download, NotUploaded, Passed, Upload, pass_on};
use crate::client::Client;
use crate::fields;
use crate::log::Line;

/// The body of an answer.
pub type Answer = BoxBody<Bytes, io::Error>;

/// One connection of a client.
#[derive(Default)]
pub struct Connection {
    /// Its last request.
    previous: Mutex<Option<JoinHandle<()>>>,
    /// Its client does not move: it is to be closed.
    pub stalled: Notify,
}

/// What every request needs.
pub struct Proxy {
    pub client: Client,
    pub origin: Origin,
    /// How long a client or the origin may be silent in the middle of a message.
    pub patience: Duration,
}

/// Why a request gets no response of the origin.
type Refusal = (StatusCode, &'static str);

impl Proxy {
    /// Answers a request, with 502 or 504 at worst.
    ///
    /// Only when the request before it on its connection is done with, its line in the log
    /// included, does it begin. So there are never more threads than connections, however
    /// slowly the log is read.
    pub async fn answer(
        self: Arc<Self>,
        from: SocketAddr,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Response<Answer> {
        let line = Line::new(from, &request);
        let (answer, answered) = oneshot::channel();
        let runtime = Handle::current();
        let on = Arc::clone(&connection);
        let mut previous = connection.previous.lock().await;
        if let Some(task) = previous.take() {
            // If it failed, it has failed alone.
            let _ = task.await;
        }
        // ureq waits, so it needs a thread that may.
        let task = tokio::task::spawn_blocking(move || {
            if let Passed::ClientStalled = self.forward(request, line, &runtime, answer) {
                on.stalled.notify_one();
            }
        });
        *previous = Some(task);
        drop(previous);
        answered
            .await
            .unwrap_or_else(|_| failure(StatusCode::INTERNAL_SERVER_ERROR, "the proxy failed"))
    }

    /// Where a request goes, if it is one that may go there.
    fn target(&self, parts: &Parts) -> Result<Uri, Refusal> {
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let names_a_path = match &parts.method {
            &Method::CONNECT => false,
            method => path != "*" || method == Method::OPTIONS,
        };
        let uri = self.origin.at(path).filter(|_| names_a_path);
        let uri = uri.ok_or((StatusCode::BAD_REQUEST, "a request to this proxy names a path"))?;
        if parts.version == Version::HTTP_11 && !fields::names_one_host(&parts.headers) {
            return Err((StatusCode::BAD_REQUEST, "a request has one Host field"));
        }
        if fields::transfer_coded(&parts.headers) {
            return Err((StatusCode::NOT_IMPLEMENTED, "the only transfer coding is chunked"));
        }
        Ok(uri)
    }

    fn forward(
        &self,
        request: Request<Incoming>,
        mut line: Line,
        runtime: &Handle,
        answer: oneshot::Sender<Response<Answer>>,
    ) -> Passed {
        let (parts, incoming) = request.into_parts();
        let method = parts.method.clone();
        let uri = match self.target(&parts) {
            Ok(uri) => uri,
            Err((status, why)) => return refuse(line, answer, status, why),
        };
        let body = match incoming.is_end_stream() {
            true => SendBody::none(),
            false => SendBody::from_owned_reader(Upload::new(incoming, runtime.clone(), self.patience)),
        };
        let mut forwarded = Request::new(body);
        *forwarded.method_mut() = parts.method;
        *forwarded.uri_mut() = uri;
        *forwarded.headers_mut() = parts.headers;
        fields::of_request(forwarded.headers_mut());
        let response = match self.client.agent.run(forwarded) {
            Ok(response) => response,
            Err(error) => return refuse(line, answer, status_of(&error), &error.to_string()),
        };
        line.info(CacheInfo::of(&response));
        if let Err((status, why)) = usable(&response) {
            return refuse(line, answer, status, why);
        }
        let (mut head, body) = response.into_parts();
        fields::of_response(&mut head.headers);
        let status = head.status;
        let bodiless = method == Method::HEAD || matches!(status.as_u16(), 204 | 304);
        let (pieces, download) = Download::new(runtime.clone(), self.patience);
        let shown = match bodiless {
            true => nothing(),
            false => download.boxed(),
        };
        let mut response = Response::new(shown);
        *response.status_mut() = status;
        *response.headers_mut() = head.headers;
        let gone = answer.send(response).is_err();
        let (passed, bytes) = match (bodiless, gone) {
            (false, _) => pass_on(body.into_reader(), &pieces),
            (true, false) => (Passed::Whole, 0),
            (true, true) => (Passed::ClientLeft, 0),
        };
        let trouble = match &passed {
            Passed::Whole => None,
            Passed::ClientLeft => Some("the client left".to_owned()),
            Passed::ClientStalled => Some("the client took no more".to_owned()),
            Passed::Broken(error) => Some(format!("broken off: {error}")),
        };
        line.write(status, bytes, trouble.as_deref());
        passed
    }
}

/// What a request that failed is answered with.
fn status_of(error: &ureq::Error) -> StatusCode {
    match (NotUploaded::of(error), error) {
        (Some(NotUploaded::Stalled), _) => StatusCode::REQUEST_TIMEOUT,
        (Some(NotUploaded::Broken(_)), _) => StatusCode::BAD_REQUEST,
        (None, ureq::Error::Timeout(_)) => StatusCode::GATEWAY_TIMEOUT,
        (None, _) => StatusCode::BAD_GATEWAY,
    }
}

/// Whether a response may go on.
fn usable(response: &Response<ureq::Body>) -> Result<(), Refusal> {
    // Nobody has asked for either: Upgrade and TE go no further.
    if response.status().is_informational() {
        return Err((StatusCode::BAD_GATEWAY, "the origin switches protocols"));
    }
    if fields::transfer_coded(response.headers()) {
        let why = "the origin uses a transfer coding that is not chunked";
        return Err((StatusCode::BAD_GATEWAY, why));
    }
    Ok(())
}

fn refuse(
    mut line: Line,
    answer: oneshot::Sender<Response<Answer>>,
    status: StatusCode,
    why: &str,
) -> Passed {
    line.error();
    // A client that has left needs no answer.
    let _ = answer.send(failure(status, why));
    line.write(status, 0, Some(why));
    Passed::Whole
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
