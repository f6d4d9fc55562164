//! What is found out about a source beside its records: the forms its requests have, what these forms lose, and what a reader must know
//! before trusting the figures. Border: words; who shows them is `inspect`'s and the program's business.

use crate::names::Names;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Forms of the requests, with version where it shows: `OTLP JSON`, `Loki query_range`, `Tempo block vParquet4`.
    pub forms: Names,
    /// What these forms do not hold of the original telemetry.
    pub lacks: Names,
    /// What makes figures from this source wrong or incomplete unless something is done; told at once, and how.
    pub warnings: Names,
}

impl Told {
    /// A request of this form was read.
    pub fn form(&mut self, form: &str) {
        self.forms.add(form);
    }

    /// The form does not hold this.
    pub fn lacks(&mut self, what: &str) {
        self.lacks.add(what);
    }

    /// A reader must know this.
    pub fn warn(&mut self, warning: &str) {
        self.warnings.add(warning);
    }

    /// Adds what was found out elsewhere.
    pub fn merge(&mut self, other: Told) {
        self.forms.merge(other.forms);
        self.lacks.merge(other.lacks);
        self.warnings.merge(other.warnings);
    }
}
