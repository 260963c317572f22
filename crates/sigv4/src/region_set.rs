//! The regions that a Signature Version 4A is for.

/// Most regions in a set; AWS has fewer.
const MOST: usize = 64;

/// A region set, as `x-amz-region-set` names it: regions, `us-*`, or `*` for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionSet(Vec<String>);

impl RegionSet {
    /// Reads a set; `None` when one of its members has not the form of a region.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let members: Vec<String> = text
            .split(',')
            .map(|member| member.trim_matches(' ').to_owned())
            .collect();
        let sound = |member: &String| {
            let start = member.strip_suffix('*').unwrap_or(member);
            (1..=64).contains(&member.len())
                && start
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        (members.len() <= MOST && members.iter().all(sound)).then_some(Self(members))
    }

    /// Whether the signature is for this region too.
    pub fn covers(&self, region: &str) -> bool {
        self.0.iter().any(|member| match member.strip_suffix('*') {
            Some(start) => region.starts_with(start),
            None => region == member,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_covers_what_it_names() {
        for (set, region, covered) in [
            ("us-east-1", "us-east-1", true),
            ("us-east-1", "us-east-2", false),
            ("us-east-1", "us-east-11", false),
            ("*", "eu-west-1", true),
            ("us-*", "us-west-2", true),
            ("us-*", "eu-west-1", false),
            ("us-east-1, eu-west-1", "eu-west-1", true),
        ] {
            let read = RegionSet::read(set).unwrap();
            assert_eq!(read.covers(region), covered, "{set} {region}");
        }
        for set in ["", ",", "us-east-1,", "US-EAST-1", "*-1", "a b", "**"] {
            assert_eq!(RegionSet::read(set), None, "{set}");
        }
    }
}
