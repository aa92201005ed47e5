//! One file of the list: its entries, and what else is in it.

use crate::declaration::yaml::{self, Node, Value};
use crate::kubeconfig::entry::{List, items, name};
use crate::kubeconfig::{InvalidKubeconfig, schema};

/// A file that `KUBECONFIG` names, be there one or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    is_there: bool,
    /// The text that it would have unchanged: places do not count, nor does how it was written.
    before: String,
    root: Value,
}

impl File {
    /// Reads the text of a file; nothing stands for one that is not there.
    ///
    /// # Errors
    /// When it is not a kubeconfig, as kubectl sees it, or has what would be lost.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, InvalidKubeconfig> {
        let mut documents = documents(text.unwrap_or_default())?;
        let mut root = match (documents.pop(), documents.is_empty()) {
            (_, false) => {
                return Err(InvalidKubeconfig("it has several documents".to_owned()));
            }
            (None | Some(Value::Null), true) => Value::from([
                ("apiVersion", Value::from("v1")),
                ("kind", Value::from("Config")),
            ]),
            (Some(root @ Value::Mapping(_)), true) => root,
            (Some(_), true) => return Err(InvalidKubeconfig("it has no fields".to_owned())),
        };
        schema::normalize(&mut root)?;
        Ok(Self {
            is_there: text.is_some(),
            before: yaml::to_string(&root),
            root,
        })
    }

    /// Returns whether there is such a file.
    pub(super) fn is_there(&self) -> bool {
        self.is_there
    }

    /// Returns the new text, when it is another one than before.
    #[must_use]
    pub(crate) fn changed(&self) -> Option<String> {
        Some(yaml::to_string(&self.root)).filter(|text| *text != self.before)
    }

    /// Returns the name of the current context; none is an empty one.
    pub(super) fn current(&self) -> &str {
        let current = self.root.get("current-context");
        current.and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn set_current(&mut self, context: &str) {
        self.root.set("current-context", Value::from(context));
    }

    /// Returns the names in a list, in their order.
    pub(super) fn names(&self, list: List) -> impl Iterator<Item = &str> {
        items(&self.root, list).iter().map(|item| name(&item.value))
    }

    /// Returns whether there is an entry of this name.
    pub(super) fn has(&self, list: List, wanted: &str) -> bool {
        self.names(list).any(|name| name == wanted)
    }

    /// Returns what the entry of this name holds.
    pub(super) fn body(&self, list: List, wanted: &str) -> Option<&Value> {
        let mut items = items(&self.root, list).iter();
        items
            .find(|item| name(&item.value) == wanted)
            .and_then(|item| item.value.get(list.entry))
    }

    /// Replaces what the entry of this name holds, or adds one at the end.
    pub(super) fn put(&mut self, list: List, wanted: &str, body: Value) {
        let mut items = items(&self.root, list).to_vec();
        match items.iter_mut().find(|item| name(&item.value) == wanted) {
            Some(item) => item.value.set(list.entry, body),
            None => items.push(Node::from(list.item(wanted, body))),
        }
        self.root.set(list.key, Value::Sequence(items));
    }

    /// Takes the entry of this name out.
    pub(super) fn take_out(&mut self, list: List, gone: &str) {
        let mut items = items(&self.root, list).to_vec();
        items.retain(|item| name(&item.value) != gone);
        self.root.set(list.key, Value::Sequence(items));
    }
}

fn documents(text: &str) -> Result<Vec<Value>, InvalidKubeconfig> {
    let documents = yaml::parse(text).map_err(|error| InvalidKubeconfig(error.to_string()))?;
    Ok(documents.into_iter().map(|node| node.value).collect())
}
