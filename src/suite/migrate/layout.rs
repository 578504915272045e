//! Rewriting the tables of a TOML document, in any layout, with their comments.

use std::mem;

use toml_edit::{Array, Decor, InlineTable, Item, Key, KeyMut, RawString, TableLike, Value};

/// The longest list that stays on one line, in bytes.
const LONGEST_LINE: usize = 100;

/// Applies a rewrite to each table of an array, inline or with headers.
pub(super) fn tables(item: &mut Item, mut act: impl FnMut(&mut Item)) {
    match item {
        Item::ArrayOfTables(tables) => {
            for table in tables.iter_mut() {
                let mut one = Item::Table(mem::take(table));
                act(&mut one);
                if let Item::Table(one) = one {
                    *table = one;
                }
            }
        }
        Item::Value(Value::Array(values)) => {
            for value in values.iter_mut() {
                let mut one = Item::Value(mem::replace(value, false.into()));
                act(&mut one);
                if let Item::Value(one) = one {
                    *value = one;
                }
            }
        }
        _ => {}
    }
}

/// The value of a key. `Item::get_mut` would add the key.
pub(super) fn member<'a>(item: &'a mut Item, key: &str) -> Option<&'a mut Item> {
    item.as_table_like_mut()?.get_mut(key)
}

/// Applies a rewrite to each value of a table.
pub(super) fn entries(item: &mut Item, mut act: impl FnMut(&mut Item)) {
    if let Some(table) = item.as_table_like_mut() {
        table.iter_mut().for_each(|(_, value)| act(value));
    }
}

/// Replaces the entries of a table.
pub(super) fn rewrite(item: &mut Item, act: impl FnOnce(Vec<(Key, Item)>) -> Vec<(Key, Item)>) {
    let Some(table) = item.as_table_like() else {
        return;
    };
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    match item {
        Item::Table(table) => {
            let entries = names.iter().filter_map(|name| table.remove_entry(name));
            for (key, item) in act(entries.collect()) {
                table.insert_formatted(&key, item);
            }
        }
        Item::Value(Value::InlineTable(table)) => {
            let entries = names.iter().filter_map(|name| table.remove_entry(name));
            let mut entries: Vec<_> = entries
                .map(|(key, value)| (key, Item::Value(value)))
                .collect();
            // What is before the closing brace is of the last value, whichever that is.
            let closing = entries.last_mut().and_then(|(_, item)| closing(item));
            let mut entries = act(entries);
            if entries.len() != names.len() {
                for (_, item) in &mut entries {
                    set_suffix(item, "");
                }
                if let (Some((_, item)), Some(closing)) = (entries.last_mut(), closing) {
                    set_suffix(item, &closing);
                }
            }
            for (key, item) in entries {
                if let Ok(value) = item.into_value() {
                    table.insert_formatted(&key, value);
                }
            }
        }
        _ => {}
    }
}

/// The white space after a value, from its last line break.
fn closing(item: &mut Item) -> Option<String> {
    let suffix = last_value(item)?.decor().suffix()?.as_str()?;
    let lines = suffix.rfind('\n').unwrap_or_default();
    suffix.get(lines..).map(str::to_owned)
}

/// Sets what is behind a value, unless a comment is there.
fn set_suffix(item: &mut Item, with: &str) {
    if let Some(value) = last_value(item) {
        let mut said = Vec::new();
        note(value.decor().suffix(), &mut said);
        if said.is_empty() {
            value.decor_mut().set_suffix(with);
        }
    }
}

/// The value that is written last. For dotted keys it is inside the item.
fn last_value(item: &mut Item) -> Option<&mut Value> {
    let value = item.as_value_mut()?;
    if !value.as_inline_table().is_some_and(InlineTable::is_dotted) {
        return Some(value);
    }
    let (_, last) = value.as_inline_table_mut()?.iter_mut().last()?;
    Some(last)
}

/// Gathers the comments around an item and, unless it is an inline value, around the entries of a table.
pub(super) fn around(key: Option<&Key>, item: &Item, said: &mut Vec<String>) {
    if let Some(key) = key {
        note_decor(key.leaf_decor(), said);
    }
    match item {
        Item::None => {}
        Item::Value(value) => note_decor(value.decor(), said),
        Item::Table(table) => {
            note_decor(table.decor(), said);
            for (name, item) in table {
                around(table.key(name), item, said);
            }
        }
        Item::ArrayOfTables(tables) => {
            for table in tables {
                around(None, &Item::Table(table.clone()), said);
            }
        }
    }
}

/// Gathers the comments between the braces or brackets of a value, but not those around the entries of a table.
pub(super) fn within(item: &Item, said: &mut Vec<String>) {
    match item {
        Item::Value(Value::Array(values)) => {
            let decors = values.iter().map(Value::decor);
            decors.for_each(|decor| note_decor(decor, said));
            note(Some(values.trailing()), said);
        }
        Item::Value(Value::InlineTable(table)) => note(Some(table.trailing()), said),
        _ => {}
    }
}

fn note_decor(decor: &Decor, said: &mut Vec<String>) {
    note(decor.prefix(), said);
    note(decor.suffix(), said);
}

fn note(around: Option<&RawString>, said: &mut Vec<String>) {
    let lines = around
        .and_then(RawString::as_str)
        .unwrap_or_default()
        .lines();
    said.extend(
        lines
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned),
    );
}

/// Writes comments above an item.
pub(super) fn remark(mut key: KeyMut<'_>, item: &mut Item, said: &[String]) {
    if said.is_empty() {
        return;
    }
    match item {
        Item::Table(table) if !table.is_dotted() => add(table.decor_mut(), said),
        item if item.as_table_like().is_some_and(TableLike::is_dotted) => {
            let table = item.as_table_like_mut();
            if let Some((key, item)) = table.and_then(|table| table.iter_mut().next()) {
                remark(key, item, said);
            }
        }
        _ => add(key.leaf_decor_mut(), said),
    }
}

fn add(decor: &mut Decor, said: &[String]) {
    let before = decor
        .prefix()
        .and_then(RawString::as_str)
        .unwrap_or_default();
    let space = &before[before.trim_end_matches([' ', '\t']).len()..];
    let lines = said.iter().flat_map(|line| [line, "\n", space]);
    let lines: String = lines.collect();
    decor.set_prefix(format!("{before}{lines}"));
}

/// Lays an entry of an inline table out as a line of its own.
pub(super) fn outside(mut key: KeyMut<'_>, item: &mut Item) {
    if let Item::Value(Value::InlineTable(table)) = item
        && table.is_dotted()
    {
        for (key, value) in table.iter_mut() {
            let mut item = Item::Value(mem::replace(value, false.into()));
            outside(key, &mut item);
            if let Item::Value(item) = item {
                *value = item;
            }
        }
        return;
    }
    let mut said = Vec::new();
    note_decor(key.leaf_decor(), &mut said);
    if let Item::Value(value) = item {
        note_decor(value.decor(), &mut said);
        value.decor_mut().clear();
    }
    key.leaf_decor_mut().clear();
    add(key.leaf_decor_mut(), &said);
}

/// Makes a list with comments before its first element; on several lines if one is not enough.
pub(super) fn list(values: Vec<Value>, said: &[String]) -> Array {
    let mut list: Array = values.into_iter().collect();
    if said.is_empty() && list.to_string().len() <= LONGEST_LINE {
        return list;
    }
    for (at, value) in list.iter_mut().enumerate() {
        let said = if at == 0 { said } else { &[] };
        let lines = said.iter().flat_map(|line| ["\n    ", line]);
        let lines: String = lines.collect();
        *value.decor_mut() = Decor::new(format!("{lines}\n    "), "");
    }
    list.set_trailing_comma(true);
    list.set_trailing("\n");
    list
}
