//! `account create` and `account list`: accounts of a running server, through its control socket
//! only.

use server::accounts::{AccountAsk, Partition};

use super::env::{Form, show};
use crate::cli::{CreateArgs, ListArgs, Output, PartitionName};
use crate::control::Control;
use crate::exit::{Exit, print_json, print_line, say};

pub(crate) async fn create(args: CreateArgs) -> Result<Exit, Exit> {
    let data_dir = args.data_dir.resolve()?;
    let partition = match args.partition {
        PartitionName::Aws => Partition::Aws,
        PartitionName::AwsCn => Partition::AwsCn,
        PartitionName::AwsUsGov => Partition::AwsUsGov,
    };
    let environment = Control::of(&data_dir)
        .create_account(&AccountAsk {
            id: args.id,
            partition,
        })
        .await?;
    let form = match args.output {
        Output::Text => Form::Shell,
        Output::Json => Form::Json,
    };
    show(&environment, &data_dir, form);
    say(&format!(
        "account {} was created in partition {}",
        environment.account,
        partition.as_str()
    ));
    Ok(Exit::OK)
}

pub(crate) async fn list(args: ListArgs) -> Result<Exit, Exit> {
    let list = Control::of(&args.data_dir.resolve()?).accounts().await?;
    match args.output {
        Output::Json => print_json(&serde_json::to_string(&list).unwrap_or_default()),
        Output::Text => {
            for account in list.accounts {
                let root = account.root_access_key_id.as_deref().unwrap_or("-");
                print_line(&format!(
                    "{}  {:<10}  {root}",
                    account.id, account.partition
                ));
            }
        }
    }
    Ok(Exit::OK)
}
