//! Fields of a tree by their paths.

use crate::declaration::yaml::{Node, Value};

/// Takes a field such as `etcd.local.dataDir` out of a tree, with all that is empty then.
pub(super) fn take(tree: &mut Value, path: &str) -> Option<Node> {
    let Value::Mapping(entries) = tree else {
        return None;
    };
    let (key, rest) = match path.split_once('.') {
        Some((key, rest)) => (key, Some(rest)),
        None => (path, None),
    };
    let index = entries.iter().position(|entry| entry.key == key)?;
    let Some(rest) = rest else {
        return Some(entries.remove(index).node);
    };
    let below = &mut entries[index].node.value;
    let taken = take(below, rest);
    if taken.is_some() && matches!(below, Value::Mapping(entries) if entries.is_empty()) {
        entries.remove(index);
    }
    taken
}

/// Returns a field of a tree.
pub(super) fn find<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(tree, |tree, key| tree.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::yaml;

    #[test]
    fn a_field_is_taken_with_what_is_empty_then() {
        let document = &yaml::parse("{a: {b: {c: 1}, d: 2}, e: {f: 3}}").unwrap()[0].value;
        let mut tree = document.clone();
        assert_eq!(find(&tree, "a.b.c"), Some(&Value::Number("1".into())));
        assert_eq!(
            take(&mut tree, "a.b.c").map(|node| node.value),
            Some(Value::Number("1".into()))
        );
        assert_eq!(
            take(&mut tree, "e.f").map(|node| node.value),
            Some(Value::Number("3".into()))
        );
        assert_eq!(take(&mut tree, "a.x.y"), None);
        assert_eq!(yaml::on_one_line(&tree), "{a: {d: 2}}");
    }
}
