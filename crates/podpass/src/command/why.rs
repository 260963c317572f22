//! `why [REQUEST_ID]`: the decision over one request, or over the latest denial, with its
//! explanation.

use crate::cli::{Output, WhyArgs};
use crate::control::Control;
use crate::exit::{Exit, print, print_json, print_line};

pub(crate) async fn run(args: WhyArgs) -> Result<Exit, Exit> {
    let record = Control::of(&args.data_dir.resolve()?)
        .decision(args.request_id.as_deref())
        .await?;
    match args.output {
        Output::Json => {
            print_json(&doctor::json(&record).map_err(|error| Exit::finding(error.to_string()))?);
        }
        Output::Text => {
            print_line(&format!(
                "request {} at {}",
                record.request_id,
                authority::iso8601(record.at)
            ));
            // Its lines were made visible one by one; as a whole they would lose their line breaks.
            print(&doctor::explain(&record).text());
        }
    }
    Ok(Exit::OK)
}
