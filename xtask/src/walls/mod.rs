//! `cargo xtask walls`: which crate may import which, what a pure crate may not do, and which files
//! need each other. `imports` is the table and its arrows, `purity` what the pure crates pull in
//! from outside and the two rules no manifest can say, `circles` the arrows between the files of a
//! crate, `denials` what the shell may not make, `documented_paths` the page that says where things
//! are, `threats` the tests that stop known attacks.

mod circles;
mod denials;
mod documented_paths;
mod imports;
mod purity;
mod sources;
mod threats;

#[cfg(test)]
mod fake;

use std::process::ExitCode;

use cargo_metadata::{Metadata, MetadataCommand};

pub(crate) fn run() -> ExitCode {
    let metadata = MetadataCommand::new()
        .exec()
        .map_err(|error| error.to_string());
    match metadata.and_then(|metadata| breaches(&metadata)) {
        Ok(found) if found.is_empty() => {
            println!("the walls stand: {} crates", imports::all().count());
            ExitCode::SUCCESS
        }
        Ok(found) => {
            eprintln!("{}", found.join("\n"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Every breach of every wall, each a text that says which arrow is wrong and why the wall is
/// there.
pub(crate) fn breaches(metadata: &Metadata) -> Result<Vec<String>, String> {
    let root = metadata.workspace_root.as_std_path();
    let mut found = imports::rooms(metadata);
    found.extend(imports::arrows(metadata));
    found.extend(imports::linked(metadata));
    found.extend(purity::outside(metadata)?);
    found.extend(purity::sources(root)?);
    for room in imports::all() {
        found.extend(circles::circles(
            root,
            &format!("crates/{}/src", room.name),
        )?);
    }
    found.extend(circles::circles(root, "xtask/src")?);
    found.extend(denials::denials(root)?);
    found.extend(documented_paths::architecture(root)?);
    found.extend(threats::threats(root)?);
    Ok(found)
}
