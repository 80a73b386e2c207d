#pragma once

/// Looking at data repeatedly and stopping when it pleases destroys a confidence interval, unless the error is rationed
/// over the looks. Here the looks are declared beforehand and evenly spaced; the intervals of all looks hold together
/// with the confidence asked for, whatever makes one stop (repeated confidence intervals: C. Jennison, B. W. Turnbull,
/// J. R. Stat. Soc. B 51 (1989) 305).
///
/// Error is spent as 2Φ(z(α/2)/√share) of the looks passed (K. K. G. Lan, D. L. DeMets, Biometrika 70 (1983) 659, like
/// O'Brien and Fleming): next to nothing early, where two or three visits could not narrow an interval anyway, most of
/// it last. The levels come from the joint normal distribution of estimates that grow by independent visits, and serve
/// as levels of t and rank intervals too (C. Jennison, B. W. Turnbull, Group Sequential Methods, Chapman & Hall
/// 2000, 3.8).
namespace longhaul {

/// Two-sided level of the interval at look `look` of `looks` declared: all looks together err with 1 − confidence.
/// @param look  1 … looks
double alpha_at_look(double confidence, int look, int looks);

/// As above when look `look` turns out to be the last (time is over): what later looks would have spent is spent now.
/// At look = looks the same as alpha_at_look.
double alpha_at_last_look(double confidence, int look, int looks);

}  // namespace longhaul
