//! Which trials are proved.

/// The trials whose names contain one text, and none of the others.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What a name must contain; empty: anything.
    pub contains: String,
    /// What it must not contain.
    pub skip: Vec<String>,
}

impl Filter {
    /// Whether the trial of this name is proved.
    pub fn selects(&self, name: &str) -> bool {
        let skipped = self.skip.iter().any(|skip| name.contains(skip.as_str()));
        name.contains(&self.contains) && !skipped
    }

    /// Whether all trials are.
    pub fn is_everything(&self) -> bool {
        self.contains.is_empty() && self.skip.is_empty()
    }
}
