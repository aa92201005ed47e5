//! Where the lines of a text are that is itself a value of another, such as one behind `|`.

use crate::declaration::yaml::{Entry, Node, Value};
use crate::model::problem::Span;

/// A text that is a value of another one.
#[derive(Debug)]
pub(crate) struct Excerpt {
    /// Where the value is.
    span: Span,
    /// Where each of its lines begins, for those that are there as they are.
    lines: Vec<Option<Span>>,
}

impl Excerpt {
    /// Finds the lines of `text` in the text `outer`, in which it is the value at `at`.
    ///
    /// A line that is there in another way, as within quotes or behind `>`, is where the value is.
    #[must_use]
    pub(crate) fn new(outer: &str, span: Span, text: &str) -> Self {
        let below = usize::try_from(span.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let below: Vec<&str> = outer.lines().skip(below).collect();
        let blank = text.lines().take_while(|line| line.trim().is_empty());
        let blank = blank.count();
        let find = |(index, line): (usize, &str)| {
            let offset = index.checked_sub(blank)?;
            let line = line.trim_end();
            let whole = below.get(offset)?;
            let start = whole.find(line).filter(|_| !line.is_empty())?;
            let is_whole = whole[..start].trim().is_empty() && whole[start..].trim_end() == line;
            let column = whole[..start].chars().count() as u64 + 1;
            // What is shorter than a line has none after it.
            let is_part = text.lines().count() == 1 && column >= span.column;
            (is_whole || is_part).then_some(Span::new(span.line + offset as u64, column, 0))
        };
        let lines = text.lines().enumerate().map(find).collect();
        Self { span, lines }
    }

    /// Returns where in the outer text something of the inner one is.
    #[must_use]
    pub(crate) fn span(&self, inner: Span) -> Span {
        let index = usize::try_from(inner.line).ok();
        let index = index.and_then(|line| line.checked_sub(1));
        match index.and_then(|index| self.lines.get(index)) {
            Some(Some(line)) => inner.within(*line),
            _ => self.span,
        }
    }

    /// Returns where each line begins.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Span> {
        self.lines.iter().map(|line| line.unwrap_or(self.span))
    }

    /// Returns a tree of the inner text with spans of the outer one.
    #[must_use]
    pub(crate) fn relocated(&self, node: Node) -> Node {
        let value = match node.value {
            Value::Sequence(items) => {
                let items = items.into_iter().map(|item| self.relocated(item));
                Value::Sequence(items.collect())
            }
            Value::Mapping(entries) => {
                let entries = entries.into_iter().map(|entry| Entry {
                    span: self.span(entry.span),
                    node: self.relocated(entry.node),
                    ..entry
                });
                Value::Mapping(entries.collect())
            }
            other => other,
        };
        Node {
            value,
            span: self.span(node.span),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::yaml::parse;

    /// Returns where the value of `b` is, a text's second line that is itself a value of a text.
    #[track_caller]
    fn places(outer: &str) -> (u64, u64) {
        let documents = parse(outer).unwrap();
        let Value::Mapping(entries) = &documents[0].value else {
            panic!("no mapping");
        };
        let node = &entries[0].node;
        let text = node.value.as_str().unwrap();
        let excerpt = Excerpt::new(outer, node.span, text);
        let inner = parse(text).unwrap().remove(0);
        let Value::Mapping(entries) = excerpt.relocated(inner).value else {
            panic!("no mapping inside");
        };
        let span = entries[1].node.span;
        (span.line, span.column)
    }

    #[test]
    fn a_span_of_an_embedded_text_is_found_in_the_outer_text() {
        assert_eq!(places("x: |\n  a: 1\n  b: 2\n"), (3, 6));
        assert_eq!(places("x: |-\n\n  # é\n  a: 1\n\n  b: 2"), (6, 6));
        assert_eq!(places("x: |2\n    a: 1\n    b: 2\n"), (3, 8));
        assert_eq!(places("x: '{a: 1, b: 2}'\n"), (1, 15));
        assert_eq!(places("x: \"{a: 1, b: 2}\"\n"), (1, 15));
    }

    #[test]
    fn a_span_of_a_quoted_or_folded_text_is_that_of_the_whole_text() {
        assert_eq!(places("x: \"a: 1\\nb: 2\"\n"), (1, 4));
        assert_eq!(places("x: >\n  {a: 1,\n  b: 2}\n"), (2, 3));
    }
}
