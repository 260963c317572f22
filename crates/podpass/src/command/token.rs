//! `token -n NS SA`: what TokenRequest would give.

use server::control::TokenAsk;

use crate::cli::TokenArgs;
use crate::control::Control;
use crate::exit::{Exit, print};

pub(crate) async fn run(args: TokenArgs) -> Result<Exit, Exit> {
    let ask = TokenAsk {
        namespace: args.namespace,
        service_account: args.service_account,
        audiences: args.audience,
        expiration_seconds: args.duration,
    };
    let answer = Control::of(&args.data_dir.resolve()?).token(&ask).await?;
    // A line break belongs to a terminal, not to a token: files and pipes get the token alone.
    let end = if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        "\n"
    } else {
        ""
    };
    print(&format!("{}{end}", answer.token.expose()));
    Ok(Exit::OK)
}
