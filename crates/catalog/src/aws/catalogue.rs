//! The catalogue of services: who asks of one service unpacks its block only.

use std::sync::OnceLock;

use crate::aws::key::{self, ConditionKey};
use crate::aws::pack::Pack;
use crate::aws::read;
use crate::aws::service::{Action, Service};

static TABLE: &[u8] = include_bytes!("../../data/services.bin");
/// The entry with the keys that do not belong to one service; a line for each, an empty line
/// between global and strange.
const KEYS: &str = "*";

/// The services of AWS. It remembers what it unpacked, so keep it for the length of a command.
#[derive(Debug)]
pub struct Catalogue {
    pack: Pack<'static>,
    /// The services of each block, once somebody asked.
    blocks: Vec<OnceLock<Vec<Service>>>,
    global: Vec<ConditionKey>,
    /// Keys that some service knows under another's prefix, such as
    /// `token.actions.githubusercontent.com:ref` of STS.
    strange: Vec<ConditionKey>,
}

impl Catalogue {
    /// Reads the embedded table's index.
    pub fn load() -> Self {
        Self::read(TABLE)
    }

    /// What can be read of a table; of a damaged one that is less, or nothing.
    pub(super) fn read(table: &'static [u8]) -> Self {
        // A damaged table knows less and is never a panic: what is not known is not decided by it.
        let pack = Pack::open(table).unwrap_or(Pack::empty());
        let keys = pack
            .find(KEYS)
            .and_then(|entry| Some((pack.unpack(entry.block)?, entry)));
        let text = keys
            .as_ref()
            .and_then(|(block, entry)| block.text(entry))
            .unwrap_or("");
        let (global, strange) = text.split_once("\n\n").unwrap_or((text, ""));
        let [global, strange] =
            [global, strange].map(|keys| keys.lines().filter_map(read::key).collect());
        let blocks = std::iter::repeat_with(OnceLock::new)
            .take(pack.blocks())
            .collect();
        Self {
            pack,
            blocks,
            global,
            strange,
        }
    }

    /// A service by the prefix of its actions; case does not count.
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let prefix = prefix.to_ascii_lowercase();
        let block = self.pack.find(&prefix)?.block;
        self.block(block)
            .iter()
            .find(|service| service.prefix == prefix)
    }

    /// All services, by prefix. This unpacks the whole table.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        (0..self.blocks.len()).flat_map(|block| self.block(block))
    }

    /// The prefixes of all services, in their order. This unpacks nothing.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.pack
            .entries
            .iter()
            .map(|entry| entry.name.as_str())
            .filter(|name| *name != KEYS)
    }

    /// An action as policies write it, such as `s3:GetObject`; case does not count, wildcards are
    /// not read.
    pub fn action(&self, action: &str) -> Option<(&Service, &Action)> {
        let (prefix, name) = action.split_once(':')?;
        let service = self.service(prefix)?;
        Some((service, service.action(name)?))
    }

    /// The actions that a pattern such as `s3:Get*` reaches, by service and name; case does not
    /// count. As in policies, `*` is every action, another pattern without a colon is none, and a
    /// wildcard before the colon is one (which only a Deny gets).
    pub fn actions_like<'a>(&'a self, pattern: &str) -> Vec<(&'a Service, &'a Action)> {
        let Some((prefix, name)) = pattern
            .split_once(':')
            .or((pattern == "*").then_some(("*", "*")))
        else {
            return Vec::new();
        };
        let of = |service: &'a Service| service.actions.iter().map(move |action| (service, action));
        if prefix.contains(['*', '?']) {
            // Held against the whole, since a `*` in the prefix may reach over the colon.
            let whole = |(service, action): &(&Service, &Action)| {
                pattern == "*"
                    || policy::like(pattern, &format!("{}:{}", service.prefix, action.name))
            };
            return self.services().flat_map(of).filter(whole).collect();
        }
        let actions = self.service(prefix).into_iter().flat_map(of);
        actions
            .filter(|(_, action)| policy::like(name, &action.name))
            .collect()
    }

    /// A condition key as a policy writes it: a service's, a global one, or one filled in, such as
    /// `aws:RequestTag/team`; case does not count. Of OIDC providers the table knows what AWS says
    /// beyond the common claims, for those it names: neither `ISSUER:sub` nor a provider of one's
    /// own is found here.
    pub fn key(&self, name: &str) -> Option<&ConditionKey> {
        let own = name
            .split_once(':')
            .and_then(|(prefix, _)| self.service(prefix));
        let own = own.map_or(&[][..], |service| &service.keys);
        key::find(own.iter().chain(&self.global).chain(&self.strange), name)
    }

    /// The global condition keys.
    pub fn global_keys(&self) -> &[ConditionKey] {
        &self.global
    }

    fn block(&self, number: usize) -> &[Service] {
        let Some(block) = self.blocks.get(number) else {
            return &[];
        };
        // One call asks of one or two services; unpacking them all would cost more than all the
        // rest of a command.
        block.get_or_init(|| {
            let Some(unpacked) = self.pack.unpack(number) else {
                return Vec::new();
            };
            let entries = self
                .pack
                .entries
                .iter()
                .filter(|entry| entry.block == number && entry.name != KEYS);
            entries
                .filter_map(|entry| read::service(unpacked.text(entry)?))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::pack::{damaged, packed};

    const A: &str = "a\tService A\t1\nk\ta:Key/${T}\ts\nk\taws:TagKeys\tS\nr\tthing\tarn:${Partition}:a:::${Thing}\t1\n\
        a\tDo\tP\t0,1\tb:Pass\t0!;1;b:Pass\na\tSee\tR\t\t\t0;;\na\tSeeAll\tL\t\t\n";
    const B: &str = "b\tService B\t0\na\tPass\tT\t\t\n";

    fn catalogue(table: Vec<u8>) -> Catalogue {
        Catalogue::read(Box::leak(table.into_boxed_slice()))
    }

    #[test]
    fn a_damaged_table_has_less_and_never_anything_else() {
        let table = packed(&[
            (
                "*",
                &[],
                "aws:TagKeys\tS\naws:SourceIp\ti\n\nx.example:aud\ts\n",
            ),
            ("a", &[], A),
            ("b", &[], B),
        ]);
        let whole = catalogue(table.clone());
        assert_eq!(whole.services().count(), 2);
        assert_eq!(names(&whole, "*"), ["a:Do", "a:See", "a:SeeAll", "b:Pass"]);
        assert_eq!(
            whole.key("X.example:aud").map(|key| key.name.as_str()),
            Some("x.example:aud")
        );
        assert_eq!(
            whole.key("a:key/1"),
            whole.service("a").and_then(|service| service.keys.first())
        );
        for table in damaged(&table) {
            let less = catalogue(table);
            assert!(
                less.services()
                    .all(|service| whole.service(&service.prefix) == Some(service))
            );
            assert!(
                names(&less, "*")
                    .iter()
                    .all(|name| whole.action(name).is_some())
            );
            for key in ["aws:TagKeys", "aws:SourceIp", "a:Key/1", "x.example:aud"] {
                assert!(
                    less.key(key)
                        .is_none_or(|found| Some(found) == whole.key(key))
                );
            }
        }
    }

    #[test]
    fn a_service_is_understood_to_its_end_or_not_there() {
        assert!(read::service(A).is_some());
        for (text, why) in [
            ("", "nothing"),
            ("a\tA\n", "no flag"),
            ("a\tA\t0\nx\ty\n", "a line of no kind"),
            ("a\tA\t0\nk\ta:b\tq\n", "a key of no type"),
            ("a\tA\t0\na\tDo\tX\t\t\n", "no such level"),
            ("a\tA\t0\na\tDo\tR\t0\t\n", "no such key"),
            ("a\tA\t0\na\tDo\tR\t\t\t0;;\n", "no such resource type"),
            ("a\tA\t0\na\tDo\tR\n", "too few fields"),
        ] {
            assert_eq!(read::service(text), None, "{why}");
        }
        // Cut anywhere: whatever it is then, it is no panic.
        for length in 0..A.len() {
            drop(A.get(..length).and_then(read::service));
        }
    }

    fn names(catalogue: &Catalogue, pattern: &str) -> Vec<String> {
        let found = catalogue.actions_like(pattern);
        found
            .iter()
            .map(|(service, action)| format!("{}:{}", service.prefix, action.name))
            .collect()
    }
}
