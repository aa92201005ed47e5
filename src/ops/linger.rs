//! Has the user's units start at boot.

use crate::host;
use crate::ops::{Report, Reporter};
use crate::systemd::Logind;

/// Makes sure that the user's units start at boot, or says how.
pub(crate) async fn linger(report: Reporter<'_>) {
    let user = host::user_id();
    let outcome = async {
        let logind = Logind::connect().await?;
        if logind.linger(user).await? {
            return Ok(false);
        }
        logind.enable_linger(user).await?;
        Ok::<bool, crate::systemd::Error>(true)
    };
    match outcome.await {
        Ok(false) => {}
        Ok(true) => report(Report::Done(
            "enabled lingering, so your clusters start with the host".to_owned(),
        )),
        Err(error) => {
            let hint = error.hint().map(|hint| format!("; run: {hint}"));
            report(Report::Warning(format!(
                "the cluster will not start with the host: {error}{}",
                hint.unwrap_or_default()
            )));
        }
    }
}
