//! Those who share the time at a moment of the sweep, by class, and what each has got. Border: members come and go, stretches of time
//! are given; who may share is decided in `attribution`.
//!
//! A class of few members is a sorted list, and each is given its part. A class of many is not gone through: what all have got is
//! one running quotient, and the indivisible nanoseconds, which go to the first so many, are additions to a prefix in a tree of sums
//! (Fenwick 1994); a member's share is the difference between its leaving and its coming.

use super::attribution::CLASSES;

/// From so many members on a class is not gone through any more.
const MANY: usize = 48;

/// The members that share, and the shares so far.
#[derive(Debug)]
pub struct Receivers {
    shares: Vec<i64>,
    classes: Vec<Class>,
    /// A bit for each class that has members.
    filled: u32,
}

#[derive(Debug)]
enum Class {
    Few(Vec<u32>),
    Many(Box<Many>),
}

impl Receivers {
    /// Nobody yet, of so many members.
    pub fn new(members: usize) -> Receivers {
        Receivers { shares: vec![0; members], classes: (0..CLASSES).map(|_| Class::Few(Vec::new())).collect(), filled: 0 }
    }

    /// The class that shares now.
    pub fn class(&self) -> Option<u8> {
        (self.filled != 0).then(|| self.filled.trailing_zeros() as u8)
    }

    /// Takes a member in.
    pub fn insert(&mut self, class: u8, member: u32) {
        self.filled |= 1 << class;
        let class = &mut self.classes[class as usize];
        match class {
            Class::Few(list) => {
                let at = list.partition_point(|m| *m < member);
                list.insert(at, member);
                if list.len() > MANY {
                    let mut many = Many::new(self.shares.len());
                    list.iter().for_each(|m| many.insert(*m));
                    *class = Class::Many(Box::new(many));
                }
            }
            Class::Many(many) => many.insert(member),
        }
    }

    /// Lets a member go.
    pub fn remove(&mut self, class: u8, member: u32) {
        let empty = match &mut self.classes[class as usize] {
            Class::Few(list) => {
                if let Ok(at) = list.binary_search(&member) {
                    list.remove(at);
                }
                list.is_empty()
            }
            Class::Many(many) => {
                self.shares[member as usize] += many.remove(member);
                many.len == 0
            }
        };
        if empty {
            self.filled &= !(1 << class);
        }
    }

    /// Gives a stretch of time to the class that shares now.
    pub fn give(&mut self, stretch: i64) {
        let Some(class) = self.class() else { return };
        match &mut self.classes[class as usize] {
            Class::Few(list) => {
                let among = list.len() as i64;
                let (each, rest) = (stretch / among, (stretch % among) as usize);
                for (n, member) in list.iter().enumerate() {
                    self.shares[*member as usize] += each + i64::from(n < rest);
                }
            }
            Class::Many(many) => many.give(stretch),
        }
    }

    /// What each member got. All have left.
    pub fn finish(self) -> Vec<i64> {
        self.shares
    }
}

/// A class of many members.
#[derive(Debug)]
struct Many {
    len: i64,
    each: i64,
    present: Sums,
    extra: Sums,
    at_coming: Vec<i64>,
}

impl Many {
    fn new(members: usize) -> Many {
        Many { len: 0, each: 0, present: Sums::new(members), extra: Sums::new(members + 1), at_coming: vec![0; members] }
    }

    /// What a member would have got had it been there all the time.
    fn level(&self, member: u32) -> i64 {
        self.each + self.extra.up_to(member as usize)
    }

    fn insert(&mut self, member: u32) {
        self.len += 1;
        self.present.add(member as usize, 1);
        self.at_coming[member as usize] = self.level(member);
    }

    fn remove(&mut self, member: u32) -> i64 {
        self.len -= 1;
        self.present.add(member as usize, -1);
        self.level(member) - self.at_coming[member as usize]
    }

    fn give(&mut self, stretch: i64) {
        self.each += stretch / self.len;
        let rest = stretch % self.len;
        if rest > 0 {
            // one more for everybody up to the member who is the last of the first so many
            self.extra.add(0, 1);
            self.extra.add(self.present.place_of(rest) + 1, -1);
        }
    }
}

/// Sums of prefixes of a list that changes.
#[derive(Debug)]
struct Sums(Vec<i64>);

impl Sums {
    fn new(len: usize) -> Sums {
        Sums(vec![0; len + 1])
    }

    fn add(&mut self, place: usize, value: i64) {
        let mut at = place + 1;
        while at < self.0.len() {
            self.0[at] += value;
            at += at & at.wrapping_neg();
        }
    }

    fn up_to(&self, place: usize) -> i64 {
        let (mut at, mut sum) = (place + 1, 0);
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }

    /// The first place up to which the sum is `count`; values are not negative.
    fn place_of(&self, count: i64) -> usize {
        let (mut at, mut left) = (0, count);
        let mut step = self.0.len().next_power_of_two();
        while step > 0 {
            if at + step < self.0.len() && self.0[at + step] < left {
                at += step;
                left -= self.0[at];
            }
            step /= 2;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_give_the_same() {
        // 60 members are too many for a list; every third leaves again, and time is given in between.
        let mut shares = Receivers::new(60);
        let mut by_hand = vec![0; 60];
        let mut there: Vec<usize> = Vec::new();
        for step in 0..200_usize {
            let member = (step * 7) % 60;
            if let Ok(at) = there.binary_search(&member) {
                there.remove(at);
                shares.remove(3, member as u32);
            } else {
                there.insert(there.partition_point(|m| *m < member), member);
                shares.insert(3, member as u32);
            }
            let stretch = (step as i64 * 31) % 97 + 1;
            if !there.is_empty() {
                shares.give(stretch);
                let among = there.len() as i64;
                for (n, m) in there.iter().enumerate() {
                    by_hand[*m] += stretch / among + i64::from((n as i64) < stretch % among);
                }
            }
        }
        for member in there {
            shares.remove(3, member as u32);
        }
        assert_eq!(shares.finish(), by_hand);
    }
}
