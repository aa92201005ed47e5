//! What keeps a file from being rendered.

use std::fmt;

use crate::model::cluster::{Cluster, NodeId};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::problem::{Place, Problem};

/// Says which file could not be rendered, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    pub(super) template: String,
    pub(super) reason: String,
    /// The field that is to blame, where it is one.
    pub(super) field: Option<FieldRef>,
    /// Where in it that is, when it is known.
    pub(super) place: Option<Place>,
}

impl RenderError {
    pub(super) fn new(template: &str, error: &minijinja::Error) -> Self {
        let reason = error
            .detail()
            .map_or_else(|| error.to_string(), str::to_owned);
        Self {
            template: template.to_owned(),
            reason,
            field: None,
            place: None,
        }
    }

    /// Returns what makes an error of a field that is to blame, and why.
    pub(super) fn blaming(
        template: &str,
        node: NodeId,
    ) -> impl Fn((Field, Option<Place>, String)) -> Self {
        move |(field, place, reason)| Self {
            template: template.to_owned(),
            reason,
            field: Some(FieldRef::of_node(field, node)),
            place,
        }
    }

    /// Returns what is wrong with a declaration that is to blame; `None` if it is none.
    #[must_use]
    pub fn blames(&self, declared: &Cluster) -> Option<Problem> {
        let problem = declared.problem(self.field?, self.reason.clone());
        let place = self.place.clone().or(problem.place);
        Some(Problem { place, ..problem })
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rendering `{}`: {}", self.template, self.reason)
    }
}

impl std::error::Error for RenderError {}
