//! Writes a packed table; `crates/catalog/src/aws/pack.rs` reads it and describes the format.

use miniz_oxide::deflate::compress_to_vec_zlib;

/// Larger ones pack better, smaller ones unpack faster.
const BLOCK: usize = 64 * 1024;
/// The most that miniz_oxide does.
const EFFORT: u8 = 10;

pub(super) struct Entry {
    pub(super) name: String,
    /// What the index says of it beside its name.
    pub(super) more: Vec<String>,
    pub(super) text: String,
}

/// Packs entries, sorted here. One whose name is `*` gets a block of its own.
pub(super) fn pack(mut entries: Vec<Entry>) -> Result<Vec<u8>, String> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut index, mut blocks) = (String::new(), Vec::new());
    let (mut lines, mut raw) = (String::new(), String::new());
    let mut alone = false;
    for entry in entries {
        if !raw.is_empty() && (alone || raw.len() + entry.text.len() > BLOCK) {
            close(&mut index, &mut blocks, &mut lines, &mut raw);
        }
        alone = entry.name == "*";
        let fields: Vec<&str> = std::iter::once(&entry.name)
            .chain(&entry.more)
            .map(String::as_str)
            .collect();
        if fields.iter().any(|field| field.contains(['\t', '\n'])) {
            return Err(format!(
                "`{}` has a tab or a new line in the index",
                entry.name
            ));
        }
        lines.push_str(&format!("{}\t{}\n", entry.text.len(), fields.join("\t")));
        raw.push_str(&entry.text);
    }
    close(&mut index, &mut blocks, &mut lines, &mut raw);
    let index = compress_to_vec_zlib(index.as_bytes(), EFFORT);
    let length = u32::try_from(index.len()).map_err(|_| "the index is too long".to_owned())?;
    Ok([b"PPT1", &length.to_le_bytes()[..], &index, &blocks].concat())
}

fn close(index: &mut String, blocks: &mut Vec<u8>, lines: &mut String, raw: &mut String) {
    let block = compress_to_vec_zlib(raw.as_bytes(), EFFORT);
    index.push_str(&format!("={} {}\n{lines}", block.len(), raw.len()));
    blocks.extend(block);
    lines.clear();
    raw.clear();
}
