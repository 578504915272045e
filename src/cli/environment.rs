//! What is read of the environment: here and nowhere else, once, and handed down.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use libtest_mimic::ColorSetting;

use crate::input::diagnostic::Styling;
use crate::report::Actions;

/// What is read of the environment, once.
#[derive(Debug)]
pub(super) struct Environment {
    /// The current folder.
    pub(super) folder: PathBuf,
    no_color: bool,
    force_color: bool,
    /// The step of GitHub Actions that this is.
    pub(super) actions: Option<Actions>,
}

impl Environment {
    pub(super) fn read() -> Self {
        let set =
            |name: &str| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
        let folder = std::env::current_dir().unwrap_or_default();
        let path = |name: &str| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let actions = (variable("GITHUB_ACTIONS").as_deref() == Some("true")).then(|| Actions {
            folder: folder.clone(),
            workspace: path("GITHUB_WORKSPACE"),
            summary: path("GITHUB_STEP_SUMMARY"),
        });
        Self {
            folder,
            no_color: set("NO_COLOR"),
            force_color: set("CLICOLOR_FORCE"),
            actions,
        }
    }

    /// Whether a stream may have colours.
    fn styling(&self, asked: Option<ColorSetting>, terminal: bool) -> Styling {
        let coloured = match asked {
            Some(ColorSetting::Always) => true,
            Some(ColorSetting::Never) => false,
            Some(ColorSetting::Auto) | None => self.force_color || (terminal && !self.no_color),
        };
        if coloured {
            Styling::Coloured
        } else {
            Styling::Plain
        }
    }

    pub(super) fn stdout(&self, asked: Option<ColorSetting>) -> Styling {
        self.styling(asked, std::io::stdout().is_terminal())
    }

    pub(super) fn stderr(&self) -> Styling {
        self.styling(None, std::io::stderr().is_terminal())
    }
}

/// An environment variable, where it is set and is text.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
