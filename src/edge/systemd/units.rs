//! Reads units, one or many: their states, and what they were loaded from.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use zbus::{ObjectPath, OwnedObjectPath};

use crate::edge::systemd::call::{call, call_unit};
use crate::edge::systemd::error::{Error, Result};
use crate::edge::systemd::proxies::UnitRow;
use crate::edge::systemd::{Manager, state};
use crate::job::{UnitFiles, UnitState};

/// How many questions are open at a time; a bus ends a connection that has thousands.
const QUESTIONS: usize = 64;

impl Manager {
    /// Reads a unit. One that does not exist has the load state `not-found`.
    ///
    /// # Errors
    ///
    /// When systemd does not answer, or the name is not one of a unit.
    pub async fn unit(&self, name: &str) -> Result<UnitState> {
        let path = self.load(name).await?;
        let reading = call_unit("reading", name, state::read(&self.connection, &path));
        Ok(self.answer(reading).await?.state)
    }

    /// Returns the states of units, in the order of their names.
    ///
    /// # Errors
    ///
    /// When systemd does not answer.
    pub(crate) async fn units(&self, names: &[String]) -> Result<Vec<UnitState>> {
        let readings = self.each(names, async |name, path| {
            call_unit("reading", name, state::read(&self.connection, path)).await
        });
        let states = readings.await?.into_iter();
        Ok(states.map(|reading| reading.state).collect())
    }

    /// Returns what systemd has loaded units from, in the order of their names.
    ///
    /// That is a small part of their states, but for systemd the rest is a thousand times the work: whether
    /// one needs a reload takes a walk through all directories of drop-ins.
    ///
    /// # Errors
    ///
    /// When systemd does not answer.
    pub(crate) async fn unit_files(&self, names: &[String]) -> Result<Vec<UnitFiles>> {
        self.each(names, async |name, path| {
            let files = state::files(&self.connection, name, path);
            call_unit("reading the files of", name, files).await
        })
        .await
    }

    /// Asks for something of each of these units, side by side: an answer takes systemd far less than the
    /// way there and back.
    async fn each<T>(
        &self,
        names: &[String],
        ask: impl AsyncFn(&str, &ObjectPath<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let (rows, ask) = (self.rows("looking up units", names).await?, &ask);
        let asked = names.iter().zip(&rows);
        let asked = asked.map(|(name, row)| self.answer(ask(name, &row.6)));
        stream::iter(asked).buffered(QUESTIONS).try_collect().await
    }

    pub(super) async fn load(&self, unit: &str) -> Result<OwnedObjectPath> {
        let load = async { self.proxy().await?.load_unit(unit).await };
        self.answer(call_unit("looking up", unit, load)).await
    }

    pub(super) async fn active_states(&self, names: &[String]) -> Result<Vec<(String, String)>> {
        let rows = self.rows("reading the active states of units", names);
        Ok(rows.await?.into_iter().map(|row| (row.0, row.3)).collect())
    }

    /// Lists units in the order of their names; one that is not there has a row, too.
    async fn rows(&self, doing: &str, names: &[String]) -> Result<Vec<UnitRow>> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let list = async { self.proxy().await?.list_units_by_names(&names).await };
        let rows = self.answer(call(doing, list)).await?;
        if rows.len() == names.len() {
            return Ok(rows);
        }
        // systemd skips names that are not valid unit names.
        Err(Error::Refused {
            doing: doing.to_owned(),
            unit: None,
            name: String::new(),
            message: format!("systemd lists {} of {}", rows.len(), names.join(", ")),
        })
    }
}
