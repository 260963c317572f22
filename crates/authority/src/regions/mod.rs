//! The regions that a server is: what signatures may be scoped to, and what `aws:RequestedRegion`
//! says.

mod name;
#[cfg(test)]
mod tests;
mod wrong;

use catalog::Service;
use wire::{Fault, S3Fault};

pub(crate) use name::UNNAMED;
use name::{control_plane, is_region, partition_of};
pub use wrong::WrongRegion;

/// The regions that a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Regions {
    /// Whichever a request is signed for: its region is then the caller's own word.
    Any,
    /// These, and no other.
    Only(Named),
}

/// One region at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    first: String,
    more: Vec<String>,
}

/// No list of regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadRegions {
    /// Nothing was named.
    None,
    /// This has not the form of a region.
    Form(String),
}

impl std::fmt::Display for BadRegions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("no region is named"),
            Self::Form(text) => write!(
                f,
                "`{text}` has not the form of a region, such as eu-west-1"
            ),
        }
    }
}

impl std::error::Error for BadRegions {}

impl Regions {
    /// These regions only, in this order: the first is named where one must be.
    ///
    /// # Errors
    /// [`BadRegions`] for an empty list, or a word that is no region's.
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, BadRegions> {
        let mut sound = Vec::new();
        for name in names {
            // Cut, since the text is shown and may be as long as a command line.
            if !is_region(name) {
                return Err(BadRegions::Form(name.chars().take(64).collect()));
            }
            if !sound.iter().any(|known| known == name) {
                sound.push(name.to_owned());
            }
        }
        let mut names = sound.into_iter();
        let first = names.next().ok_or(BadRegions::None)?;
        Ok(Self::Only(Named {
            first,
            more: names.collect(),
        }))
    }

    /// The region that a request is made to, by what its signature is scoped to.
    ///
    /// IAM is in one region of each partition, whatever was signed. AWS refuses any other
    /// signature; here one for a region of the server is taken too, since clients that are given an
    /// endpoint sign for the region that they are set to.
    ///
    /// # Errors
    /// [`WrongRegion`].
    pub fn asked(
        &self,
        service: Service,
        partition: &str,
        signed: &str,
    ) -> Result<String, WrongRegion> {
        let wrong = |expected: &str| WrongRegion {
            service,
            signed: signed.to_owned(),
            expected: expected.to_owned(),
        };
        match (service, self) {
            (Service::Iam, _) => {
                let only = control_plane(partition);
                if signed == only || self.has(signed) {
                    Ok(only.to_owned())
                } else {
                    Err(wrong(only))
                }
            }
            // Nothing better is known: `aws:RequestedRegion` is the caller's own word then.
            (Service::S3 | Service::Sts, Self::Any) => Ok(signed.to_owned()),
            (Service::S3 | Service::Sts, Self::Only(_)) if self.has(signed) => {
                Ok(signed.to_owned())
            }
            (Service::S3 | Service::Sts, Self::Only(_)) => Err(wrong(self.told(partition))),
        }
    }

    /// The same for a signature that holds in a set of regions (SigV4a): the first of the server's
    /// that it covers. `signed` is the set as it was written.
    ///
    /// # Errors
    /// [`WrongRegion`].
    pub fn asked_one_of(
        &self,
        service: Service,
        partition: &str,
        signed: &str,
        covers: impl Fn(&str) -> bool,
    ) -> Result<String, WrongRegion> {
        let only = control_plane(partition);
        if service == Service::Iam && covers(only) {
            return Ok(only.to_owned());
        }
        let named = match self {
            Self::Only(Named { first, more }) => std::iter::once(first)
                .chain(more)
                .find(|one| covers(one))
                .map(String::as_str),
            // Whichever it says, and a set of no one region is the one that the account is told of.
            Self::Any if covers(only) => Some(only),
            Self::Any => signed.split(',').map(str::trim).find(|one| is_region(one)),
        };
        match named {
            Some(region) => self.asked(service, partition, region),
            None => Err(WrongRegion {
                service,
                signed: signed.chars().take(64).collect(),
                expected: self.told(partition).to_owned(),
            }),
        }
    }

    /// The region of a request that names none, as the exchange is: known when the server is in one
    /// only.
    pub fn unsigned(&self) -> Option<&str> {
        match self {
            // In several regions an unsigned request is in none that is known: a guess would let a
            // Deny fall away.
            Self::Only(Named { first, more }) if more.is_empty() => Some(first),
            Self::Any | Self::Only(_) => None,
        }
    }

    /// The region that an account of the partition is told to use: one of its own where the server
    /// is in one.
    pub fn told(&self, partition: &str) -> &str {
        match self {
            Self::Any => control_plane(partition),
            Self::Only(Named { first, more }) => {
                let mut all = std::iter::once(first).chain(more).map(String::as_str);
                all.find(|region| partition_of(region) == partition)
                    .unwrap_or(first)
            }
        }
    }

    /// May a bucket be made where the request names, as it was signed for `signed`?
    ///
    /// # Errors
    /// S3's own fault. Only `us-east-1` makes buckets of other regions, and only it makes those of
    /// no named one.
    pub fn place(&self, signed: &str, named: Option<&str>) -> Result<(), Fault> {
        let region = match named {
            Some("EU") => "eu-west-1",
            Some(region) => region,
            None => UNNAMED,
        };
        // Where it was signed for is where it is made, whichever regions the server is: that was
        // checked with the signature.
        if region == signed {
            return Ok(());
        }
        if signed != UNNAMED {
            let asked = named.unwrap_or("unspecified");
            let text = format!(
                "The {asked} location constraint is incompatible for the region specific endpoint this request was sent to."
            );
            return Err(S3Fault::IllegalLocationConstraint.saying(text));
        }
        if self.has(region) {
            return Ok(());
        }
        Err(S3Fault::InvalidLocationConstraint.fault())
    }

    fn has(&self, region: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(Named { first, more }) => {
                first == region || more.iter().any(|one| one == region)
            }
        }
    }
}
