//! Has the user's units start at boot, and says what becomes of clusters when they do not.

use crate::edge::host;
use crate::edge::systemd;
use crate::model::cluster::Cluster;
use crate::ops::{Context, Report, Reporter};

/// Has the user linger for clusters that start with the host; without one, says what becomes of the
/// others.
pub(crate) async fn of(
    context: &Context,
    clusters: impl Iterator<Item = &'_ Cluster>,
    report: Reporter<'_>,
) {
    let (starting, others): (Vec<_>, Vec<_>) = clusters.partition(|one| one.autostart);
    if starting.is_empty() {
        let names: Vec<&str> = others.iter().map(|one| one.name.as_str()).collect();
        warn(context, &names, report).await;
    } else {
        enable(context, report).await;
    }
}

/// Makes sure that the user's units start at boot, or says how.
async fn enable(context: &Context, report: Reporter<'_>) {
    let user = host::user_id();
    let outcome = async {
        let logind = context.logind().await?;
        if context.answer(logind.linger(user)).await? {
            return Ok(false);
        }
        context.answer(logind.enable_linger(user)).await?;
        Ok(true)
    };
    match outcome.await {
        Ok(false) | Err(systemd::Error::Interrupted) => {}
        Ok(true) => report(Report::Done(
            "enabled lingering, so that your clusters start at boot".to_owned(),
        )),
        Err(error) => {
            let hint = error.hint().map(|hint| format!("; run: {hint}"));
            report(Report::Warning(format!(
                "the cluster will not start at boot: {error}{}",
                hint.unwrap_or_default()
            )));
        }
    }
}

/// Warns when clusters that run now end with the user's last session. Where logind does not answer,
/// nothing is known of sessions.
pub(crate) async fn warn(context: &Context, clusters: &[&str], report: Reporter<'_>) {
    let lingers = async {
        let logind = context.logind().await?;
        context.answer(logind.linger(host::user_id())).await
    };
    let said = lingers.await.ok();
    if let Some(warning) = said.and_then(|lingers| end_with_session(clusters, lingers)) {
        report(Report::Warning(warning));
    }
}

/// Returns what to say of clusters that are up, to a user who lingers or not.
fn end_with_session(clusters: &[&str], lingers: bool) -> Option<String> {
    let subject = match clusters {
        _ if lingers => return None,
        [] => return None,
        [one] => format!("cluster {one} stops"),
        several => format!("clusters {} stop", several.join(", ")),
    };
    Some(format!(
        "{subject} when your last session ends, because lingering is off; to keep running, run: \
         loginctl enable-linger"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_lingering_clusters_stop_when_the_session_ends() {
        let rest = "when your last session ends, because lingering is off; to keep running, run: \
                    loginctl enable-linger";
        let cases: [(&[&str], bool, Option<String>); 4] = [
            (&["dev"], true, None),
            (&[], false, None),
            (&["dev"], false, Some(format!("cluster dev stops {rest}"))),
            (
                &["a", "b"],
                false,
                Some(format!("clusters a, b stop {rest}")),
            ),
        ];
        for (clusters, lingers, expected) in cases {
            assert_eq!(end_with_session(clusters, lingers), expected);
        }
    }
}
