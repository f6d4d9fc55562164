//! What the program itself takes for user, team, project, repository, branch and cost centre: the names in `default.toml`. Border: which
//! attribute, and how its value is written; a user's map stands over it.

use std::sync::Arc;

use serde::Deserialize;

use super::{OWN, repository};

/// The table, as embedded.
pub const TEXT: &str = include_str!("default.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    user: Vec<String>,
    team: Vec<String>,
    project: Vec<String>,
    repository: Vec<String>,
    branch: Vec<String>,
    cost_center: Vec<String>,
}

/// The names of attributes, best first, of each of [`OWN`].
#[derive(Debug)]
pub struct Names([Vec<String>; OWN.len()]);

impl Names {
    /// Reads a table; the error says where and why.
    pub fn parse(text: &str) -> Result<Names, String> {
        let File { user, team, project, repository, branch, cost_center } = toml::from_str(text).map_err(|e| e.to_string())?;
        Ok(Names([user, team, project, repository, branch, cost_center]))
    }

    /// The names of one of [`OWN`], by its place.
    pub fn of(&self, own: usize) -> &[String] {
        &self.0[own]
    }

    /// All names.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }

    /// What the attributes tell of the label at a place in [`OWN`]: how far down the list its name stands, and the value.
    pub fn find(&self, own: usize, attribute: &dyn Fn(&str) -> Option<String>) -> Option<(u32, Arc<str>)> {
        let (rank, value) = (0..).zip(&self.0[own]).find_map(|(rank, name)| Some((rank, attribute(name)?)))?;
        let value = match OWN[own] {
            "repository" => repository::repository(&value),
            "branch" => repository::branch(&value),
            _ => value,
        };
        (!value.is_empty()).then(|| (rank, Arc::from(value)))
    }
}
