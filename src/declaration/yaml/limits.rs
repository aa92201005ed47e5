//! What a text may hold, so that a small one cannot take all time and memory.
//!
//! Far above what anybody writes, far below what a host would notice.

use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::AliasLimits;
use serde_saphyr::{Budget, Error};

/// What a text may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Fields and lists within each other.
    depth: usize,
    /// Values in all documents, those that aliases stand for included.
    values: usize,
    /// Bytes of all values, those that aliases stand for included.
    bytes: usize,
    /// Anchors, and as many aliases.
    anchors: usize,
    /// Documents.
    documents: usize,
}

/// Values that have an anchor, which are kept for its aliases.
const ANCHORED_VALUES: usize = 50_000;

/// Of declarations and kubeconfigs: a declaration has five levels, a cluster up to 50 values, and a document
/// is a cluster.
pub(super) const DECLARATIONS: Limits = Limits {
    depth: 32,
    values: 50_000,
    bytes: 16 << 20,
    anchors: 100,
    documents: 500,
};

/// Of objects of Kubernetes, which are looked through and not kept: the definitions of an operator's kinds
/// have 40 levels and 100,000 values.
pub(super) const OBJECTS: Limits = Limits {
    depth: 64,
    values: 2_000_000,
    bytes: 64 << 20,
    anchors: 1000,
    documents: 10_000,
};

impl Limits {
    pub(super) fn budget(self) -> Option<Budget> {
        serde_saphyr::budget! {
            max_depth: self.depth,
            max_nodes: self.values,
            max_total_scalar_bytes: self.bytes,
            max_anchors: self.anchors,
            max_aliases: self.anchors,
            max_recorded_anchor_events: ANCHORED_VALUES,
            max_recorded_anchor_bytes: self.bytes,
            max_merge_keys: self.anchors,
            max_documents: self.documents,
            // Every value has an event, and every list and mapping one more for its end.
            max_events: 3 * self.values,
            // The absolute numbers are small enough.
            enforce_alias_anchor_ratio: false,
        }
    }

    pub(super) fn aliases(self) -> AliasLimits {
        serde_saphyr::alias_limits! {
            max_total_replayed_events: self.values,
            max_replay_stack_depth: self.depth,
        }
    }

    /// Says which limit was reached, when the error is about one.
    pub(super) fn reached(self, error: &Error) -> Option<String> {
        let Error::Budget { breach, .. } = error else {
            return match error {
                Error::AliasReplayLimitExceeded { .. } => Some(self.too_many_values()),
                Error::AliasReplayStackDepthExceeded { .. } => Some(self.too_deep()),
                Error::RecursiveReferencesRequireWeakTypes { .. } => {
                    Some("an alias contains itself".to_owned())
                }
                // The parser has a limit of its own for brackets, which it looks ahead for.
                other if other.to_string().starts_with("recursion limit exceeded") => {
                    Some(self.too_deep())
                }
                _ => None,
            };
        };
        let (documents, anchors) = (self.documents, self.anchors);
        Some(match breach {
            BudgetBreach::Depth { .. } => self.too_deep(),
            BudgetBreach::Documents { .. } => format!("there are more than {documents} documents"),
            BudgetBreach::Aliases { .. } | BudgetBreach::MergeKeys { .. } => {
                format!("there are more than {anchors} aliases")
            }
            BudgetBreach::Anchors { .. } => format!("there are more than {anchors} anchors"),
            BudgetBreach::ScalarBytes { .. } | BudgetBreach::RecordedAnchorBytes { .. } => format!(
                "all values together, with those that aliases stand for, have more than {} MiB",
                self.bytes >> 20
            ),
            // The number of events is bounded for the sake of values only.
            _ => self.too_many_values(),
        })
    }

    fn too_many_values(self) -> String {
        format!(
            "there are more than {} values, with those that aliases stand for",
            self.values
        )
    }

    fn too_deep(self) -> String {
        format!("values are nested in more than {} levels", self.depth)
    }
}
