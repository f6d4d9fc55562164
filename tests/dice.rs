//! Dice for tests that try what nobody has thought of. Each tells its seed, so that a failure can be looked into.

use std::time::SystemTime;

/// Numbers that look random enough (xorshift64; G. Marsaglia, "Xorshift RNGs", 2003).
pub struct Dice(u64);

impl Dice {
    /// Dice that fall as they did with the same seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed | 1)
    }

    /// Dice that fall otherwise each time, or as `TRACEMILL_SEED` says.
    pub fn of_the_hour() -> Dice {
        let time = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos().into();
        Dice::new(std::env::var("TRACEMILL_SEED").map_or_else(|_| time(), |s| s.parse().unwrap()))
    }

    /// What gives the same numbers from here on.
    pub fn seed(&self) -> u64 {
        self.0
    }

    /// A number below that one.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }

    /// Whether it is one of so many.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// Brings the items into another order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n as u64 + 1) as usize);
        }
    }
}
