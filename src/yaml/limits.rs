//! What a text may hold, so that a small one cannot take all time and memory.
//!
//! Far above any declaration and any kubeconfig, far below what a host would notice.

use serde_saphyr::Error;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::AliasLimits;

/// Fields and lists within each other; a declaration has five levels.
const DEPTH: usize = 32;

/// Values in all documents, those that aliases stand for included. A cluster has up to 50.
const VALUES: usize = 50_000;

/// Bytes of all values, those that aliases stand for included.
const BYTES: usize = 16 << 20;

/// Anchors, and as many aliases.
const ANCHORS: usize = 100;

/// Documents, which are clusters.
const DOCUMENTS: usize = 500;

pub(super) fn budget() -> Option<serde_saphyr::Budget> {
    serde_saphyr::budget! {
        max_depth: DEPTH,
        max_nodes: VALUES,
        max_total_scalar_bytes: BYTES,
        max_anchors: ANCHORS,
        max_aliases: ANCHORS,
        max_recorded_anchor_events: VALUES,
        max_recorded_anchor_bytes: BYTES,
        max_merge_keys: ANCHORS,
        max_documents: DOCUMENTS,
        // Every value has an event, and every list and mapping one more for its end.
        max_events: 3 * VALUES,
        // The absolute numbers are small enough.
        enforce_alias_anchor_ratio: false,
    }
}

pub(super) fn aliases() -> AliasLimits {
    serde_saphyr::alias_limits! {
        max_total_replayed_events: VALUES,
        max_replay_stack_depth: DEPTH,
    }
}

/// Says which limit was reached, when the error is about one.
pub(super) fn reached(error: &Error) -> Option<String> {
    let Error::Budget { breach, .. } = error else {
        return match error {
            Error::AliasReplayLimitExceeded { .. } => Some(values()),
            Error::AliasReplayStackDepthExceeded { .. } => Some(levels()),
            Error::RecursiveReferencesRequireWeakTypes { .. } => {
                Some("an alias stands for what it is a part of".to_owned())
            }
            // The parser has a limit of its own for brackets, which it looks ahead for.
            other if other.to_string().starts_with("recursion limit exceeded") => Some(levels()),
            _ => None,
        };
    };
    Some(match breach {
        BudgetBreach::Depth { .. } => levels(),
        BudgetBreach::Documents { .. } => format!("there are more than {DOCUMENTS} documents"),
        BudgetBreach::Aliases { .. } | BudgetBreach::MergeKeys { .. } => {
            format!("there are more than {ANCHORS} aliases")
        }
        BudgetBreach::Anchors { .. } => format!("there are more than {ANCHORS} anchors"),
        BudgetBreach::ScalarBytes { .. } | BudgetBreach::RecordedAnchorBytes { .. } => format!(
            "all values together, with those that aliases stand for, have more than {} MiB",
            BYTES >> 20
        ),
        // The number of events is bounded for the sake of values only.
        _ => values(),
    })
}

fn values() -> String {
    format!("there are more than {VALUES} values, with those that aliases stand for")
}

fn levels() -> String {
    format!("values are nested in more than {DEPTH} levels")
}
