//! Fields of a tree by their paths.

use crate::declaration::yaml::{Node, Value};

/// Takes a field such as `etcd.local.dataDir` out of a tree, with all that is empty then.
///
/// Of a list, a name means the values of the items that have it, of which the last is returned.
pub(super) fn take(tree: &mut Value, path: &str) -> Option<Node> {
    let (key, rest) = match path.split_once('.') {
        Some((key, rest)) => (key, Some(rest)),
        None => (path, None),
    };
    let entries = match tree {
        Value::Mapping(entries) => entries,
        Value::Sequence(items) if rest.is_none() => return take_named(items, key),
        _ => return None,
    };
    let index = entries.iter().position(|entry| entry.key == key)?;
    let Some(rest) = rest else {
        return Some(entries.remove(index).node);
    };
    let below = &mut entries[index].node.value;
    let taken = take(below, rest);
    let is_empty = match below {
        Value::Mapping(entries) => entries.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => false,
    };
    if taken.is_some() && is_empty {
        entries.remove(index);
    }
    taken
}

fn take_named(items: &mut Vec<Node>, name: &str) -> Option<Node> {
    let mut taken = None;
    items.retain_mut(|item| {
        let is_it = item.value.get("name").and_then(Value::as_str) == Some(name);
        if is_it {
            taken = take(&mut item.value, "value").or_else(|| Some(item.clone()));
        }
        !is_it
    });
    taken
}

/// Returns a field of a tree; of a list, the value of the last item of that name.
pub(super) fn find<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(tree, |tree, key| match tree {
        Value::Sequence(items) => {
            let is_it = |item: &&Node| item.value.get("name").and_then(Value::as_str) == Some(key);
            let item = items.iter().rfind(is_it)?;
            Some(item.value.get("value").unwrap_or(&item.value))
        }
        tree => tree.get(key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::yaml;

    #[test]
    fn a_taken_field_leaves_no_empty_parents() {
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

    #[test]
    fn a_list_item_is_taken_by_its_name() {
        let document = "{a: [{name: b, value: '1'}, {name: c, value: '2'}, {name: b, value: '3'}]}";
        let mut tree = yaml::parse(document).unwrap().remove(0).value;
        assert_eq!(find(&tree, "a.b"), Some(&Value::from("3")));
        assert_eq!(
            take(&mut tree, "a.b").map(|node| node.value),
            Some(Value::from("3"))
        );
        assert_eq!(yaml::on_one_line(&tree), "{a: [{name: c, value: \"2\"}]}");
        assert_eq!(
            take(&mut tree, "a.c").map(|node| node.value),
            Some(Value::from("2"))
        );
        assert_eq!(tree, Value::Mapping(Vec::new()));
    }
}
