//! An answer as it came over a socket.

use std::io::Read;

use crate::draft::Credentials;

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    /// Its status; 0 where nothing came that has one.
    pub status: u16,
    /// All of it, head and body.
    pub text: String,
}

impl Answer {
    /// Reads until the server closes, or goes away: an answer whose status came counts as given.
    pub fn read(mut stream: impl Read) -> Self {
        let mut bytes = Vec::new();
        // What was read before an error stays in `bytes`.
        drop(stream.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        Self { status, text }
    }

    /// What follows the head.
    pub fn body(&self) -> &str {
        self.text
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body)
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.body()).unwrap()
    }

    /// The credentials that an exchange answered with.
    ///
    /// # Panics
    /// When it was refused.
    pub fn credentials(&self) -> Credentials {
        assert_eq!(self.status, 200, "{}", self.text);
        Credentials {
            id: self.element("AccessKeyId").to_owned(),
            secret: self.element("SecretAccessKey").to_owned(),
            token: Some(self.element("SessionToken").to_owned()),
        }
    }

    /// What the first XML element of this name contains; nothing where there is none.
    pub fn element(&self, name: &str) -> &str {
        let open = format!("<{name}>");
        self.text
            .split_once(&open)
            .and_then(|(_, rest)| rest.split_once("</"))
            .map_or("", |(inside, _)| inside)
    }

    /// AWS's error code.
    pub fn code(&self) -> &str {
        self.element("Code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_in_its_parts() {
        let whole = Answer::read(
            &b"HTTP/1.1 403 Forbidden\r\nx: y\r\n\r\n<Error><Code>AccessDenied</Code></Error>"[..],
        );
        assert_eq!(
            (whole.status, whole.code(), whole.element("Message")),
            (403, "AccessDenied", "")
        );
        assert_eq!(whole.body(), "<Error><Code>AccessDenied</Code></Error>");
        let cut = Answer::read(&b"HTTP/1.1 200 OK\r\ncontent-le"[..]);
        assert_eq!((cut.status, cut.body()), (200, ""));
        assert_eq!(Answer::read(&b""[..]).status, 0);
    }
}
