//! A packed table: an index, and blocks that are unpacked one at a time.
//! `xtask/src/catalog/pack.rs` writes it:
//!
//! four bytes `PPT1`, the index's length in the file (u32, little endian), the index, the blocks.
//! Index and blocks are zlib streams, whose checksum is what tells a damaged one. In the index a
//! line `=LENGTH RAW` begins a block (its length in the file and unpacked), and the lines
//! `LENGTH<tab>NAME[<tab>MORE]...` below it name its entries in their order.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

const MAGIC: &[u8] = b"PPT1";
/// Sixteen times what the larger index has: no more is unpacked, whatever the bytes say.
const MAX_INDEX: usize = 1024 * 1024;
/// Blocks are 64 KiB, or one entry if that is larger; the largest, the texts that managed policies
/// share, has 350 kB.
const MAX_BLOCK: usize = 1024 * 1024;

/// A table whose index was read.
#[derive(Clone, Debug)]
pub(super) struct Pack<'a> {
    blocks: Vec<Block<'a>>,
    /// Sorted by name.
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Block<'a> {
    bytes: &'a [u8],
    raw: usize,
}

/// Where an entry is, and what the index says of it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) more: Vec<String>,
    /// The number of its block.
    pub(super) block: usize,
    start: usize,
    end: usize,
}

/// A block, unpacked.
#[derive(Debug)]
pub(super) struct Unpacked(String);

impl<'a> Pack<'a> {
    /// Nothing: what a table is whose index cannot be read.
    pub(super) const fn empty() -> Self {
        Self {
            blocks: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Reads the index. `None` if it is damaged, or does not account for every byte.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let (length, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
        let (index, mut rest) =
            rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let index =
            String::from_utf8(decompress_to_vec_zlib_with_limit(index, MAX_INDEX).ok()?).ok()?;
        let mut pack = Self::empty();
        let mut at = 0_usize;
        for line in index.lines() {
            if let Some(sizes) = line.strip_prefix('=') {
                let (length, raw) = sizes.split_once(' ')?;
                let (bytes, after) = rest.split_at_checked(length.parse().ok()?)?;
                pack.blocks.push(Block {
                    bytes,
                    raw: raw.parse().ok().filter(|raw| *raw <= MAX_BLOCK)?,
                });
                (rest, at) = (after, 0);
                continue;
            }
            let mut fields = line.split('\t');
            let end = at.checked_add(fields.next()?.parse().ok()?)?;
            let name = fields.next()?.to_owned();
            let more = fields.map(str::to_owned).collect();
            pack.entries.push(Entry {
                name,
                more,
                block: pack.blocks.len().checked_sub(1)?,
                start: at,
                end,
            });
            at = end;
        }
        // A name twice would be found by one search and not by another; a byte that no entry
        // accounts for is one that nobody checked.
        (rest.is_empty() && pack.entries.is_sorted_by(|a, b| a.name < b.name)).then_some(pack)
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Unpacks a block.
    pub(super) fn unpack(&self, block: usize) -> Option<Unpacked> {
        let block = self.blocks.get(block)?;
        let raw = decompress_to_vec_zlib_with_limit(block.bytes, block.raw).ok()?;
        // The index says where its entries end, so a block of another length is another block.
        String::from_utf8(raw)
            .ok()
            .filter(|text| text.len() == block.raw)
            .map(Unpacked)
    }

    /// The entry of this name, to the letter.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        let at = self
            .entries
            .binary_search_by(|entry| entry.name.as_str().cmp(name))
            .ok()?;
        self.entries.get(at)
    }
}

impl Unpacked {
    /// The text of an entry of this block.
    pub(super) fn text(&self, entry: &Entry) -> Option<&str> {
        self.0.get(entry.start..entry.end)
    }
}

/// A table of these entries, a block each.
#[cfg(test)]
pub(super) fn packed(entries: &[(&str, &[&str], &str)]) -> Vec<u8> {
    use miniz_oxide::deflate::compress_to_vec_zlib;
    let (mut index, mut blocks) = (String::new(), Vec::new());
    for (name, more, text) in entries {
        let block = compress_to_vec_zlib(text.as_bytes(), 6);
        let fields = [&[*name], *more].concat().join("\t");
        index.push_str(&format!(
            "={} {}\n{}\t{fields}\n",
            block.len(),
            text.len(),
            text.len()
        ));
        blocks.extend(block);
    }
    let index = compress_to_vec_zlib(index.as_bytes(), 6);
    let length = u32::try_from(index.len()).unwrap().to_le_bytes();
    [MAGIC, &length, &index, &blocks].concat()
}

/// The table cut short at every length, and with every byte damaged in three ways.
#[cfg(test)]
pub(super) fn damaged(table: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..table.len()).map(|length| table[..length].to_vec());
    let longer = std::iter::once([table, b"x"].concat());
    let spoilt = (0..table.len()).flat_map(move |at| {
        [0x01, 0x80, 0xff].map(|mask| {
            let mut table = table.to_vec();
            table[at] ^= mask;
            table
        })
    });
    cut.chain(longer).chain(spoilt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_lies_is_no_index() {
        let one = |index: &str| {
            let block = miniz_oxide::deflate::compress_to_vec_zlib(b"abc", 6);
            let index = miniz_oxide::deflate::compress_to_vec_zlib(
                index.replace('N', &block.len().to_string()).as_bytes(),
                6,
            );
            let length = u32::try_from(index.len()).unwrap().to_le_bytes();
            [MAGIC, &length, &index, &block].concat()
        };
        let read = |index: &str, name: &str| {
            let table = one(index);
            let pack = Pack::open(&table)?;
            let entry = pack.find(name)?;
            Some(pack.unpack(entry.block)?.text(entry)?.to_owned())
        };
        assert_eq!(read("=N 3\n1\ta\n2\tb\tmore\n", "b").as_deref(), Some("bc"));
        for (index, why) in [
            ("", "no block for the bytes"),
            ("1\tb\n=N 3\n", "an entry before the first block"),
            ("=N 3\n1\tb\n1\ta\n", "not sorted"),
            ("=N 3\n1\tb\n1\tb\n", "a name twice"),
            ("=N 2\n2\tb\n", "the block is longer"),
            ("=N 4\n2\tb\n", "the block is shorter"),
            ("=N 9999999999\n2\tb\n", "too large"),
            ("=99 3\n2\tb\n", "more than there is"),
            ("=1 3\n2\tb\n", "less than there is"),
            ("=N 3\n4\tb\n", "the entry reaches out of the block"),
            ("=N 3\n-1\tb\n", "no length"),
            (
                "=N 3\n1\ta\n18446744073709551615\tb\n",
                "an end beyond all numbers",
            ),
            ("=N 3\nb\n", "no name"),
            ("=N\n2\tb\n", "no size"),
        ] {
            assert_eq!(read(index, "b"), None, "{why}");
        }
    }
}
