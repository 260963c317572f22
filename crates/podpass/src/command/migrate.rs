//! `migrate`: the objects that an earlier podpass stored, taken over into the store of this one.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use server::backend::embedded::{MigrateError, migrate};
use server::redb_store::{Store, StoreError};

use crate::cli::MigrateArgs;
use crate::exit::{Exit, print_line, say};

pub(crate) fn run(args: &MigrateArgs) -> Result<Exit, Exit> {
    let data_dir = args.data_dir.resolve()?;
    let state = data_dir.join("state.redb");
    if !state.is_file() {
        return Err(Exit::finding(format!(
            "`{}` is no data directory of podpass",
            data_dir.display()
        )));
    }
    // What is written belongs to whoever writes it, and a server opens its own alone.
    let (own, owner) = (rustix::process::geteuid().as_raw(), owner(&data_dir)?);
    if owner != own {
        return Err(Exit::finding(format!(
            "`{}` belongs to user {owner}, and this runs as user {own}",
            data_dir.display()
        )));
    }
    // The lock of a server: none runs, and none starts meanwhile.
    let _lock = Store::open(&state).map_err(|error| match error {
        StoreError::InUse(_) => Exit::finding(format!(
            "a server runs on `{}`: stop it first",
            data_dir.display()
        )),
        other => Exit::finding(other.to_string()),
    })?;
    match migrate(&data_dir.join("s3")) {
        Ok(None) => print_line("there is nothing to take over"),
        Ok(Some(done)) => {
            print_line(&format!(
                "took over {} objects of {} bytes",
                done.objects, done.bytes
            ));
            if done.uploads > 0 {
                print_line(&format!(
                    "{} uploads that were not complete were left",
                    done.uploads
                ));
            }
            match done.kept {
                Some(kept) => print_line(&format!(
                    "the old store is kept in `{}`; remove it when nothing is missed",
                    kept.display()
                )),
                None => print_line("the old store is kept where the run before this one put it"),
            }
        }
        Err(MigrateError::Refused(problems, more)) => {
            problems.iter().for_each(|problem| say(problem));
            if more > 0 {
                say(&format!("and {more} more"));
            }
            return Err(Exit::finding(
                "nothing was changed: these cannot be taken over; move them away and run this again",
            ));
        }
        Err(other) => return Err(Exit::finding(other.to_string())),
    }
    Ok(Exit::OK)
}

fn owner(data_dir: &Path) -> Result<u32, Exit> {
    std::fs::metadata(data_dir)
        .map(|found| found.uid())
        .map_err(|error| Exit::finding(format!("`{}`: {error}", data_dir.display())))
}
