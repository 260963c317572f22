//! The metrics endpoint: what the server counts of itself, for a scraper on the same machine. It
//! reads counters and can change nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use authority::incoming::is_loopback;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};

use crate::listen::Face;
use crate::telemetry::{Counters, FaceName, exposition};

/// Everything behind the metrics port.
pub(crate) struct Metrics {
    pub(crate) counters: Arc<Counters>,
}

impl Face for Metrics {
    const NAME: FaceName = FaceName::Metrics;

    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, _: SocketAddr) -> Response<Full<Bytes>> {
        answer(&request, || exposition(&self.counters))
    }
}

fn answer<B>(request: &Request<B>, text: impl FnOnce() -> String) -> Response<Full<Bytes>> {
    if !is_ours(request) {
        return refusal(StatusCode::BAD_REQUEST);
    }
    if request.uri().path() != "/metrics" {
        return refusal(StatusCode::NOT_FOUND);
    }
    if request.method() != Method::GET {
        return with(refusal(StatusCode::METHOD_NOT_ALLOWED), ALLOW, "GET");
    }
    let response = Response::new(Full::from(text()));
    with(
        response,
        CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )
}

/// As at the API: a page in somebody's browser could otherwise read this under a name of its own
/// that leads to loopback.
fn is_ours<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all("host").iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    host.is_some_and(is_loopback) && hosts.next().is_none() && request.uri().authority().is_none()
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn with(
    mut response: Response<Full<Bytes>>,
    name: HeaderName,
    value: &'static str,
) -> Response<Full<Bytes>> {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_answered_and_everything_else_refused() {
        for (sentence, method, target, hosts, status) in [
            (
                "what a scraper asks",
                "GET",
                "/metrics",
                &["127.0.0.1:9464"][..],
                200,
            ),
            ("by name", "GET", "/metrics", &["localhost:9464"], 200),
            (
                "with a query, which means nothing",
                "GET",
                "/metrics?name[]=up",
                &["[::1]:9464"],
                200,
            ),
            ("another path", "GET", "/", &["localhost"], 404),
            ("a path below", "GET", "/metrics/", &["localhost"], 404),
            ("another method", "POST", "/metrics", &["localhost"], 405),
            ("the head alone", "HEAD", "/metrics", &["localhost"], 405),
            (
                "a name that leads here",
                "GET",
                "/metrics",
                &["rebound.example"],
                400,
            ),
            ("no host", "GET", "/metrics", &[], 400),
            (
                "two hosts",
                "GET",
                "/metrics",
                &["localhost", "localhost"],
                400,
            ),
            (
                "absolute form",
                "GET",
                "http://localhost/metrics",
                &["localhost"],
                400,
            ),
        ] {
            let mut request = Request::builder().method(method).uri(target);
            for host in hosts {
                request = request.header("host", *host);
            }
            let response = answer(&request.body(()).unwrap(), || "text".to_owned());
            assert_eq!(response.status(), status, "{sentence}");
            assert_eq!(
                response.headers().contains_key(ALLOW),
                status == 405,
                "{sentence}"
            );
            let kind = response
                .headers()
                .get(CONTENT_TYPE)
                .map(|kind| kind.to_str().unwrap());
            assert_eq!(
                kind,
                (status == 200).then_some("text/plain; version=0.0.4; charset=utf-8"),
                "{sentence}"
            );
        }
    }
}
