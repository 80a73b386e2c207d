#pragma once
#include <string>
#include <vector>

#include "results/gate.hpp"

/// A gate's verdict as text, JSON and JUnit.
namespace longhaul {

/// For a terminal: the verdict, a line a rule, and of rules that did not pass the worst point and by how much.
std::string gate_table(const GateReport& report);
std::string gate_json(const GateReport& report);
/// A test case a rule. JUnit knows no third verdict: inconclusive is a failure whose type says so.
std::string gate_junit(const GateReport& report);

/// On what the verdict rests: "confidence 95 % over all looks; this is look 1, judged at 97.5 %; scatter between
/// rounds".
std::string basis(const GateReport& report);
/// What there is to say of a rule, a line each: reasons, and the worst finding with what would settle it.
std::vector<std::string> details(const RuleFinding& rule, Level level);

/// "fails by 12 %: flat all_reduce of 64 MiB at +10 ms has busbw 41 GB/s, required at least 46 GB/s".
std::string sentence(const PointFinding& finding);

}  // namespace longhaul
