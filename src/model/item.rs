//! An item of a declared list, which knows where it was declared.

use std::ops::{Deref, DerefMut};

use crate::model::problem::Place;

/// An item of a list, and where it was declared. The place is not part of the value: items are equal by their
/// values.
#[derive(Debug, Clone)]
pub struct Item<T> {
    /// The value.
    pub value: T,
    /// Where it was declared; `None` if it was not read from a text.
    pub place: Option<Place>,
}

impl<T> Item<T> {
    /// Returns a value that was declared at a place.
    pub(crate) fn at(place: Place, value: T) -> Self {
        Self {
            value,
            place: Some(place),
        }
    }
}

impl<T> From<T> for Item<T> {
    fn from(value: T) -> Self {
        Self { value, place: None }
    }
}

impl<T> Deref for Item<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Item<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: PartialEq> PartialEq for Item<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Item<T> {}

/// Returns the values of items.
pub(crate) fn values<T>(items: Vec<Item<T>>) -> Vec<T> {
    items.into_iter().map(|item| item.value).collect()
}
