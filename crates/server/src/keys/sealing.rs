//! Generations of the sealing key: one seals, those before it open what they sealed until no such
//! session can be alive.

use std::collections::BTreeMap;

use authority::keyring::{Keyring, OPENS_AFTER_SWITCH, SealingKey};
use authority::{Change, Entity, Key, Secret, World};
use serde::{Deserialize, Serialize};

use super::kept::{BadKeys, DEPLOYMENT, secret};
use super::key_file::KeyFile;
use super::root;
use crate::clock;

const SEALING: &str = "sealing/";
/// Seconds after which a key has sealed enough: a day, so that a key that leaked unnoticed is soon
/// worth nothing.
const OLD: i64 = 86_400;

/// What a rotation came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotated {
    /// The key that seals from now on.
    pub current: u32,
    /// Keys that still open, and until when: Unix seconds.
    pub opening: BTreeMap<u32, i64>,
    /// Keys that are gone; their sessions with them.
    pub dropped: Vec<u32>,
}

pub(super) fn new_key(key_file: &KeyFile, number: u32) -> Change {
    Change::put(Entity::Secret(
        key_file.seal(&format!("{SEALING}{number}"), &clock::bytes::<32>()),
    ))
}

/// Every sealing key of a snapshot by number.
fn kept(world: &World) -> Result<BTreeMap<u32, &Secret>, BadKeys> {
    let numbered = world.secrets(SEALING).map(|kept| {
        let number = kept
            .name
            .strip_prefix(SEALING)
            .and_then(|number| number.parse().ok());
        number
            .map(|number| (number, kept))
            .ok_or_else(|| BadKeys(format!("`{}` has no number", kept.name)))
    });
    numbered.collect()
}

/// The key that seals: the newest of those that are not retired.
fn current(keys: &BTreeMap<u32, &Secret>) -> Result<u32, BadKeys> {
    let sealing = keys
        .iter()
        .rev()
        .find(|(_, kept)| kept.retired.is_none())
        .map(|(number, _)| *number);
    sealing.ok_or_else(|| BadKeys("there is no sealing key".to_owned()))
}

/// The ring of a snapshot: its sealing keys, and the roots of its accounts.
pub(super) fn ring(world: &World, key_file: &KeyFile) -> Result<Keyring, BadKeys> {
    let keys = kept(world)?;
    let mut opened = BTreeMap::new();
    for (number, kept) in &keys {
        let material = secret(world, key_file, &kept.name)?;
        let material: &[u8; 32] = material
            .as_slice()
            .try_into()
            .map_err(|_| BadKeys(format!("`{}` has the wrong length", kept.name)))?;
        opened.insert(
            *number,
            SealingKey::new(material)
                .map_err(|_| BadKeys(format!("`{}` is not a key", kept.name)))?,
        );
    }
    let deployment: String = secret(world, key_file, DEPLOYMENT)?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut ring = Keyring::new(deployment, current(&keys)?, opened);
    for account in world.accounts() {
        if let Some(root) = root::of(world, key_file, &account.id)? {
            ring = ring.with_root(root.access_key_id, account.id.clone(), root.secret);
        }
    }
    Ok(ring)
}

/// A new key seals, the one before it is retired, and those that no live session can rest on are
/// dropped. One change of the store, so that there are never two keys that seal, or none.
pub(super) fn rotate(
    world: &World,
    key_file: &KeyFile,
    now: i64,
) -> Result<(Vec<Change>, Rotated), BadKeys> {
    let keys = kept(world)?;
    let (before, newest) = (
        current(&keys)?,
        keys.keys().next_back().copied().unwrap_or(0),
    );
    // Numbers rise for ever: one that was given twice would open what the first sealed.
    let next = newest
        .checked_add(1)
        .ok_or_else(|| BadKeys("there is no number left for a sealing key".to_owned()))?;
    let (mut changes, dropped) = overdue(world, now)?;
    let mut opening = BTreeMap::new();
    for (number, kept) in keys
        .into_iter()
        .filter(|(number, _)| !dropped.contains(number))
    {
        let retired = kept.retired.unwrap_or(now);
        opening.insert(number, retired + OPENS_AFTER_SWITCH);
        if number == before {
            changes.push(Change::put(Entity::Secret(Secret {
                retired: Some(retired),
                ..kept.clone()
            })));
        }
    }
    changes.push(new_key(key_file, next));
    Ok((
        changes,
        Rotated {
            current: next,
            opening,
            dropped,
        },
    ))
}

/// What is due by itself: a new key when the current one is old, else the keys whose every session
/// is over are taken away.
pub(super) fn due(
    world: &World,
    key_file: &KeyFile,
    now: i64,
) -> Result<(Vec<Change>, Option<Rotated>), BadKeys> {
    let keys = kept(world)?;
    let made = keys.get(&current(&keys)?).map_or(0, |kept| kept.created);
    // A key from the future was made by a clock that ran ahead: it would stay for as long as that.
    if now >= made.saturating_add(OLD) || now < made.saturating_sub(AHEAD) {
        return rotate(world, key_file, now).map(|(changes, rotated)| (changes, Some(rotated)));
    }
    overdue(world, now).map(|(changes, _)| (changes, None))
}

/// How far ahead of now a key may have been made, in seconds.
const AHEAD: i64 = 900;

/// Takes away the keys whose every session is over.
pub(super) fn overdue(world: &World, now: i64) -> Result<(Vec<Change>, Vec<u32>), BadKeys> {
    let keys = kept(world)?;
    let over = |kept: &Secret| {
        kept.retired
            .is_some_and(|retired| now >= retired.saturating_add(OPENS_AFTER_SWITCH))
    };
    let dropped: Vec<u32> = keys
        .iter()
        .filter(|(_, kept)| over(kept))
        .map(|(number, _)| *number)
        .collect();
    let changes = dropped
        .iter()
        .map(|number| {
            Change::Remove(Key::Secret {
                name: format!("{SEALING}{number}"),
            })
        })
        .collect();
    Ok((changes, dropped))
}

#[cfg(test)]
mod tests {
    use policy::AccountId;

    use super::*;
    use crate::keys::first_changes;

    const NOW: i64 = 1_795_521_600;

    #[test]
    fn a_key_opens_for_twelve_hours_and_a_quarter_after_the_switch() {
        let folder = tempfile::tempdir().unwrap();
        let key_file = KeyFile::open_file(&folder.path().join("key"), true).unwrap();
        let account = AccountId::parse("000000000000").unwrap();
        let world = World::default()
            .fold(1, &first_changes(&key_file, &account).unwrap())
            .unwrap();
        assert_eq!(ring(&world, &key_file).unwrap().current(), 1);

        let (changes, told) = rotate(&world, &key_file, NOW).unwrap();
        assert_eq!(
            told,
            Rotated {
                current: 2,
                opening: [(1, NOW + 44_100)].into(),
                dropped: vec![]
            }
        );
        let second = world.fold(2, &changes).unwrap();
        assert_eq!(ring(&second, &key_file).unwrap().current(), 2);
        assert_eq!(second.secret("sealing/1").unwrap().retired, Some(NOW));

        assert_eq!(overdue(&second, NOW + 44_099).unwrap(), (vec![], vec![]));
        assert_eq!(overdue(&second, NOW + 44_100).unwrap().1, vec![1]);
        let (changes, told) = rotate(&second, &key_file, NOW + 44_100).unwrap();
        assert_eq!(
            told,
            Rotated {
                current: 3,
                opening: [(2, NOW + 88_200)].into(),
                dropped: vec![1]
            }
        );
        let third = second.fold(3, &changes).unwrap();
        assert!(
            third.secret("sealing/1").is_none() && ring(&third, &key_file).unwrap().current() == 3
        );
    }

    #[test]
    fn a_key_that_sealed_for_a_day_is_followed_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let key_file = KeyFile::open_file(&folder.path().join("key"), true).unwrap();
        let account = AccountId::parse("000000000000").unwrap();
        let world = World::default()
            .fold(1, &first_changes(&key_file, &account).unwrap())
            .unwrap();
        let made = world.secret("sealing/1").unwrap().created;
        assert_eq!(
            due(&world, &key_file, made + 86_399).unwrap(),
            (vec![], None)
        );
        let (changes, rotated) = due(&world, &key_file, made + 86_400).unwrap();
        assert_eq!((changes.len(), rotated.unwrap().current), (2, 2));

        let (changes, _) = rotate(&world, &key_file, made).unwrap();
        let world = world.fold(2, &changes).unwrap();
        let (changes, rotated) = due(&world, &key_file, made + OPENS_AFTER_SWITCH).unwrap();
        assert_eq!(
            (changes, rotated),
            (
                vec![Change::Remove(Key::Secret {
                    name: "sealing/1".to_owned()
                })],
                None
            )
        );
    }

    #[test]
    fn a_key_kept_before_times_were_kept_still_loads() {
        let kept: Secret = serde_json::from_str(r#"{"name":"sealing/1","sealed":"AA=="}"#).unwrap();
        assert_eq!((kept.created, kept.retired), (0, None));
    }
}
