//! Which fault strikes next, and after how long: drawn from a seed. No I/O here.

use std::time::Duration;

use fastrand::Rng;

/// Longest time that a cluster works in peace before the next strike.
const PEACE: Duration = Duration::from_secs(10);

/// Cards that are dealt in a random order, all of them before one comes again.
#[derive(Debug)]
pub(super) struct Deck<Card> {
    random: Rng,
    cards: Vec<Card>,
    left: Vec<Card>,
}

impl<Card: Copy> Deck<Card> {
    /// Returns the deck of `seed`: the same one deals the same.
    pub(super) fn new(seed: u64, cards: Vec<Card>) -> Self {
        let random = Rng::with_seed(seed);
        Self {
            random,
            cards,
            left: Vec::new(),
        }
    }

    /// Returns the next card, and the time before it; nothing from an empty deck.
    pub(super) fn deal(&mut self) -> Option<(Card, Duration)> {
        if self.left.is_empty() {
            self.left.clone_from(&self.cards);
            self.random.shuffle(&mut self.left);
        }
        let peace = PEACE.mul_f64(self.random.f64());
        Some((self.left.pop()?, peace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealt(seed: u64, count: usize) -> Vec<(u8, Duration)> {
        let mut deck = Deck::new(seed, vec![1, 2, 3, 4]);
        (0..count).map(|_| deck.deal().unwrap()).collect()
    }

    #[test]
    fn a_seed_deals_the_same_again_and_another_one_something_else() {
        assert_eq!(dealt(7, 12), dealt(7, 12));
        assert_ne!(dealt(7, 12), dealt(8, 12));
    }

    #[test]
    fn every_card_comes_before_one_comes_again() {
        for round in dealt(7, 12).chunks(4) {
            let mut cards: Vec<u8> = round.iter().map(|(card, _)| *card).collect();
            cards.sort_unstable();
            assert_eq!(cards, [1, 2, 3, 4]);
        }
    }

    #[test]
    fn an_empty_deck_deals_nothing() {
        assert_eq!(Deck::<u8>::new(7, Vec::new()).deal(), None);
    }
}
