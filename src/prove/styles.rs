//! The styles of the reference server: each conforms, so that whatever a trial says against one is a false alarm.

/// A style and what the suite made of it.
#[derive(Debug, Clone)]
pub struct Styled {
    /// Its name.
    pub style: String,
    /// What it does otherwise.
    pub about: String,
    /// The trials that did not conform.
    pub alarms: Vec<Alarm>,
}

/// What a trial says against a server that conforms.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// The trial.
    pub trial: String,
    /// What it says.
    pub said: String,
    /// Whether it could not judge.
    pub inconclusive: bool,
}

impl Styled {
    /// Whether every trial conforms.
    pub fn passes(&self) -> bool {
        self.alarms.is_empty()
    }
}

/// The whole of a proof by styles.
#[derive(Debug, Clone, Default)]
pub struct Styles {
    /// The styles, in their order.
    pub styles: Vec<Styled>,
    /// Those that were not run to their end, since the user ended the proof: their names.
    pub unrun: Vec<String>,
}

impl Styles {
    /// Whether every style passes.
    pub fn hold(&self) -> bool {
        self.unrun.is_empty() && self.styles.iter().all(Styled::passes)
    }

    /// Whether the alarms are all of trials that could not judge.
    pub fn are_only_inconclusive(&self) -> bool {
        let mut alarms = self.styles.iter().flat_map(|one| &one.alarms);
        alarms.all(|alarm| alarm.inconclusive)
    }

    /// How many styles pass.
    pub fn passed(&self) -> usize {
        self.styles.iter().filter(|one| one.passes()).count()
    }
}
