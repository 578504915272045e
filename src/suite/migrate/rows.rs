//! The rows of an `expect`: in 0.1 assertions applied to successes only, in 0.2 they apply to every accepted row.

use std::mem;

use toml_edit::{InlineTable, Item, Value};

use super::layout::{around, list, member, rewrite, within};

/// Separates the rows that the assertions of 0.1 applied to from the others.
pub(super) fn split(expect: &mut Item, old: bool, schemas: bool) {
    let Some(table) = expect.as_table_like() else {
        return;
    };
    let has = |key| table.contains_key(key);
    let key = if has("row") { "row" } else { "each" };
    let Some(rows) = table.get(key).and_then(Item::as_array) else {
        return;
    };
    let bare = |row: &Value| {
        let mut row = row.clone();
        row.decor_mut().clear();
        row
    };
    let (rejections, successes): (Vec<Value>, Vec<Value>) =
        rows.iter().map(bare).partition(is_rejection);
    let old = old || (schemas && has("schema") && !has("body"));
    let is_new = !old || has("headers") || rows.iter().any(Value::is_inline_table);
    let is_mixed = !rejections.is_empty() && !successes.is_empty();
    if is_new || !is_mixed || (has("row") && has("each")) {
        return;
    }
    let mut said = Vec::new();
    if let Some(rows) = table.get(key) {
        within(rows, &mut said);
    }
    let mut first = InlineTable::new();
    first.insert("row", one_or_list(successes));
    let inline = expect
        .as_inline_table()
        .is_some_and(|table| !table.is_dotted());
    rewrite(expect, |mut kept| {
        kept.retain_mut(|(name, item)| {
            let moves = ["body", "schema"].contains(&name.get());
            if moves {
                around(Some(name), item, &mut said);
                if let Ok(mut value) = mem::take(item).into_value() {
                    value.decor_mut().clear();
                    first.insert(name.get(), value);
                }
            }
            !moves
        });
        kept
    });
    let alone =
        inline && key == "row" && expect.as_table_like().is_some_and(|table| table.len() == 1);
    let mut alternatives = vec![Value::from(first)];
    if alone {
        rewrite(expect, |kept| {
            for (key, item) in &kept {
                around(Some(key), item, &mut said);
            }
            Vec::new()
        });
        within(expect, &mut said);
        let mut rest = InlineTable::new();
        rest.insert("row", one_or_list(rejections));
        alternatives.push(rest.into());
    } else {
        alternatives.extend(rejections);
    }
    let place = if alone {
        Some(expect)
    } else {
        member(expect, key)
    };
    if let Some(Item::Value(place)) = place {
        let mut list = list(alternatives, &said);
        *list.decor_mut() = mem::take(place.decor_mut());
        *place = list.into();
    }
}

/// Whether the row rejects. A template may stand for a success.
fn is_rejection(row: &Value) -> bool {
    match row {
        Value::String(row) => row.value() != "success" && !row.value().contains("{{"),
        Value::Integer(status) => !(200..300).contains(status.value()),
        _ => false,
    }
}

fn one_or_list(mut rows: Vec<Value>) -> Value {
    match rows.pop() {
        Some(one) if rows.is_empty() => one,
        last => rows.into_iter().chain(last).collect(),
    }
}
