//! Deviations of finished answers: where each shows, and what it changes. One table a category, one line a fault.

mod edit;
mod envelope;
mod headers;
mod retry;
mod status;
mod success;

use axum::http::HeaderMap;

use super::Fault;
use crate::response::Message;
use crate::route::Class;
use edit::Edit;

/// Where a deviation shows: the answers of some statuses, everywhere or in one place.
#[derive(Debug, Clone, Copy)]
struct On {
    from: u16,
    to: u16,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    At(Class),
    UnknownPath,
}

/// The answers of one status.
const fn on(status: u16) -> On {
    On {
        from: status,
        to: status,
        place: Place::Anywhere,
    }
}

/// The successes of one route.
const fn success(class: Class) -> On {
    On {
        from: 200,
        to: 299,
        place: Place::At(class),
    }
}

/// All responses of one route.
const fn any(class: Class) -> On {
    On {
        from: 200,
        to: 599,
        place: Place::At(class),
    }
}

impl On {
    const fn at(self, class: Class) -> Self {
        Self {
            place: Place::At(class),
            ..self
        }
    }

    const fn unknown_path(self) -> Self {
        Self {
            place: Place::UnknownPath,
            ..self
        }
    }

    fn includes(self, status: u16, class: Option<Class>) -> bool {
        let here = match self.place {
            Place::Anywhere => true,
            Place::At(place) => class == Some(place),
            Place::UnknownPath => class.is_none(),
        };
        here && (self.from..=self.to).contains(&status)
    }
}

/// The answer as a server with this fault sends it.
pub(crate) fn deviate(
    fault: Fault,
    class: Option<Class>,
    asked: &HeaderMap,
    message: Message,
) -> Message {
    let deviation = envelope::of(fault)
        .or_else(|| status::of(fault))
        .or_else(|| retry::of(fault))
        .or_else(|| headers::of(fault))
        .or_else(|| success::of(fault));
    match deviation {
        Some((on, edit)) if on.includes(message.status.as_u16(), class) => {
            edit.made(message, asked)
        }
        _ => message,
    }
}

/// A line of a table.
type Deviation = Option<(On, Edit)>;
