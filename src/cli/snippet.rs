//! The line of a text that a problem is about, with its place underlined. Prints nothing itself.

use unicode_width::UnicodeWidthChar as _;

use crate::model::problem::{Place, Problem, is_hidden};

/// How many columns of a line are shown; with its number they fit the width of most terminals.
const COLUMNS: usize = 90;

/// How many columns before the place stay when a line is cut.
const COLUMNS_BEFORE: usize = 30;

/// Stands where a line was cut.
const CUT: &str = "…";

/// Stands for a character that would move the cursor, or is not to be seen.
const REPLACEMENT: char = '\u{fffd}';

/// A character as it is shown, and the columns that it takes.
type Cell = (char, usize);

/// Returns three lines: an empty one, the line of the problem, and its underlining.
///
/// Empty for a problem without a place, or with one that is not in the text.
#[must_use]
pub(crate) fn snippet(problem: &Problem, text: &str) -> String {
    let Some(Place { span, .. }) = &problem.place else {
        return String::new();
    };
    let index = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(line) = line(text, index(span.line)) else {
        return String::new();
    };
    let cells: Vec<Cell> = line.chars().map(cell).collect();
    let start = index(span.column).min(cells.len());
    let length = usize::try_from(span.length).unwrap_or(usize::MAX);
    let (shown, underlined) = underline(&cells, start, length);
    let number = span.line.to_string();
    let margin = " ".repeat(number.len());
    let shown = format!("{number} | {shown}");
    format!(
        "{margin} |\n{}\n{margin} | {underlined}\n",
        shown.trim_end()
    )
}

/// Returns a line; YAML ends them by line feeds, carriage returns, or both.
fn line(text: &str, index: usize) -> Option<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
        .nth(index)
}

fn cell(c: char) -> Cell {
    match c {
        '\t' => (' ', 1),
        c if is_hidden(c) => (REPLACEMENT, 1),
        c => (c, c.width().unwrap_or(0)),
    }
}

fn width(cells: &[Cell]) -> usize {
    cells.iter().map(|(_, columns)| columns).sum()
}

/// Returns the shown part of a line, and the line that underlines `length` characters of it.
fn underline(cells: &[Cell], start: usize, length: usize) -> (String, String) {
    let (first, last) = window(cells, start);
    let end = start.saturating_add(length).min(last);
    let mut shown: String = cells[first..last].iter().map(|(c, _)| c).collect();
    let mut before = width(&cells[first..start]);
    if first > 0 {
        shown.insert_str(0, CUT);
        before += 1;
    }
    if last < cells.len() {
        shown.push_str(CUT);
    }
    // A place at the end of a line, or of unknown length, is one point.
    let carets = width(&cells[start..end.max(start)]).max(1);
    let underlined = " ".repeat(before) + &"^".repeat(carets);
    (shown, underlined)
}

/// Returns from where to where a line is shown.
fn window(cells: &[Cell], start: usize) -> (usize, usize) {
    if width(cells) <= COLUMNS {
        return (0, cells.len());
    }
    let mut first = start;
    while first > 0 && width(&cells[first..start]) < COLUMNS_BEFORE {
        first -= 1;
    }
    let mut columns = 0;
    let fitting = cells[first..].iter().take_while(|(_, width)| {
        columns += width;
        columns <= COLUMNS
    });
    (first, first + fitting.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Span;
    use proptest::prelude::*;

    fn at(line: u64, column: u64, length: u64) -> Problem {
        Problem {
            place: Some(Place {
                source: "c.yaml".into(),
                span: Span::new(line, column, length),
            }),
            path: "spec.image".into(),
            message: "is wrong".into(),
        }
    }

    #[test]
    fn the_place_of_a_problem_is_underlined_in_its_line() {
        let text = "kind: Cluster\nspec:\n  imgae: x\n";
        assert_eq!(
            snippet(&at(3, 3, 5), text),
            "  |\n3 |   imgae: x\n  |   ^^^^^\n"
        );
        // Of fields and lists only the beginning is known.
        assert_eq!(
            snippet(&at(1, 1, 0), text),
            "  |\n1 | kind: Cluster\n  | ^\n"
        );
        // A text that ends too early.
        assert_eq!(snippet(&at(2, 6, 1), text), "  |\n2 | spec:\n  |      ^\n");
        assert_eq!(snippet(&at(4, 1, 0), text), "  |\n4 |\n  | ^\n");
    }

    #[test]
    fn a_number_of_more_digits_moves_the_whole_margin() {
        let text = "\n".repeat(11) + "a: b\n";
        assert_eq!(
            snippet(&at(12, 4, 1), &text),
            "   |\n12 | a: b\n   |    ^\n"
        );
    }

    #[test]
    fn every_kind_of_line_ending_is_recognised() {
        for text in ["a\nb\nc: d\n", "a\r\nb\r\nc: d\r\n", "a\rb\rc: d\r"] {
            assert_eq!(
                snippet(&at(3, 4, 1), text),
                "  |\n3 | c: d\n  |    ^\n",
                "{text:?}"
            );
        }
    }

    #[test]
    fn wide_characters_and_tabs_do_not_displace_the_caret() {
        assert_eq!(
            snippet(&at(1, 10, 2), "名前:\t\"e\u{301}\" xy"),
            "  |\n1 | 名前: \"e\u{301}\" xy\n  |           ^^\n"
        );
        assert_eq!(
            snippet(&at(1, 4, 2), "a: 名前"),
            "  |\n1 | a: 名前\n  |    ^^^^\n"
        );
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(
            snippet(&at(1, 7, 1), "a\u{1b}[2J\u{202e}b\u{7}"),
            "  |\n1 | a\u{fffd}[2J\u{fffd}b\u{fffd}\n  |       ^\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}MIDDLE{}", "a".repeat(500), "b".repeat(500));
        let expected = format!(
            "  |\n1 | …{}MIDDLE{}…\n  | {}^^^^^^\n",
            "a".repeat(30),
            "b".repeat(54),
            " ".repeat(31)
        );
        assert_eq!(snippet(&at(1, 501, 6), &text), expected);
        // An underlining that is longer than what is shown ends with it.
        let expected = format!("  |\n1 | {}…\n  | {}\n", "a".repeat(90), "^".repeat(90));
        assert_eq!(snippet(&at(1, 1, 1006), &text), expected);
    }

    #[test]
    fn a_problem_without_a_line_has_no_snippet() {
        let nowhere = Problem {
            place: None,
            ..at(1, 1, 1)
        };
        assert_eq!(snippet(&nowhere, "a: b"), "");
        assert_eq!(snippet(&at(7, 1, 1), "a: b"), "");
    }

    proptest! {
        #[test]
        fn any_span_of_any_text_gives_three_lines_without_control_characters(
            text in proptest::collection::vec(any::<char>(), 0..400),
            line in 0..4_u64,
            column in 0..400_u64,
            length in 0..400_u64,
        ) {
            let text: String = text.into_iter().collect();
            let found = snippet(&at(line, column, length), &text);
            prop_assert!(found.is_empty() || found.matches('\n').count() == 3);
            prop_assert!(!found.contains(|c| c != '\n' && is_hidden(c)));
            prop_assert!(found.lines().all(|line| line.chars().count() < 500));
        }
    }
}
