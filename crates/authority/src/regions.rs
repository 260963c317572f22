//! The regions that a server is: what signatures may be scoped to, and what `aws:RequestedRegion`
//! says.

use catalog::Service;
use wire::{Fault, S3Fault};

/// The region without a location constraint (S3 API reference, CreateBucket).
const UNNAMED: &str = "us-east-1";

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

/// A request that was signed for another region than the service of this server is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRegion {
    /// Whose signature it is for.
    pub service: Service,
    /// What was signed.
    pub signed: String,
    /// What would have been right.
    pub expected: String,
}

impl Regions {
    /// These regions only, in this order: the first is named where one must be.
    ///
    /// # Errors
    /// [`BadRegions`] for an empty list, or a word that is no region's.
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, BadRegions> {
        let mut sound = Vec::new();
        for name in names {
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
                let home = home(partition);
                if signed == home || self.has(signed) {
                    Ok(home.to_owned())
                } else {
                    Err(wrong(home))
                }
            }
            (Service::S3 | Service::Sts, Self::Any) => Ok(signed.to_owned()),
            (Service::S3 | Service::Sts, Self::Only(_)) if self.has(signed) => {
                Ok(signed.to_owned())
            }
            (Service::S3 | Service::Sts, Self::Only(_)) => Err(wrong(self.told(partition))),
        }
    }

    /// The region of a request that names none, as the exchange is: known when the server is in one
    /// only.
    pub fn unsigned(&self) -> Option<&str> {
        match self {
            Self::Only(Named { first, more }) if more.is_empty() => Some(first),
            Self::Any | Self::Only(_) => None,
        }
    }

    /// The region that an account of the partition is told to use: one of its own where the server
    /// is in one.
    pub fn told(&self, partition: &str) -> &str {
        match self {
            Self::Any => home(partition),
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
        if region == signed {
            return Ok(());
        }
        if signed != UNNAMED {
            let said = named.unwrap_or("unspecified");
            let text = format!(
                "The {said} location constraint is incompatible for the region specific endpoint this request was sent to."
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

impl WrongRegion {
    /// In words, for the record.
    pub fn because(&self) -> String {
        let Self {
            service,
            signed,
            expected,
        } = self;
        format!(
            "the request to {} is signed for the region `{signed}`, expected `{expected}`",
            service.name()
        )
    }

    /// What the service says; S3 names the right region in a place of its own, for clients that
    /// sign anew.
    pub fn fault(&self) -> Fault {
        let Self {
            service,
            signed,
            expected,
        } = self;
        match service {
            Service::S3 => {
                let text = format!(
                    "The authorization header is malformed; the region '{signed}' is wrong; expecting '{expected}'"
                );
                S3Fault::AuthorizationHeaderMalformed
                    .saying(text)
                    .expecting_region(expected)
            }
            Service::Iam | Service::Sts => Fault::new(
                "SignatureDoesNotMatch",
                403,
                "Credential should be scoped to a valid region.",
            ),
        }
    }
}

/// Where IAM's one control plane of a partition is (IAM user guide, "Resilience in AWS Identity and
/// Access Management").
fn home(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => UNNAMED,
    }
}

/// SDKs read the partition from the region's name.
fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Words of small letters and a number at the end, three at least: `eu-west-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            text.len() <= 32
                && words.len() >= 2
                && words.iter().all(letters)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(names: &str) -> Regions {
        Regions::only(names.split(',')).unwrap()
    }

    #[test]
    fn lists_are_read_strictly() {
        assert_eq!(only("eu-west-1,eu-west-1"), only("eu-west-1"));
        assert_ne!(only("eu-west-1,eu-west-2"), only("eu-west-2,eu-west-1"));
        for sound in ["us-gov-west-1", "ap-southeast-5", "us-iso-east-1"] {
            assert!(Regions::only([sound]).is_ok(), "{sound}");
        }
        for odd in [
            "",
            "eu",
            "eu-west",
            "EU-west-1",
            "eu-west-1 ",
            "eu--1",
            "eu-west-x",
            "eu_west_1",
            "1-2-3",
            &"a-".repeat(40),
        ] {
            assert!(
                matches!(Regions::only([odd]), Err(BadRegions::Form(_))),
                "{odd}"
            );
        }
        assert_eq!(Regions::only([]), Err(BadRegions::None));
    }

    #[test]
    fn what_is_asked_is_never_only_the_callers_word() {
        let (any, one, two) = (
            Regions::Any,
            only("eu-west-1"),
            only("cn-north-1,eu-west-1"),
        );
        for (sentence, regions, service, partition, signed, expected) in [
            (
                "any region is as it was signed",
                &any,
                Service::S3,
                "aws",
                "x-y-1",
                Ok("x-y-1"),
            ),
            (
                "but not IAM's",
                &any,
                Service::Iam,
                "aws",
                "x-y-1",
                Ok("us-east-1"),
            ),
            (
                "in China",
                &any,
                Service::Iam,
                "aws-cn",
                "us-east-1",
                Ok("cn-north-1"),
            ),
            (
                "in GovCloud",
                &any,
                Service::Iam,
                "aws-us-gov",
                "us-east-1",
                Ok("us-gov-west-1"),
            ),
            (
                "the server's",
                &one,
                Service::S3,
                "aws",
                "eu-west-1",
                Ok("eu-west-1"),
            ),
            (
                "the server's",
                &one,
                Service::Sts,
                "aws",
                "eu-west-1",
                Ok("eu-west-1"),
            ),
            (
                "another",
                &one,
                Service::S3,
                "aws",
                "us-east-1",
                Err("eu-west-1"),
            ),
            (
                "another",
                &one,
                Service::Sts,
                "aws",
                "eu-west-2",
                Err("eu-west-1"),
            ),
            (
                "IAM's own",
                &one,
                Service::Iam,
                "aws",
                "us-east-1",
                Ok("us-east-1"),
            ),
            (
                "IAM by a client that signs for the server",
                &one,
                Service::Iam,
                "aws",
                "eu-west-1",
                Ok("us-east-1"),
            ),
            (
                "IAM of another partition",
                &one,
                Service::Iam,
                "aws-cn",
                "us-east-1",
                Err("cn-north-1"),
            ),
            (
                "IAM for nothing of ours",
                &one,
                Service::Iam,
                "aws",
                "ap-east-1",
                Err("us-east-1"),
            ),
            (
                "the second",
                &two,
                Service::S3,
                "aws",
                "eu-west-1",
                Ok("eu-west-1"),
            ),
            (
                "told is one of the partition",
                &two,
                Service::S3,
                "aws",
                "us-east-1",
                Err("eu-west-1"),
            ),
            (
                "told is one of the partition",
                &two,
                Service::S3,
                "aws-cn",
                "us-east-1",
                Err("cn-north-1"),
            ),
            (
                "if there is one",
                &one,
                Service::Sts,
                "aws-cn",
                "cn-north-1",
                Err("eu-west-1"),
            ),
        ] {
            let asked = regions.asked(service, partition, signed);
            let asked = asked.as_deref().map_err(|wrong| wrong.expected.as_str());
            assert_eq!(
                asked, expected,
                "{sentence}: {service:?} {partition} {signed}"
            );
        }
        assert_eq!(
            (any.unsigned(), one.unsigned(), two.unsigned()),
            (None, Some("eu-west-1"), None)
        );
        assert_eq!(
            (any.told("aws-cn"), one.told("aws"), two.told("aws-cn")),
            ("cn-north-1", "eu-west-1", "cn-north-1")
        );
    }

    #[test]
    fn buckets_are_made_where_the_server_is() {
        let incompatible = Err("IllegalLocationConstraintException");
        for (regions, signed, named, expected) in [
            (Regions::Any, "us-east-1", None, Ok(())),
            (Regions::Any, "us-east-1", Some("eu-west-1"), Ok(())),
            (Regions::Any, "eu-west-1", Some("eu-west-1"), Ok(())),
            (Regions::Any, "eu-west-1", Some("EU"), Ok(())),
            (Regions::Any, "eu-west-1", None, incompatible),
            (Regions::Any, "eu-west-1", Some("eu-west-2"), incompatible),
            (
                only("us-east-1"),
                "us-east-1",
                Some("eu-west-1"),
                Err("InvalidLocationConstraint"),
            ),
            (
                only("us-east-1,eu-west-1"),
                "us-east-1",
                Some("eu-west-1"),
                Ok(()),
            ),
            (
                only("us-east-1,eu-west-1"),
                "eu-west-1",
                Some("us-west-1"),
                incompatible,
            ),
        ] {
            assert_eq!(
                regions.place(signed, named).map_err(|fault| fault.code),
                expected.map_err(Into::into),
                "{signed} {named:?}"
            );
        }
        let fault = Regions::Any.place("eu-west-1", None).unwrap_err();
        assert_eq!(
            fault.text,
            "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
        );
    }
}
