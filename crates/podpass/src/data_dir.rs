//! Where a server's state is when nobody says.

use std::path::PathBuf;

use crate::cli::DataDir;
use crate::exit::Exit;

impl DataDir {
    /// The directory as meant.
    pub(crate) fn resolve(&self) -> Result<PathBuf, Exit> {
        // A variable that is set to nothing says nothing; an empty argument is refused before.
        let named = || {
            std::env::var_os("PODPASS_DATA_DIR")
                .filter(|text| !text.is_empty())
                .map(PathBuf::from)
        };
        if let Some(given) = self.data_dir.clone().or_else(named) {
            return Ok(given);
        }
        // A relative path would mean another directory in every shell.
        let absolute = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        let base = absolute("XDG_STATE_HOME").or_else(home);
        base.map(|base| base.join("podpass")).ok_or_else(|| {
            Exit::usage("neither HOME nor XDG_STATE_HOME is set; give `--data-dir DIR`")
        })
    }
}
