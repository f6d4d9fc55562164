//! Where keywords of rules stand in a text. Border: places, in order; what is found there is the rules' business.

use std::iter::Peekable;

use crate::rules::Rules;

/// Places of keywords, gone through once.
pub struct Hits<'t> {
    ends: Peekable<Box<dyn Iterator<Item = usize> + 't>>,
    always: bool,
}

impl<'t> Hits<'t> {
    /// Those in a text.
    pub fn of(rules: &'t Rules, text: &'t str) -> Hits<'t> {
        let ends: Box<dyn Iterator<Item = usize> + 't> = Box::new(rules.hits(text));
        Hits { ends: ends.peekable(), always: rules.always() }
    }

    /// Whether nothing needs to be looked at.
    pub fn is_empty(&mut self) -> bool {
        !self.always && self.ends.peek().is_none()
    }

    /// Whether one ends within the stretch; stretches are asked about in order.
    pub fn within(&mut self, start: usize, end: usize) -> bool {
        while self.ends.next_if(|at| *at <= start).is_some() {}
        let mut any = self.always;
        while self.ends.next_if(|at| *at <= end).is_some() {
            any = true;
        }
        any
    }
}
