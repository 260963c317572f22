//! To come.
use crate::exit::Exit;
pub(crate) async fn run() -> Result<Exit, Exit> {
    Ok(Exit::OK)
}
