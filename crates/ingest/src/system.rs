//! The systems that hold records, by what they keep of them. Border: names and ranks; what a system loses is said where it is decoded.

/// What a record was read from, richest first (DESIGN: OTLP, then Tempo, then Loki, then Prometheus).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// OTLP, as the agent or a Collector wrote it.
    #[default]
    Otlp,
    /// A file of the agent's own form.
    Agent,
    /// Tempo: its API or its blocks.
    Tempo,
    /// A download from Grafana's pages: times pass through floating point.
    Grafana,
    /// Loki: types and dots are lost.
    Loki,
    /// Prometheus and what speaks like it: samples instead of points.
    Prometheus,
}

impl System {
    /// The word for it in the tables.
    pub fn name(self) -> &'static str {
        match self {
            System::Otlp => "otlp",
            System::Agent => "agent",
            System::Tempo => "tempo",
            System::Grafana => "grafana",
            System::Loki => "loki",
            System::Prometheus => "prometheus",
        }
    }

    /// The system of that name; what is not known is the richest, because only what is surely poorer may be dropped for another.
    pub fn of(name: &str) -> System {
        [System::Agent, System::Tempo, System::Grafana, System::Loki, System::Prometheus].into_iter().find(|s| s.name() == name).unwrap_or_default()
    }

    /// How rich it is: the greater stands.
    pub fn richness(self) -> u8 {
        15 - self as u8
    }
}
