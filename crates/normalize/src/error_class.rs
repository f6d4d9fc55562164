//! The class of a model call's error. Border: a status code or a text in, a word of the tables out.

use crate::dialect::Dialect;

/// Why a model call failed, from the most telling to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorClass {
    /// Too much was asked for in a time: HTTP 429, or the provider says so in the stream.
    RateLimited,
    /// The provider does not know who asks: HTTP 401, 403, 407.
    Auth,
    /// The request was wrong: another HTTP 4xx.
    ClientError,
    /// The provider failed: HTTP 5xx, or it says so in the stream.
    ServerError,
    /// Nothing came in time: HTTP 408, or a clock ran out.
    Timeout,
    /// The answer broke off, or never came.
    Stream,
    /// The provider was not reached.
    Network,
    /// Anything else.
    Other,
}

impl ErrorClass {
    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            ErrorClass::RateLimited => "rate_limited",
            ErrorClass::Auth => "auth",
            ErrorClass::ClientError => "client_error",
            ErrorClass::ServerError => "server_error",
            ErrorClass::Timeout => "timeout",
            ErrorClass::Stream => "stream",
            ErrorClass::Network => "network",
            ErrorClass::Other => "other",
        }
    }

    /// The class of a failed request or stream: by the status where that is an error (RFC 9110 §15), else by the words of the text.
    pub fn of(dialect: &Dialect, http_status: Option<i64>, text: &str) -> ErrorClass {
        match http_status {
            Some(429) => return ErrorClass::RateLimited,
            Some(401 | 403 | 407) => return ErrorClass::Auth,
            Some(408) => return ErrorClass::Timeout,
            Some(400..=499) => return ErrorClass::ClientError,
            Some(500..=599) => return ErrorClass::ServerError,
            _ => {}
        }
        let text = text.to_lowercase();
        let words = &dialect.errors;
        let classes = [
            (&words.rate_limited, ErrorClass::RateLimited),
            (&words.auth, ErrorClass::Auth),
            (&words.server_error, ErrorClass::ServerError),
            (&words.timeout, ErrorClass::Timeout),
            (&words.stream, ErrorClass::Stream),
            (&words.network, ErrorClass::Network),
        ];
        classes.into_iter().find(|(words, _)| words.iter().any(|w| text.contains(w.as_str()))).map_or(ErrorClass::Other, |(_, class)| class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_more_than_the_text() {
        let codex = Dialect::codex().unwrap();
        for (status, text, expected) in [
            (Some(429), "http 429", ErrorClass::RateLimited),
            (Some(401), "http 401", ErrorClass::Auth),
            (Some(422), "timed out", ErrorClass::ClientError),
            (Some(502), "http 502", ErrorClass::ServerError),
            (Some(200), "rate limit exceeded: Rate limit reached for gpt-5.5", ErrorClass::RateLimited),
            (Some(200), r#"{"type":"response.failed","response":{"error":{"code":"server_error"}}}"#, ErrorClass::ServerError),
            (Some(200), "stream disconnected before completion: Transport error: network error: error decoding response body", ErrorClass::Stream),
            (Some(200), "idle timeout waiting for SSE", ErrorClass::Timeout),
            (None, "error sending request: Connection refused", ErrorClass::Network),
            (None, "odd", ErrorClass::Other),
        ] {
            assert_eq!(ErrorClass::of(&codex, status, text), expected, "{status:?} {text}");
        }
    }
}
