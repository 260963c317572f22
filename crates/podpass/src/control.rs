//! Asks a running server through its control socket.

use std::path::{Path, PathBuf};

use ::http::Request;
use authority::record::Record;
use bytes::Bytes;
use http_body_util::Full;
use policy::AccountId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use server::accounts::{AccountAsk, AccountList, Rotated};
use server::control::{
    Environment, KeysAnswer, KeysAsk, PodAnswer, PodAsk, SOCKET, TokenAnswer, TokenAsk,
};
use tokio::net::UnixStream;
use wire::RequestId;

use crate::exit::Exit;
use crate::http::{Answer, exchange};

/// The control endpoint of one data directory.
pub(crate) struct Control {
    data_dir: PathBuf,
}

impl Control {
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// Of the account that is named, or of the first one.
    pub(crate) async fn environment(
        &self,
        account: Option<&AccountId>,
    ) -> Result<Environment, Exit> {
        let endpoint = account.map_or_else(
            || "/environment".to_owned(),
            |account| format!("/environment/{account}"),
        );
        read(self.ask("GET", &endpoint, Vec::new()).await?)
    }

    pub(crate) async fn create_account(&self, ask: &AccountAsk) -> Result<Environment, Exit> {
        read(self.post("/accounts", ask).await?)
    }

    pub(crate) async fn accounts(&self) -> Result<AccountList, Exit> {
        read(self.ask("GET", "/accounts", Vec::new()).await?)
    }

    pub(crate) async fn rotate_sealing(&self) -> Result<Rotated, Exit> {
        read(self.ask("POST", "/keys/rotate", Vec::new()).await?)
    }

    pub(crate) async fn rotate_root(&self, account: &AccountId) -> Result<Environment, Exit> {
        read(
            self.ask("POST", &format!("/keys/rotate/{account}"), Vec::new())
                .await?,
        )
    }

    pub(crate) async fn token(&self, ask: &TokenAsk) -> Result<TokenAnswer, Exit> {
        read(self.post("/token", ask).await?)
    }

    pub(crate) async fn pod(&self, ask: &PodAsk) -> Result<PodAnswer, Exit> {
        read(self.post("/pod", ask).await?)
    }

    pub(crate) async fn push_keys(&self, ask: &KeysAsk) -> Result<KeysAnswer, Exit> {
        read(self.post("/provider-keys", ask).await?)
    }

    /// The decision over a request, or the latest denial.
    pub(crate) async fn decision(&self, request_id: Option<&str>) -> Result<Record, Exit> {
        // Checked here: a mistyped id is a mistake in the command, and not a decision that is
        // missing.
        if let Some(text) = request_id.filter(|text| RequestId::parse(text).is_none()) {
            return Err(Exit::usage(format!(
                "`{text}` is not a request id; it looks like 01234567-89ab-4cde-8f01-23456789abcd"
            )));
        }
        read(
            self.ask(
                "GET",
                &format!("/decisions/{}", request_id.unwrap_or("latest-denial")),
                Vec::new(),
            )
            .await?,
        )
    }

    async fn post(&self, path: &str, ask: &impl Serialize) -> Result<Answer, Exit> {
        let body = serde_json::to_vec(ask).map_err(|error| Exit::usage(error.to_string()))?;
        self.ask("POST", path, body).await
    }

    async fn ask(&self, method: &str, path: &str, body: Vec<u8>) -> Result<Answer, Exit> {
        let socket = self.data_dir.join(SOCKET);
        let away = |because: String| {
            Exit::unreachable(format!(
                "no server answers for `{}` ({because}); start one with `podpass up`, or name its `--data-dir`",
                self.data_dir.display()
            ))
        };
        let stream = UnixStream::connect(&socket)
            .await
            .map_err(|error| away(error.to_string()))?;
        let peer = stream
            .peer_cred()
            .map_err(|error| away(error.to_string()))?
            .uid();
        // Before the first byte is sent: that may already be a secret.
        known(&socket, peer, rustix::process::geteuid().as_raw())?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            // HTTP/1.1 asks for one, and a socket has no name.
            .header("host", "control")
            .body(Full::from(Bytes::from(body)));
        let request = request.map_err(|error| Exit::usage(error.to_string()))?;
        exchange(stream, request).await.map_err(away)
    }
}

/// Another user's server would learn what is asked, and its answers would be believed.
fn known(socket: &Path, peer: u32, own: u32) -> Result<(), Exit> {
    if peer == own {
        return Ok(());
    }
    let socket = socket.display();
    Err(Exit::finding(format!(
        "`{socket}` belongs to a server of user {peer}, and you are user {own}; nothing was sent"
    )))
}

fn read<T: DeserializeOwned>(answer: Answer) -> Result<T, Exit> {
    if answer.status == 200 {
        // Most likely the server is of another version: nothing was refused, so this is no finding.
        return serde_json::from_slice(&answer.body).map_err(|error| {
            Exit::unreachable(format!("the server answered something else: {error}"))
        });
    }
    let error: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Err(Exit::finding(
        error
            .get("error")
            .and_then(|text| text.as_str())
            .unwrap_or("the server refused")
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_of_another_user_is_not_asked() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join(SOCKET);
        let _listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let stream = UnixStream::connect(&socket).await.unwrap();
        let (peer, own) = (
            stream.peer_cred().unwrap().uid(),
            rustix::process::geteuid().as_raw(),
        );
        assert!(known(&socket, peer, own).is_ok());
        let refused = format!("{:?}", known(&socket, peer, own + 1).unwrap_err());
        assert!(
            refused.contains("code: 1")
                && refused.contains(&format!("belongs to a server of user {peer}")),
            "{refused}"
        );
    }
}
