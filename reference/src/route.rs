//! The surface: which method and path is which operation, and which limit it counts against.

use axum::http::Method;

/// An operation of the API, with the id in its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    CreateAsset,
    ReadAsset(String),
    CreateGeneration,
    ReadGeneration(String),
    Regenerate(String),
    ReadUsage,
    ReadBilling,
}

/// What a limit counts together. Every write route has a class of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    CreateAsset,
    ReadAsset,
    CreateGeneration,
    ReadGeneration,
    Regenerate,
    ReadUsage,
    ReadBilling,
}

impl Route {
    /// The operation, if there is one. A known path with another method (`HEAD` and `OPTIONS` too) is as unknown as
    /// any other. Paths are compared as they were sent: no id needs an escape.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        let path: Vec<&str> = path.strip_prefix("/api/v1/")?.split('/').collect();
        match (method.as_str(), path.as_slice()) {
            ("POST", ["source-assets"]) => Some(Self::CreateAsset),
            ("GET", ["source-assets", id]) => Some(Self::ReadAsset((*id).to_owned())),
            ("POST", ["generations"]) => Some(Self::CreateGeneration),
            ("GET", ["generations", id]) => Some(Self::ReadGeneration((*id).to_owned())),
            ("POST", ["generations", id, "regenerate"]) => Some(Self::Regenerate((*id).to_owned())),
            ("GET", ["usage", "summary"]) => Some(Self::ReadUsage),
            ("GET", ["billing", "events"]) => Some(Self::ReadBilling),
            _ => None,
        }
    }

    /// The methods of a path that is known, where another one was asked for.
    pub(super) fn allowed(path: &str) -> Option<&'static str> {
        ["GET", "POST"].into_iter().find(|name| {
            let method = Method::from_bytes(name.as_bytes());
            method.is_ok_and(|method| Self::of(&method, path).is_some())
        })
    }

    /// Whether the operation has a body.
    pub(super) fn is_write(&self) -> bool {
        matches!(
            self,
            Self::CreateAsset | Self::CreateGeneration | Self::Regenerate(_)
        )
    }

    /// The class that the operation counts in, whatever id it names.
    pub(super) fn class(&self) -> Class {
        match self {
            Self::CreateAsset => Class::CreateAsset,
            Self::ReadAsset(_) => Class::ReadAsset,
            Self::CreateGeneration => Class::CreateGeneration,
            Self::ReadGeneration(_) => Class::ReadGeneration,
            Self::Regenerate(_) => Class::Regenerate,
            Self::ReadUsage => Class::ReadUsage,
            Self::ReadBilling => Class::ReadBilling,
        }
    }
}
