//! Where a server's state is when nobody says.

use std::path::PathBuf;

use crate::cli::DataDir;
use crate::exit::Exit;

impl DataDir {
    /// The directory as meant.
    pub(crate) fn resolve(&self) -> Result<PathBuf, Exit> {
        if let Some(given) = &self.data_dir {
            return Ok(given.clone());
        }
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        let base = absolute("XDG_STATE_HOME").or_else(home);
        base.map(|base| base.join("podpass"))
            .ok_or_else(|| Exit::usage("neither HOME nor XDG_STATE_HOME is set; give `--data-dir DIR`"))
    }
}
