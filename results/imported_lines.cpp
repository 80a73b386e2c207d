#include "results/imported_lines.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace longhaul {

namespace {

constexpr std::string_view kDigits = "0123456789";

/// "1,0" of Open MPI 4, "prterun-host-1@1,0" of 5: of what stands between the brackets.
bool is_rank_tag(std::string_view inside) {
  if (const auto at = inside.find('@'); at != std::string_view::npos) {
    if (at == 0 || inside.substr(0, at).find_first_of(" \t") != std::string_view::npos) return false;
    inside.remove_prefix(at + 1);
  }
  return !inside.empty() && inside.find_first_not_of("0123456789,") == std::string_view::npos;
}

/// "0: ", "07: ", as `srun --label` writes it; of an empty line only "0:" is left.
std::string_view without_label(std::string_view line) {
  const auto end = line.find_first_not_of(kDigits);
  if (end == std::string_view::npos || end == 0 || line[end] != ':') return line;
  const auto rest = line.substr(end + 1);
  if (rest.empty()) return rest;
  return rest.front() == ' ' ? rest.substr(1) : line;
}

}  // namespace

std::string_view bare_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (!line.starts_with("[")) return without_label(line);
  const auto close = line.find(']');
  if (!is_rank_tag(line.substr(1, close == std::string_view::npos ? 0 : close - 1))) return line;
  line.remove_prefix(close + 1);
  if (line.starts_with("<"))
    if (const auto end = line.find(">:"); end != std::string_view::npos) line.remove_prefix(end + 2);
  if (line.starts_with(":")) line.remove_prefix(1);
  return line;
}

std::string bared_json(std::string_view text) {
  std::string bared;
  for (bool is_first = true; !text.empty(); is_first = false) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = bare_line(text.substr(0, end));
    if (is_first && (text.starts_with('{') || !line.starts_with('{'))) return {};
    (bared += line) += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return bared;
}

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return text;
}

LineWords words_of_line(std::string_view line) {
  LineWords words;
  while (true) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<double> number_in(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> integer_in(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value < 0) return std::nullopt;
  return value;
}

double printed_unit(std::string_view word) {
  const auto mark = std::min(word.find_first_of("eE"), word.size());
  const auto mantissa = word.substr(0, mark);
  const auto point = mantissa.find('.');
  const auto decimals = point == std::string_view::npos ? 0 : static_cast<int>(mantissa.size() - point) - 1;
  int exponent = 0;
  auto digits = word.substr(std::min(mark + 1, word.size()));
  if (digits.starts_with("+")) digits.remove_prefix(1);
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  return std::pow(10.0, exponent - decimals);
}

bool tells_failure(std::string_view line) {
  for (const auto* sign :
       {"Test NCCL failure", "Test CUDA failure", "Test failure", "unhandled", "remote process exited", "Aborted",
        "SIGTERM", "CANCELLED", "TIME LIMIT", "DATA VALIDATION ERROR", "MPI_ABORT", "exited on signal",
        "exited with non-zero", "Segmentation fault", "srun: error", "slurmstepd: error", "Killed"})
    if (line.find(sign) != std::string_view::npos) return true;
  return false;
}

}  // namespace longhaul
