//! Which fault strikes next, and after how long: drawn from a seed. No I/O here.

use std::time::Duration;

use fastrand::Rng;

/// Longest time that a cluster works in peace before the next strike.
const PEACE: Duration = Duration::from_secs(10);

/// Faults in a random order, all of them before one comes again.
#[derive(Debug)]
pub(super) struct Schedule<Fault> {
    random: Rng,
    faults: Vec<Fault>,
    left: Vec<Fault>,
}

impl<Fault: Copy> Schedule<Fault> {
    /// Returns the schedule of `seed`: the same seed gives the same faults.
    pub(super) fn new(seed: u64, faults: Vec<Fault>) -> Self {
        let random = Rng::with_seed(seed);
        Self {
            random,
            faults,
            left: Vec::new(),
        }
    }

    /// Returns the next fault, and the time before it; nothing from an empty schedule.
    pub(super) fn next(&mut self) -> Option<(Fault, Duration)> {
        if self.left.is_empty() {
            self.left.clone_from(&self.faults);
            self.random.shuffle(&mut self.left);
        }
        let peace = PEACE.mul_f64(self.random.f64());
        Some((self.left.pop()?, peace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, count: usize) -> Vec<(u8, Duration)> {
        let mut schedule = Schedule::new(seed, vec![1, 2, 3, 4]);
        (0..count).map(|_| schedule.next().unwrap()).collect()
    }

    #[test]
    fn a_seed_repeats_its_faults() {
        assert_eq!(drawn(7, 12), drawn(7, 12));
        assert_ne!(drawn(7, 12), drawn(8, 12));
    }

    #[test]
    fn every_fault_comes_once_before_any_repeats() {
        for round in drawn(7, 12).chunks(4) {
            let mut faults: Vec<u8> = round.iter().map(|(card, _)| *card).collect();
            faults.sort_unstable();
            assert_eq!(faults, [1, 2, 3, 4]);
        }
    }

    #[test]
    fn an_empty_schedule_has_no_fault() {
        assert_eq!(Schedule::<u8>::new(7, Vec::new()).next(), None);
    }
}
