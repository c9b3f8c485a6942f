//! Whom a peer names to those that it cannot take.

use rand_core::RngCore;

use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::random::below;

/// One candidate in so many is chosen at random.
const RANDOM: usize = 4;

/// The `best` candidates, but each fourth is one of those `known` at random: whoever claims to have
/// the best places must not be everyone's only address.
pub(crate) fn mix(best: Vec<PeerId>, known: Vec<PeerId>, rng: &mut impl RngCore) -> Vec<PeerId> {
    let mut mixed: Vec<PeerId> = Vec::new();
    let mut best = best.into_iter().peekable();
    while best.peek().is_some() && mixed.len() < limits::CANDIDATE_PARENTS {
        let fresh: Vec<_> =
            best.by_ref().filter(|peer| !mixed.contains(peer)).take(RANDOM - 1).collect();
        mixed.extend(fresh);
        let others: Vec<_> = known.iter().filter(|peer| !mixed.contains(peer)).collect();
        mixed.extend(others.get(below(rng, others.len())).map(|peer| (*peer).clone()));
    }
    mixed.truncate(limits::CANDIDATE_PARENTS);
    mixed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn ids(kind: &str, count: usize) -> Vec<PeerId> {
        (0..count).map(|at| PeerId::new(&format!("{kind}{at}")).unwrap()).collect()
    }

    #[test]
    fn one_in_four_is_chosen_at_random() {
        let rng = &mut Pcg64Mcg::seed_from_u64(1);
        let (best, known) = (ids("best", 9), ids("known", 5));
        let mut seen = BTreeSet::new();
        for _ in 0..100 {
            let mixed = mix(best.clone(), known.clone(), rng);
            assert_eq!(mixed.len(), limits::CANDIDATE_PARENTS);
            assert_eq!((&mixed[..3], &mixed[4..7]), (&best[..3], &best[3..6]));
            assert_ne!(mixed[3], mixed[7]);
            seen.extend([mixed[3].clone(), mixed[7].clone()]);
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), known);
    }

    #[test]
    fn one_that_claims_everything_is_not_the_only_one() {
        let rng = &mut Pcg64Mcg::seed_from_u64(1);
        assert_eq!(mix(ids("liar", 1), ids("known", 1), rng).len(), 2);
        assert_eq!(mix(ids("same", 2), ids("same", 2), rng), ids("same", 2), "nobody twice");
        assert_eq!(mix(ids("best", 5), Vec::new(), rng), ids("best", 5), "none is left out");
        assert_eq!(mix(Vec::new(), ids("known", 3), rng), [], "none has a place");
    }
}
