//! `keys rotate`: the key that seals sessions, or an account's root credentials, made anew on a
//! running server.

use super::env::{Form, show};
use crate::cli::{Output, RotateArgs};
use crate::control::Control;
use crate::exit::{Exit, print_json, print_line, say};

pub(crate) async fn rotate(args: RotateArgs) -> Result<Exit, Exit> {
    let data_dir = args.data_dir.resolve()?;
    let control = Control::of(&data_dir);
    if let Some(account) = &args.root {
        // The old ones are gone by now: shown is what a shell evaluates to go on with the new ones.
        let environment = control.rotate_root(account).await?;
        let form = if args.output == Output::Json {
            Form::Json
        } else {
            Form::Shell
        };
        show(&environment, &data_dir, form);
        say(&format!(
            "the previous root credentials of account {account} are no longer valid"
        ));
        return Ok(Exit::OK);
    }
    let rotated = control.rotate_sealing().await?;
    match args.output {
        Output::Json => print_json(&serde_json::to_string(&rotated).unwrap_or_default()),
        Output::Text => {
            print_line(&format!(
                "sealing key {} seals new sessions",
                rotated.current
            ));
            for (number, until) in &rotated.opening {
                print_line(&format!(
                    "sessions sealed by key {number} remain valid until {}",
                    authority::iso8601(*until)
                ));
            }
            rotated.dropped.iter().for_each(|number| {
                print_line(&format!(
                    "sealing key {number} was deleted, its sessions are no longer valid"
                ))
            });
        }
    }
    Ok(Exit::OK)
}
