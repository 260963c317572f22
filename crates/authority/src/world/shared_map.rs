//! An ordered map by text whose copy shares nearly everything: a snapshot is copied at each write,
//! so a copy must not cost what the whole map holds.
//!
//! Entries lie in runs of at most [`LONGEST`]. A write copies the list of runs and one run; reads
//! find both by bisection and allocate nothing.

use std::sync::Arc;

/// Entries of a run. 10,000 entries then are about 120 runs of 85: a write copies some 200 pointers
/// instead of 10,000.
const LONGEST: usize = 128;

/// Entries by rising key.
type Run<T> = Vec<(Arc<str>, Arc<T>)>;

#[derive(Debug)]
pub(super) struct SharedMap<T> {
    /// None is empty; keys rise from run to run too.
    runs: Vec<Arc<Run<T>>>,
    length: usize,
}

impl<T> Clone for SharedMap<T> {
    fn clone(&self) -> Self {
        Self {
            runs: self.runs.clone(),
            length: self.length,
        }
    }
}

impl<T> Default for SharedMap<T> {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            length: 0,
        }
    }
}

impl<T> SharedMap<T> {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn get(&self, key: &str) -> Option<&T> {
        self.shared(key).map(Arc::as_ref)
    }

    /// The entry as snapshots share it: the very same until it is written.
    pub(super) fn shared(&self, key: &str) -> Option<&Arc<T>> {
        let run = self.runs.get(self.run_of(key))?;
        let place = run
            .binary_search_by(|(known, _)| known.as_ref().cmp(key))
            .ok()?;
        run.get(place).map(|(_, it)| it)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.runs
            .iter()
            .flat_map(|run| run.iter())
            .map(|(_, it)| it.as_ref())
    }

    pub(super) fn insert(&mut self, key: &str, it: T) {
        let it = Arc::new(it);
        let at = self.run_of(key);
        let Some(run) = self.runs.get_mut(at) else {
            self.runs.push(Arc::new(vec![(key.into(), it)]));
            self.length += 1;
            return;
        };
        let run = Arc::make_mut(run);
        match run.binary_search_by(|(known, _)| known.as_ref().cmp(key)) {
            Ok(place) => {
                if let Some((_, old)) = run.get_mut(place) {
                    *old = it;
                }
            }
            Err(place) => {
                run.insert(place, (key.into(), it));
                self.length += 1;
                // Halves, so that neither is full again at once.
                if run.len() > LONGEST {
                    let second = run.split_off(LONGEST / 2);
                    self.runs.insert(at + 1, Arc::new(second));
                }
            }
        }
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Arc<T>> {
        let at = self.run_of(key);
        let run = self.runs.get_mut(at)?;
        let place = run
            .binary_search_by(|(known, _)| known.as_ref().cmp(key))
            .ok()?;
        let run = Arc::make_mut(run);
        let (_, gone) = run.remove(place);
        // An empty run has no first key to bisect by.
        if run.is_empty() {
            self.runs.remove(at);
        }
        self.length -= 1;
        Some(gone)
    }

    /// Puts another value in the place of each that `change` gives one for; runs without any stay
    /// shared.
    pub(super) fn replace(&mut self, change: impl Fn(&T) -> Option<T>) {
        for run in &mut self.runs {
            for place in 0..run.len() {
                let Some(new) = run.get(place).and_then(|(_, old)| change(old)) else {
                    continue;
                };
                if let Some((_, old)) = Arc::make_mut(run).get_mut(place) {
                    *old = Arc::new(new);
                }
            }
        }
    }

    /// The run that has `key`, or would get it: the last whose first key is not greater, else the
    /// first.
    fn run_of(&self, key: &str) -> usize {
        let after = self
            .runs
            .partition_point(|run| run.first().is_some_and(|(first, _)| first.as_ref() <= key));
        after.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_shelf_is_a_sorted_map_and_copies_do_not_change() {
        let (mut shared, mut map) = (SharedMap::default(), BTreeMap::new());
        let mut seed = 7u64;
        for step in 0..20_000u64 {
            // Knuth's linear congruence: any spread of keys will do.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let key = format!("{}", (seed >> 40) % 1_500);
            // It grows at first and is emptied towards the end.
            if (seed >> 33) % 20_000 > step {
                shared.insert(&key, step);
                map.insert(key, step);
            } else {
                assert_eq!(shared.remove(&key).map(|it| *it), map.remove(&key));
            }
            if step % 500 == 0 {
                let before = shared.clone();
                shared.insert("new", 1);
                shared.replace(|it| (it % 2 == 0).then_some(it + 1));
                assert!(
                    before.values().eq(map.values())
                        && before.get("new").is_none()
                        && before.len() == map.len()
                );
                shared = before;
            }
        }
        assert!(shared.values().eq(map.values()) && shared.len() == map.len());
        assert!((0..1_500).all(|n| shared.get(&n.to_string()) == map.get(&n.to_string())));
        for key in map.keys() {
            assert!(shared.remove(key).is_some());
        }
        assert!(shared.len() == 0 && shared.runs.is_empty() && shared.get("1").is_none());
    }
}
