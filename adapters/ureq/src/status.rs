//! Error statuses as errors, wherever the response comes from.

use ureq::http::StatusCode;

/// Whether a status of 400 and above is an `Err` for this request, whatever the agent was
/// built with:
///
/// ```no_run
/// # let agent = larder_ureq::agent(larder_ureq::MemoryStore::new(1 << 20), |builder| builder);
/// let response = agent
///     .get("http://example.com/maybe")
///     .extension(larder_ureq::StatusAsError(false))
///     .call()?;
/// assert!(response.status() == 200 || response.status() == 404);
/// # Ok::<(), ureq::Error>(())
/// ```
///
/// It takes the place of ureq's own setting per request,
/// `.config().http_status_as_error(..)`, which the cache can neither read nor leave to ureq:
/// error responses are stored and served too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusAsError(pub bool);

/// Whether ureq takes it for an error.
pub(crate) fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}
