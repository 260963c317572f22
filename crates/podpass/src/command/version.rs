//! `version`.

use crate::exit::{Exit, print};

pub(crate) fn run(json: bool) -> Exit {
    let version = env!("CARGO_PKG_VERSION");
    if json {
        print(&format!("{}\n", serde_json::json!({ "version": version })));
    } else {
        print(&format!("podpass {version}\n"));
    }
    Exit::OK
}
