//! AWS's identifiers: `ASIA...`, `AKIA...`, `AROA...`, `ANPA...`, `AIPA...`, with the account
//! encoded as AWS encodes it, so that GetAccessKeyInfo and client tools can read it back.

use policy::AccountId;

const BASE32: [char; 32] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S',
    'T', 'U', 'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7',
];

/// What an identifier names; its first four letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Temporary access key.
    TemporaryKey,
    /// Long-term access key; here only an account's root key.
    LongTermKey,
    /// Role.
    Role,
    /// Managed policy.
    Policy,
    /// Instance profile.
    InstanceProfile,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::TemporaryKey => "ASIA",
            Self::LongTermKey => "AKIA",
            Self::Role => "AROA",
            Self::Policy => "ANPA",
            Self::InstanceProfile => "AIPA",
        }
    }

    /// Letters after the prefix: access key ids have 20 in all, the others 21.
    fn letters(self) -> usize {
        match self {
            Self::TemporaryKey | Self::LongTermKey => 16,
            Self::Role | Self::Policy | Self::InstanceProfile => 17,
        }
    }
}

/// A new identifier in `account`. Eight letters and one bit hold the account, the rest is entropy.
pub fn unique_id(kind: Kind, account: &AccountId, entropy: [u8; 32]) -> String {
    let number: u64 = account.as_str().parse().unwrap_or(0);
    // AWS sets the top bit: the first letter is then never below `Q`, by which tools know the form.
    let head = 1 << 39 | number >> 1;
    let mut id = kind.prefix().to_owned();
    id.extend(
        (0..8)
            .rev()
            .filter_map(|place| BASE32.get((head >> (5 * place) & 31) as usize)),
    );
    // The account has 40 bits and a letter carries five: the last bit shares a letter with entropy.
    let low_bit = ((number & 1) as u8) << 4;
    for (place, byte) in entropy.iter().take(kind.letters() - 8).enumerate() {
        let letter = if place == 0 {
            low_bit | byte & 15
        } else {
            byte & 31
        };
        id.extend(BASE32.get(usize::from(letter)));
    }
    id
}

/// The account that an identifier names, when it has AWS's form.
pub fn account_of(id: &str) -> Option<AccountId> {
    // All of it, not the first nine letters: a text that is no identifier must not name an account.
    if !id.chars().skip(4).all(|letter| BASE32.contains(&letter)) {
        return None;
    }
    let mut values = id
        .chars()
        .skip(4)
        .map(|letter| BASE32.iter().position(|known| *known == letter));
    let mut head = 0u64;
    for _ in 0..8 {
        head = head << 5 | values.next()?? as u64;
    }
    let low_bit = u64::from(values.next()?? >= 16);
    // An id with a first letter below `Q` has no account inside, and gives none.
    let number = head.checked_sub(1 << 39)? << 1 | low_bit;
    AccountId::parse(&format!("{number:012}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_can_be_read_back() {
        for account in [
            "000000000000",
            "000000000001",
            "123456789012",
            "999999999999",
        ] {
            let account = AccountId::parse(account).unwrap();
            for (kind, length) in [
                (Kind::TemporaryKey, 20),
                (Kind::LongTermKey, 20),
                (Kind::Role, 21),
                (Kind::Policy, 21),
                (Kind::InstanceProfile, 21),
            ] {
                let id = unique_id(kind, &account, [0xa5; 32]);
                assert_eq!(
                    (id.len(), account_of(&id)),
                    (length, Some(account.clone())),
                    "{id}"
                );
            }
        }
        assert_eq!(account_of("ASIA"), None);
        assert_eq!(account_of("ASIAaaaaaaaaaaaaaaaa"), None);
    }

    #[test]
    fn a_published_id_decodes_to_its_account() {
        // A key id and its account, as published in write-ups of the encoding.
        assert_eq!(
            account_of("ASIAQNZGKIQY56JQ7WML").map(|account| account.to_string()),
            Some("029608264753".to_owned())
        );
    }
}
