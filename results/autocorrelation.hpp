#pragma once
#include <span>

#include "results/statistics.hpp"

namespace longhaul {

/// How many successive samples tell as much about the median as one independent sample: ≥ 1.
///
/// 1 + 2 Σ ρ_k over the autocorrelation of the indicator 'at or below the visit's own median', pooled over visits, each
/// lag corrected for the mean that was taken out (a bias of −inefficiency/n), summed while pairs of lags are positive.
/// Source: C. J. Geyer, Practical Markov Chain Monte Carlo, Statistical Science 7 (1992): initial positive sequence.
double inefficiency(std::span<const VisitSamples> visits);

}  // namespace longhaul
