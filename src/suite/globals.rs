//! The names that every template knows, each declared here, once: how it is written, and what the engine does for it. What a scope has
//! under `fixture`, `secret` and `limit` is left to `names`.

use minijinja::{Environment, ErrorKind, State, Value};

/// The most that `repeat` makes in one template, and all templates of a body together, in bytes: past the body limits of ordinary servers.
pub const LONGEST: usize = 16 * 1024 * 1024;

/// A name that every template knows.
pub(super) struct Global {
    pub(super) name: &'static str,
    /// How authors write it.
    pub(super) written: &'static str,
    /// Gives it to the engine; none: the scope has it.
    pub(super) add: Option<fn(&mut Environment<'static>)>,
}

/// All of them. docs/case-files.md says what each is.
pub(super) const ALL: [Global; 8] = [
    of_scope("each", "each.NAME"),
    of_scope("fixture", "fixture.NAME"),
    of_scope("secret", "secret.NAME"),
    of_scope("limit", "limit.NAME"),
    of_scope("key", "key"),
    of_engine("uuid", "uuid()", |engine| {
        engine.add_function("uuid", || uuid::Uuid::new_v4().to_string());
    }),
    of_engine("repeat", "repeat(text, n)", |engine| {
        engine.add_function("repeat", repeat);
    }),
    of_engine("null", "null", |engine| {
        engine.add_global("null", Value::from(()));
    }),
];

const fn of_scope(name: &'static str, written: &'static str) -> Global {
    Global {
        name,
        written,
        add: None,
    }
}

const fn of_engine(
    name: &'static str,
    written: &'static str,
    add: fn(&mut Environment<'static>),
) -> Global {
    Global {
        name,
        written,
        add: Some(add),
    }
}

/// Their names, which no capture may take.
pub(super) fn taken() -> Vec<&'static str> {
    let mut names: Vec<_> = ALL.iter().map(|global| global.name).collect();
    names.sort_unstable();
    names
}

/// Whether the engine has the name, whatever the scope.
pub(super) fn is_of_engine(name: &str) -> bool {
    let mut of_engine = ALL.iter().filter(|global| global.add.is_some());
    of_engine.any(|global| global.name == name)
}

/// A text so many times over. The engine's own fuel does not count what functions make, so all of one rendering is counted here.
fn repeat(state: &mut State<'_, '_>, text: &str, times: usize) -> Result<String, minijinja::Error> {
    const MADE: &str = "gonogo-repeated";
    let before = state
        .get_temp(MADE)
        .and_then(|made| usize::try_from(made).ok());
    let made = text
        .len()
        .saturating_mul(times)
        .saturating_add(before.unwrap_or(0));
    if made > LONGEST {
        return Err(minijinja::Error::new(
            ErrorKind::InvalidOperation,
            format!("more than {LONGEST} bytes"),
        ));
    }
    state.set_temp(MADE, made.into());
    Ok(text.repeat(times))
}
