//! journalctl: the last lines of a unit's run, as kinc asks for them.

use kinc_ops::store::Store;

use crate::Answer;

pub(crate) fn answer(store: &Store, arguments: &[String]) -> Answer {
    let (mut count, mut run) = (usize::MAX, None);
    for argument in arguments {
        match argument.split_once('=') {
            Some(("--lines", lines)) => count = lines.parse().unwrap(),
            Some(("_SYSTEMD_INVOCATION_ID", id)) => run = Some(id),
            Some(("--output", "cat")) => {}
            None if ["--user", "--no-pager"].contains(&argument.as_str()) => {}
            _ => {
                let words = format!("journalctl: unrecognized option '{argument}'\n");
                return Answer::badly(1, words);
            }
        }
    }
    // Of a run that it knows nothing of it prints nothing, and is content.
    let logged = run.and_then(|run| store.logged(run)).unwrap_or_default();
    let lines: Vec<&str> = logged.split_inclusive('\n').collect();
    Answer::well(lines[lines.len().saturating_sub(count)..].concat())
}
