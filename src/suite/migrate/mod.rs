//! Case files of 0.1 rewritten for the matchers of 0.2: `success`, `expect` and `poll.until`.
//!
//! Only the syntax matters: files with other faults are rewritten, too. `layout` keeps the comments. `cli` finds the files.

mod layout;
mod rows;

use std::mem;

use toml_edit::{Decor, DocumentMut, InlineTable, Item, Key, Table, TableLike};

use self::layout::{around, entries, member, outside, remark, rewrite, tables, within};
use self::rows::split;
use super::keys::RawMatcherOfMany;
use super::model::Kind;
use super::template::{inner, is_expression};

/// The assertions of a body: the key of 0.2 and those of 0.1.
const ASSERTIONS: [&str; 4] = ["body", "members", "equal", "differ"];

/// Returns a case file of 0.1 in the form of 0.2, or `None` if there is nothing to rewrite or the text does not parse.
pub fn migrated(text: &str) -> Option<String> {
    let bare = text.trim_start_matches('\u{feff}');
    let breaks = bare.matches('\n').count();
    let windows = breaks > 0 && breaks == bare.matches("\r\n").count();
    let lines = if windows {
        bare.replace("\r\n", "\n")
    } else {
        bare.to_owned()
    };
    let mut document: DocumentMut = lines.parse().ok()?;
    let before = document.to_string();
    rewrite_file(&mut document, false);
    if document.to_string() == before {
        return None;
    }
    // A schema of several rows looks the same in both versions: it is of 0.1 if something else in the file is.
    rewrite_file(&mut document, true);
    let mut after = document.to_string();
    if windows {
        after = after.replace('\n', "\r\n");
    }
    let mark = text.strip_suffix(bare).unwrap_or_default();
    Some(format!("{mark}{after}"))
}

fn rewrite_file(document: &mut DocumentMut, schemas: bool) {
    let requests = document.get_mut("request");
    if let Some(requests) = requests.and_then(Item::as_table_like_mut) {
        for (_, request) in requests.iter_mut() {
            if let Some(success) = member(request, "success") {
                entries(success, |value| {
                    if is_kind(value) {
                        wrap(value, "is");
                    }
                });
            }
        }
    }
    if let Some(cases) = document.get_mut("case") {
        tables(cases, |case| rewrite_case(case, schemas));
    }
}

/// A part of a case that is rewritten. A template of `each` may stand for any of them.
#[derive(Debug, Clone, Copy)]
enum Part {
    Steps,
    Expect,
    Poll,
    Until,
    Assertions(&'static str),
}

struct Rewriter {
    each: Item,
    schemas: bool,
    /// The paths into `each` of values that stand for a part.
    referenced: Vec<(Vec<String>, Part)>,
}

fn rewrite_case(case: &mut Item, schemas: bool) {
    let mut rewriter = Rewriter {
        each: case.get("each").cloned().unwrap_or_default(),
        schemas,
        referenced: Vec::new(),
    };
    rewriter.step(case);
    if let Some(steps) = member(case, "step") {
        rewriter.part(Part::Steps, steps);
    }
    for (path, part) in mem::take(&mut rewriter.referenced) {
        let Some((name, rest)) = path.split_first() else {
            continue;
        };
        if let Some(variants) = member(case, "each").and_then(|each| member(each, name)) {
            entries(variants, |variant| {
                let found = rest.iter().try_fold(variant, |item, key| member(item, key));
                if let Some(found) = found {
                    rewriter.part(part, found);
                }
            });
        }
    }
}

impl Rewriter {
    fn step(&mut self, step: &mut Item) {
        for (key, part) in [("expect", Part::Expect), ("poll", Part::Poll)] {
            if let Some(item) = member(step, key) {
                self.part(part, item);
            }
        }
    }

    fn part(&mut self, part: Part, item: &mut Item) {
        if let Some(path) = reference(item) {
            self.referenced.push((path, part));
            return;
        }
        match part {
            Part::Steps => tables(item, |step| self.step(step)),
            Part::Expect if item.is_table_like() => {
                let old = self.body(item);
                split(item, old, self.schemas);
            }
            Part::Expect => tables(item, |one| {
                self.body(one);
            }),
            Part::Poll => {
                if let Some(until) = member(item, "until") {
                    self.part(Part::Until, until);
                }
            }
            Part::Until => entries(item, |value| self.until(value)),
            Part::Assertions(key) => entries(item, |value| self.asserted(key, value)),
        }
    }

    /// Merges all assertions of an `expect` into one `body`. Returns whether there was no `body` before.
    fn body(&mut self, expect: &mut Item) -> bool {
        let Some(table) = expect.as_table_like() else {
            return false;
        };
        let found: Vec<(&'static str, Layout, bool)> = table
            .iter()
            .filter_map(|(key, item)| {
                let key = assertion(key)?;
                Some((key, Layout::of(item)?, reference(item).is_some()))
            })
            .collect();
        let all = table.iter().filter(|(key, _)| assertion(key).is_some());
        if found.len() != all.count() || found.iter().all(|(key, ..)| *key == "body") {
            return false;
        }
        let is_first = !table.contains_key("body");
        // A table with a header can take the others in, then dotted keys.
        let Some(&(target, layout, _)) = found.iter().min_by_key(|(_, layout, _)| *layout) else {
            return false;
        };
        if found.iter().any(|(.., is_reference)| *is_reference) {
            if found.len() > 1 {
                return false; // What a template stands for cannot be merged.
            }
            if let Some(item) = member(expect, target) {
                self.part(Part::Assertions(target), item);
            }
        }
        rewrite(expect, |mut kept| {
            let mut moved = Vec::new();
            let mut said = Vec::new();
            kept.retain_mut(|(key, item)| match assertion(key.get()) {
                Some(source) if source != target => {
                    let inline = Layout::of(item) == Some(Layout::Inline);
                    rewrite(item, |entries| {
                        let entries = entries.into_iter();
                        moved.extend(entries.map(|(key, item)| (source, inline, key, item)));
                        Vec::new()
                    });
                    around(Some(key), item, &mut said);
                    within(item, &mut said);
                    false
                }
                _ => true,
            });
            for (key, item) in &mut kept {
                if key.get() == target {
                    entries(item, |value| self.asserted(target, value));
                    if !moved.is_empty() {
                        rewrite(item, |known| {
                            self.merged(known, mem::take(&mut moved), layout, &mut said)
                        });
                    }
                    *key = renamed(key);
                    remark(key.as_mut(), item, &said);
                }
            }
            kept
        });
        is_first
    }

    /// Adds the entries of other assertions to those of one.
    fn merged(
        &self,
        mut known: Vec<(Key, Item)>,
        moved: Vec<(&str, bool, Key, Item)>,
        layout: Layout,
        said: &mut Vec<String>,
    ) -> Vec<(Key, Item)> {
        for (source, inline, mut key, mut value) in moved {
            self.asserted(source, &mut value);
            if let Some((_, known)) = known.iter_mut().find(|(known, _)| *known == key) {
                around(Some(&key), &value, said);
                merge(known, value);
                continue;
            }
            if inline && layout != Layout::Inline {
                outside(key.as_mut(), &mut value);
            }
            known.push((key, value));
        }
        known
    }

    /// Turns an assertion of 0.1 about one place into a matcher.
    fn asserted(&self, key: &str, value: &mut Item) {
        match key {
            "members" => wrap(value, "is"),
            "equal" if self.any(value, &|value| is_kind(value) || value.is_table_like()) => {
                wrap(value, "equal");
            }
            "differ" => {
                wrap(value, "not_equal");
                if let Some(matcher) = value.as_table_like_mut() {
                    matcher.insert("optional", Item::Value(true.into()));
                }
                if let Item::Table(matcher) = value {
                    matcher.set_implicit(false);
                    if let Some(Item::Table(operand)) = matcher.get_mut("not_equal") {
                        let decor = mem::replace(operand.decor_mut(), Decor::new("", ""));
                        *matcher.decor_mut() = decor;
                    }
                }
            }
            _ => {}
        }
    }

    fn until(&self, value: &mut Item) {
        if self.any(value, &Item::is_array) {
            if !self.any(value, &|value| !value.is_array()) {
                wrap(value, "one_of");
            }
        } else if self.any(value, &|value| is_kind(value) || is_literal_table(value)) {
            wrap(value, "equal");
        }
    }

    /// Whether the predicate holds for the value, or for a value of `each` that the value refers to.
    fn any(&self, value: &Item, is: &dyn Fn(&Item) -> bool) -> bool {
        let path = reference(value).unwrap_or_default();
        let Some((name, rest)) = path.split_first() else {
            return is(value);
        };
        let variants = self.each.get(name);
        if let Some(values) = variants.and_then(Item::as_array) {
            return values.iter().any(|value| is(&Item::Value(value.clone())));
        }
        let variants = variants.and_then(Item::as_table_like);
        variants.is_some_and(|variants| {
            let named = |item, key: &String| Item::get(item, key);
            variants.iter().any(|(_, variant)| {
                let found = rest.iter().try_fold(variant, named);
                found.is_some_and(is)
            })
        })
    }
}

/// The layout of a table. Layouts that can contain the others come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layout {
    Header,
    Dotted,
    Inline,
}

impl Layout {
    /// The layout of a table, or of a template that stands for one.
    fn of(item: &Item) -> Option<Self> {
        match item {
            Item::Table(table) if !table.is_dotted() => Some(Self::Header),
            item if item.as_table_like().is_some_and(TableLike::is_dotted) => Some(Self::Dotted),
            item if item.is_table_like() || reference(item).is_some() => Some(Self::Inline),
            _ => None,
        }
    }
}

fn assertion(key: &str) -> Option<&'static str> {
    ASSERTIONS.into_iter().find(|known| *known == key)
}

/// The path in a string that consists of `{{ each.… }}` only.
fn reference(item: &Item) -> Option<Vec<String>> {
    let text = item.as_str().filter(|text| is_expression(text))?;
    let path = inner(text).strip_prefix("each.")?;
    Some(path.split('.').map(str::to_owned).collect())
}

fn renamed(key: &Key) -> Key {
    Key::new("body")
        .with_leaf_decor(key.leaf_decor().clone())
        .with_dotted_decor(key.dotted_decor().clone())
}

fn is_kind(value: &Item) -> bool {
    value
        .as_str()
        .is_some_and(|text| Kind::named(text).is_some())
}

/// Whether it is a table that cannot be a matcher of 0.2.
fn is_literal_table(value: &Item) -> bool {
    value.as_table_like().is_some_and(|table| {
        let operators = RawMatcherOfMany::SHAPE.entries();
        let is_operator = |key| operators.iter().any(|known| known.name == key);
        table.is_empty() || table.iter().any(|(key, _)| !is_operator(key))
    })
}

/// Wraps a value in `{ operator = value }`, and keeps its layout.
fn wrap(value: &mut Item, operator: &str) {
    *value = match mem::take(value) {
        Item::Value(mut inner) => {
            let mut table = InlineTable::new();
            if inner.as_inline_table().is_some_and(InlineTable::is_dotted) {
                table.set_dotted(true);
            } else {
                *table.decor_mut() = mem::take(inner.decor_mut());
            }
            table.insert(operator, inner);
            Item::Value(table.into())
        }
        Item::Table(inner) => {
            let mut table = Table::new();
            table.set_dotted(inner.is_dotted());
            table.set_implicit(true);
            table.set_position(inner.position());
            table.insert(operator, Item::Table(inner));
            Item::Table(table)
        }
        other => other,
    };
}

/// Merges two matchers of the same place.
fn merge(known: &mut Item, mut other: Item) {
    for matcher in [&mut *known, &mut other] {
        if !matcher.is_table_like() {
            wrap(matcher, "equal");
        }
    }
    let (Some(known), Some(other)) = (known.as_table_like_mut(), other.as_table_like_mut()) else {
        return;
    };
    // If one of them requires a value, so do both.
    if !other.contains_key("optional") {
        known.remove("optional");
    } else if !known.contains_key("optional") {
        other.remove("optional");
    }
    for (key, operand) in other.iter_mut() {
        known.insert(&key, mem::take(operand));
    }
}
