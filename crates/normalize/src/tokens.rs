//! Token counts of one response, as every dialect converts them: input includes cached and cache-written, output includes
//! reasoning, total = input + output. Border: counts; their price is `pricing`'s business.

use std::ops::AddAssign;

/// Token counts; unknown is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// In, cached and cache-written included.
    pub input: Option<i64>,
    /// Of these: read from the cache.
    pub cached: Option<i64>,
    /// Of these: written to the cache.
    pub cache_write: Option<i64>,
    /// Of these: kept for an hour; the others, and all where this is unknown, for five minutes.
    pub cache_write_1h: Option<i64>,
    /// Out, reasoning included.
    pub output: Option<i64>,
    /// Of these: reasoning.
    pub reasoning: Option<i64>,
}

impl Tokens {
    /// Input + output.
    pub fn total(&self) -> Option<i64> {
        self.input?.checked_add(self.output?)
    }

    /// Takes it that nothing came out, where the input is known: of a call that has no output.
    pub fn has_no_output(&mut self) {
        self.output = self.output.or(self.input.map(|_| 0));
    }

    /// Whether every count is zero or unknown.
    pub fn is_nothing(&self) -> bool {
        [self.input, self.cached, self.cache_write, self.output, self.reasoning].iter().all(|n| n.unwrap_or(0) == 0)
    }
}

impl AddAssign for Tokens {
    /// Sums what is known; a sum of unknowns stays unknown.
    fn add_assign(&mut self, other: Tokens) {
        add(&mut self.input, other.input);
        add(&mut self.cached, other.cached);
        add(&mut self.cache_write, other.cache_write);
        add(&mut self.cache_write_1h, other.cache_write_1h);
        add(&mut self.output, other.output);
        add(&mut self.reasoning, other.reasoning);
    }
}

/// Adds what is known to a sum that is unknown as long as nothing was.
pub fn add(sum: &mut Option<i64>, value: Option<i64>) {
    if let Some(value) = value {
        *sum = Some(sum.unwrap_or(0).saturating_add(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_the_unknown_apart_from_zero() {
        let mut sum = Tokens::default();
        sum += Tokens { input: Some(10), output: Some(2), ..Tokens::default() };
        sum += Tokens { input: Some(5), cached: Some(0), ..Tokens::default() };
        assert_eq!(sum, Tokens { input: Some(15), cached: Some(0), output: Some(2), ..Tokens::default() });
        assert_eq!(sum.total(), Some(17));
        assert_eq!(Tokens { input: Some(1), ..Tokens::default() }.total(), None);
    }
}
