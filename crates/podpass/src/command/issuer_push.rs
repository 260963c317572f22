//! `issuer push`: gives a provider its cluster's keys through the control socket, for the owner of
//! the server only.

use std::io::Read as _;
use std::path::Path;

use server::control::KeysAsk;

use crate::cli::PushArgs;
use crate::control::Control;
use crate::exit::{Exit, say};

/// More than this is refused by the server; reading a little more lets it say so.
const MOST_BYTES: u64 = 100_000;

pub(crate) async fn run(args: PushArgs) -> Result<Exit, Exit> {
    let jwks = args.jwks.as_deref().map(read).transpose()?;
    let ask = KeysAsk {
        provider: args.provider,
        jwks,
    };
    let answer = Control::of(&args.data_dir.resolve()?)
        .push_keys(&ask)
        .await?;
    say(&match answer.keys {
        Some(keys) => format!(
            "{} has {keys} pushed keys; nothing is fetched for it",
            ask.provider
        ),
        None => format!(
            "{} no longer has pushed keys; its issuer's are fetched",
            ask.provider
        ),
    });
    for rejected in answer.rejected {
        say(&format!("rejected: {rejected}"));
    }
    Ok(Exit::OK)
}

fn read(path: &Path) -> Result<String, Exit> {
    let mut text = String::new();
    // So that `kubectl get --raw /openid/v1/jwks` can be piped in.
    let done = if path.as_os_str() == "-" {
        std::io::stdin()
            .take(MOST_BYTES)
            .read_to_string(&mut text)
            .map(drop)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
            .map(drop)
    };
    done.map_err(|error| Exit::usage(format!("{}: {error}", path.display())))?;
    Ok(text)
}
