//! The kill table: each fault and the first trial that noticed it, what survived, and what nothing ever turned red.

use std::collections::BTreeSet;

/// A fault and what the suite made of it.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// Its name.
    pub fault: String,
    /// What it does wrong.
    pub about: String,
    /// The clause that must be named, where that is known.
    pub wanted: Option<String>,
    /// Who noticed first; none where it survived.
    pub kill: Option<Kill>,
    /// Why it may survive.
    pub survives: Option<String>,
    /// Why it may turn more than half of the trials red.
    pub breaks: Option<String>,
    /// What conforms all the same, where the server does nothing at all.
    pub idle: Option<Idle>,
    /// How many trials were run.
    pub trials: usize,
    /// The trials that noticed.
    pub red: Vec<String>,
    /// Those of them whose own steps or effects did, and not only a control or a probe.
    pub own: Vec<String>,
}

/// Who noticed a fault, and by which clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// The trial.
    pub trial: String,
    /// The clause.
    pub clause: String,
}

/// The trials that conform to a server that does nothing.
#[derive(Debug, Clone, Default)]
pub struct Idle {
    /// Their names, each with the reason, where there is one.
    pub conforming: Vec<(String, Option<String>)>,
    /// Reasons for trials that do not conform: their patterns.
    pub stale: Vec<String>,
}

/// What came of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Found, for its clause.
    Found,
    /// Not found, which has a reason in writing.
    Known,
    /// Not found.
    Survived,
    /// Found, but no finding names the clause that it breaks.
    Mistaken,
    /// Found, but by more than half of the trials: it breaks everything, so that nothing follows.
    Flooding,
    /// Found, though a reason says that it survives, or that trials conform which do not.
    Stale,
    /// The server does nothing, and trials conform without a reason.
    Scoring,
}

impl Fate {
    /// Whether nothing has to be fixed.
    pub fn holds(self) -> bool {
        matches!(self, Self::Found | Self::Known)
    }
}

impl Seeded {
    /// What came of it.
    pub fn fate(&self) -> Fate {
        if let Some(idle) = &self.idle {
            return idle.fate();
        }
        match (&self.kill, &self.survives) {
            (None, Some(_)) => Fate::Known,
            (None, None) => Fate::Survived,
            (Some(_), Some(_)) => Fate::Stale,
            (Some(kill), None)
                if self
                    .wanted
                    .as_ref()
                    .is_some_and(|clause| *clause != kill.clause) =>
            {
                Fate::Mistaken
            }
            (Some(_), None) if self.red.len() * 2 > self.trials && self.breaks.is_none() => {
                Fate::Flooding
            }
            (Some(_), None) => Fate::Found,
        }
    }
}

impl Idle {
    fn fate(&self) -> Fate {
        if self.conforming.iter().any(|(_, reason)| reason.is_none()) {
            Fate::Scoring
        } else if self.stale.is_empty() {
            Fate::Found
        } else {
            Fate::Stale
        }
    }
}

/// The whole of a proof by faults.
#[derive(Debug, Clone, Default)]
pub struct KillTable {
    /// The faults.
    pub seeded: Vec<Seeded>,
    /// Those that were not run to their end, since the user ended the proof: their names.
    pub unrun: Vec<String>,
    /// The trials that no fault turned red, with the reason, where there is one. Empty where not all faults were seeded.
    pub green: Vec<(String, Option<String>)>,
    /// Reasons for trials that are red after all, or that do not exist: their patterns.
    pub stale: Vec<String>,
    /// Whether all of the suite was run.
    pub whole: bool,
    /// Whether the faults were asked for by name.
    pub named: bool,
}

impl KillTable {
    /// Whether nothing has to be fixed.
    pub fn holds(&self) -> bool {
        let faults = self.shown().all(|(_, fate)| fate.holds());
        let green = self.green.iter().all(|(_, reason)| reason.is_some());
        faults && green && self.stale.is_empty() && self.unrun.is_empty()
    }

    /// The faults, and what came of them. Where only some trials were run, a fault that nobody asked for may well be for others to
    /// find; which clause must be named is said of the whole suite, and of so few trials half are none too many.
    pub fn shown(&self) -> impl Iterator<Item = (&Seeded, Fate)> {
        self.seeded.iter().filter_map(|one| match one.fate() {
            Fate::Survived if !self.whole && !self.named => None,
            Fate::Mistaken | Fate::Flooding if !self.whole => Some((one, Fate::Found)),
            // Of some trials only, a reason may be for the others.
            Fate::Stale if !self.whole && one.idle.is_some() => Some((one, Fate::Found)),
            fate => Some((one, fate)),
        })
    }

    /// The trials that some fault turned red by their own doing. A server that does nothing turns almost any red, and shows little.
    pub fn red(&self) -> BTreeSet<&str> {
        self.seeded
            .iter()
            .filter(|one| one.idle.is_none())
            .flat_map(|one| &one.own)
            .map(String::as_str)
            .collect()
    }

    /// The faults that were found, those that survive for a reason, and the trials that are never red.
    pub fn score(&self) -> (usize, usize, usize) {
        let of = |fate: Fate| self.seeded.iter().filter(|one| one.fate() == fate).count();
        let is_found = |one: &&Seeded| match &one.idle {
            Some(idle) => idle.fate() != Fate::Scoring,
            None => one.kill.is_some(),
        };
        let found = self.seeded.iter().filter(is_found).count();
        (found, of(Fate::Known), self.green.len())
    }
}
