//! Walks a YAML tree, collects problems, and continues.
//!
//! Knows paths and places; what a value must look like is said in `values`.

use std::collections::BTreeMap;

use crate::declaration::read::{Source, suggest, values};
use crate::declaration::schema;
pub(crate) use crate::declaration::yaml::kind;
use crate::declaration::yaml::{Entry, Excerpt, Node, Value};
use crate::model::field::Field;
use crate::model::item::Item;
use crate::model::problem::{Place, Problem, Span};

/// Collects what is wrong with one text.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    source: Source<'a>,
    problems: Vec<Problem>,
    /// Whether kinc itself has written the text.
    pub(super) is_recorded: bool,
}

/// The fields of a mapping.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    entries: &'a [Entry],
    span: Span,
}

impl<'a> Fields<'a> {
    /// Returns where they are.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// Returns a field; one without a value counts as left out, as in Kubernetes.
    pub(super) fn get(&self, key: &str) -> Option<&'a Entry> {
        self.entries
            .iter()
            .find(|entry| entry.key == key && entry.node.value != Value::Null)
    }
}

impl<'s> Reader<'s> {
    /// Starts with nothing to complain of in a text.
    pub(super) fn new(source: Source<'s>) -> Self {
        Self {
            source,
            problems: Vec::new(),
            is_recorded: false,
        }
    }

    /// Returns the directory that relative paths begin at.
    pub(super) fn directory(&self) -> Option<&'s str> {
        self.source.directory
    }

    /// Returns where the lines of a text are that is a value.
    pub(super) fn excerpt(&self, span: Span, text: &str) -> Excerpt {
        Excerpt::new(self.source.text, span, text)
    }

    /// Returns the problems in the order of their places.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(Problem::line_and_column);
        self.problems
    }

    pub(super) fn problem(&mut self, span: Option<Span>, path: &str, message: String) {
        let place = span.map(|span| self.place(span));
        self.problem_at(place, path, message);
    }

    pub(super) fn problem_at(&mut self, place: Option<Place>, path: &str, message: String) {
        let problem = Problem {
            place,
            path: path.to_owned(),
            message,
        };
        self.problems.push(problem);
    }

    /// Returns where in this text something is.
    pub(super) fn place(&self, span: Span) -> Place {
        place(self.source.name, span)
    }

    /// Returns the fields of a mapping, and reports those that nobody knows.
    pub(super) fn fields<'a>(&mut self, node: &'a Node, path: &str) -> Option<Fields<'a>> {
        let known = &schema::keys(path);
        let Value::Mapping(entries) = &node.value else {
            let message = match path {
                "" => no_document(&node.value),
                _ => format!("expected a mapping, found {}", kind(&node.value)),
            };
            self.problem(Some(node.span), path, message);
            return None;
        };
        for entry in entries
            .iter()
            .filter(|entry| !known.contains(&entry.key.as_str()))
        {
            let path = if path.is_empty() {
                entry.key.clone()
            } else {
                format!("{path}.{}", entry.key)
            };
            self.problem(
                Some(entry.span),
                &path,
                suggest::unknown_field(&path, known),
            );
        }
        Some(Fields {
            entries,
            span: node.span,
        })
    }

    /// Reads a field that must be there.
    pub(super) fn required<T>(
        &mut self,
        fields: &Fields,
        key: &str,
        path: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let Some(entry) = fields.get(key) else {
            self.problem(Some(fields.span), path, "is missing".to_owned());
            return None;
        };
        self.value(entry, path, read)
    }

    /// Reads a field that may be left out, and notes where it is.
    pub(super) fn optional<T>(
        &mut self,
        fields: &Fields,
        field: Field,
        places: &mut BTreeMap<Field, Place>,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let entry = fields.get(field.key())?;
        let value = self.value(entry, field.path(), read)?;
        places.insert(field, self.place(entry.node.span));
        Some(value)
    }

    /// Reads values by their names, each by itself, and notes where they are. What is wrong with a name is
    /// said at the name, and what is wrong with a value at the value.
    pub(super) fn map<T>(
        &mut self,
        fields: &Fields,
        field: Field,
        places: &mut BTreeMap<Field, Place>,
        name: impl Fn(&str) -> Result<(), String>,
        read: impl Fn(&str, &Value) -> Result<T, String>,
    ) -> BTreeMap<String, T> {
        let Some(entry) = fields.get(field.key()) else {
            return BTreeMap::new();
        };
        places.insert(field, self.place(entry.node.span));
        let Value::Mapping(entries) = &entry.node.value else {
            let message = format!("expected a mapping, found {}", kind(&entry.node.value));
            self.problem(Some(entry.node.span), field.path(), message);
            return BTreeMap::new();
        };
        let mut all = BTreeMap::new();
        for Entry { key, span, node } in entries {
            if let Err(message) = name(key) {
                self.problem(Some(*span), field.path(), message);
            }
            match read(key, &node.value) {
                Ok(value) => drop(all.insert(key.clone(), value)),
                Err(message) => self.problem(Some(node.span), field.path(), message),
            }
        }
        all
    }

    /// Reads texts by their names, as [`Self::map`] does.
    pub(super) fn texts(
        &mut self,
        fields: &Fields,
        field: Field,
        places: &mut BTreeMap<Field, Place>,
        name: impl Fn(&str) -> Result<(), String>,
        check: impl Fn(&str, &str) -> Result<(), String>,
    ) -> BTreeMap<String, String> {
        self.map(fields, field, places, name, |key, value| {
            let text = values::text(value).map_err(|why| values::of_name(key, &why))?;
            check(key, text).map(|()| text.to_owned())
        })
    }

    /// Reads a list that may be left out, each item by itself, and notes where it is.
    pub(super) fn list<T>(
        &mut self,
        fields: &Fields,
        field: Field,
        places: &mut BTreeMap<Field, Place>,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Vec<Item<T>> {
        let Some(entry) = fields.get(field.key()) else {
            return Vec::new();
        };
        places.insert(field, self.place(entry.node.span));
        let mut all = Vec::new();
        for item in self.sequence(entry, field.path()) {
            match read(&item.value) {
                Ok(value) => all.push(Item::at(self.place(item.span), value)),
                Err(message) => self.problem(Some(item.span), field.path(), message),
            }
        }
        all
    }

    /// Returns the items of a list, each with the fields of its mapping; `None` if it is left out.
    pub(super) fn items<'a>(&mut self, entry: Option<&'a Entry>, path: &str) -> Vec<Fields<'a>> {
        let Some(entry) = entry else {
            return Vec::new();
        };
        let items = self.sequence(entry, path).iter();
        let path = format!("{path}[]");
        items.filter_map(|item| self.fields(item, &path)).collect()
    }

    /// Returns the items of a list; `None` if it is none.
    pub(super) fn sequence<'a>(&mut self, entry: &'a Entry, path: &str) -> &'a [Node] {
        if let Value::Sequence(items) = &entry.node.value {
            return items;
        }
        let message = format!("expected a list, found {}", kind(&entry.node.value));
        self.problem(Some(entry.node.span), path, message);
        &[]
    }

    /// Reads a field of an item that may be left out.
    pub(super) fn of_item<T>(
        &mut self,
        fields: &Fields,
        path: &str,
        key: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let entry = fields.get(key)?;
        self.value(entry, &format!("{path}[].{key}"), read)
    }

    /// Notes where a field is that is read piece by piece.
    pub(super) fn note(&self, fields: &Fields, field: Field, places: &mut BTreeMap<Field, Place>) {
        if let Some(entry) = fields.get(field.key()) {
            places.insert(field, self.place(entry.node.span));
        }
    }

    fn value<T>(
        &mut self,
        entry: &Entry,
        path: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        read(&entry.node.value)
            .map_err(|message| self.problem(Some(entry.node.span), path, message))
            .ok()
    }
}

/// Returns where something stands in the text `source`.
pub(crate) fn place(source: &str, span: Span) -> Place {
    Place {
        source: source.to_owned(),
        span,
    }
}

/// Says that a value is not a document at all.
pub(crate) fn no_document(found: &Value) -> String {
    let found = kind(found);
    format!("expected a mapping with `apiVersion` and `kind`, found {found}")
}
