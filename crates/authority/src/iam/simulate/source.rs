//! The policies of a simulation: each with its text, the name that answers call it by, and the
//! layer that it is in.

use std::sync::Arc;

use ::policy::{Arn, Document, Kind, Policies, Strictness};
use wire::Fault;

use super::super::managed::{self, Managed};
use super::super::operation::{Context, invalid_input};
use super::parts::{self, Part};
use crate::form::Form;
use crate::world::LoadedRole;

/// Which layer of the evaluation a policy is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    Identity,
    Boundary,
    Resource,
}

/// One policy.
pub(super) struct Source {
    /// Such as `PolicyInputList.1`, or the name of an attached or inline policy.
    pub(super) id: String,
    pub(super) layer: Layer,
    /// Its statements: where they are, and which keys they ask for.
    pub(super) parts: Vec<Part>,
    document: Arc<Document>,
}

impl Source {
    pub(super) fn chars(&self) -> usize {
        self.document.chars()
    }

    pub(super) fn variables(&self) -> usize {
        self.document.variables()
    }
}

/// Policies in the order they came.
#[derive(Default)]
pub(super) struct Sources(Vec<Source>);

impl Sources {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    pub(super) fn has_boundary(&self) -> bool {
        self.0.iter().any(|it| it.layer == Layer::Boundary)
    }

    /// The policy whose document traces call by this name.
    pub(super) fn named(&self, document: &str) -> Option<&Source> {
        self.0.get(document.parse::<usize>().ok()?)
    }

    /// The documents of one layer.
    pub(super) fn policies(&self, layer: Layer) -> Policies {
        self.0
            .iter()
            .filter(|it| it.layer == layer)
            .map(|it| it.document.clone())
            .collect()
    }

    /// Policies of a parameter, each one that IAM would keep.
    pub(super) fn take_list(
        &mut self,
        input: &Form<'_>,
        name: &str,
        kind: Kind,
    ) -> Result<(), Fault> {
        let layer = if name == BOUNDARY {
            Layer::Boundary
        } else {
            Layer::Identity
        };
        for (place, text) in input.list(name).into_iter().enumerate() {
            self.take(
                format!("{name}.{}", place + 1),
                layer,
                text,
                Strictness::Write(kind),
            )?;
        }
        Ok(())
    }

    pub(super) fn take_boundary(&mut self, input: &Form<'_>) -> Result<(), Fault> {
        if input.list(BOUNDARY).len() > 1 {
            return Err(invalid_input(
                "Only one permissions boundary policy can be given.",
            ));
        }
        self.take_list(input, BOUNDARY, Kind::Identity)
    }

    pub(super) fn take_resource_policy(&mut self, input: &Form<'_>) -> Result<(), Fault> {
        let Some(text) = input.maybe("ResourcePolicy") else {
            return Ok(());
        };
        self.take(
            "ResourcePolicy".to_owned(),
            Layer::Resource,
            text,
            Strictness::Write(Kind::Resource),
        )
    }

    /// What the role has attached and inline, as it is in force.
    pub(super) fn take_role(&mut self, at: &Context<'_>, found: &LoadedRole) -> Result<(), Fault> {
        found
            .role
            .attached
            .iter()
            .try_for_each(|arn| self.take_managed(at, arn, Layer::Identity))?;
        for (name, text) in &found.role.inline {
            self.take(name.clone(), Layer::Identity, text, Strictness::Evaluate)?;
        }
        Ok(())
    }

    pub(super) fn take_role_boundary(
        &mut self,
        at: &Context<'_>,
        found: &LoadedRole,
    ) -> Result<(), Fault> {
        found
            .role
            .boundary
            .iter()
            .try_for_each(|arn| self.take_managed(at, arn, Layer::Boundary))
    }

    fn take_managed(&mut self, at: &Context<'_>, arn: &Arn, layer: Layer) -> Result<(), Fault> {
        let text = match managed::by_arn(at, arn) {
            Some(Managed::Own(it)) => it
                .policy
                .default_document()
                .map(|version| version.document.clone()),
            Some(Managed::Aws(_, known)) => Some(known.document),
            None => None,
        };
        // The gate denies over a reference that leads nowhere; nothing can be simulated over one
        // either.
        let text = text.ok_or_else(|| invalid_input(format!("Policy {arn} does not exist.")))?;
        self.take(
            arn.resource().rsplit('/').next().unwrap_or("").to_owned(),
            layer,
            &text,
            Strictness::Evaluate,
        )
    }

    fn take(
        &mut self,
        id: String,
        layer: Layer,
        text: &str,
        strictness: Strictness,
    ) -> Result<(), Fault> {
        // By number: two policies may have one name, and a trace must lead to the right one.
        let document = Document::read(&self.0.len().to_string(), text, strictness);
        let document =
            document.map_err(|bad| invalid_input(format!("{id}: {bad} ({})", bad.because)))?;
        self.0.push(Source {
            id,
            layer,
            parts: parts::of(text),
            document: Arc::new(document),
        });
        Ok(())
    }
}

const BOUNDARY: &str = "PermissionsBoundaryPolicyInputList";
