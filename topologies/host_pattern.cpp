#include "topologies/host_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "topologies/error.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

constexpr std::size_t kMostDigits = 9;
constexpr std::size_t kLongestName = 253;  // RFC 1123 and RFC 1035, dots included

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= kMostDigits && std::all_of(text.begin(), text.end(), is_digit);
}

std::size_t number_of(std::string_view digits) {
  std::size_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

/// One pattern, kept for messages, and where reading stands.
class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : pattern_(pattern) {}

  std::vector<std::string> read() {
    std::vector<std::string> all;
    do {
      auto names = read_names();
      if (all.size() + names.size() > kMostHosts) fail("makes more than {} hosts", kMostHosts);
      std::move(names.begin(), names.end(), std::back_inserter(all));
    } while (skip(','));
    return all;
  }

 private:
  template <class... Values>
  [[noreturn]] void fail(fmt::format_string<Values...> text, Values&&... values) const {
    const bool is_long = pattern_.size() > 80;
    throw UsageError("host pattern '{}{}' {}", pattern_.substr(0, 80), is_long ? "…" : "",
                     fmt::format(text, std::forward<Values>(values)...));
  }
  bool at_end() const { return at_ == pattern_.size(); }
  bool skip(char letter) {
    if (at_end() || pattern_[at_] != letter) return false;
    ++at_;
    return true;
  }

  /// Up to a comma outside brackets: letters and bracketed ranges in turn.
  std::vector<std::string> read_names() {
    std::vector<std::string> names{""};
    while (skip(' ')) continue;
    const auto begin = at_;
    while (!at_end() && pattern_[at_] != ',') names = products(names, skip('[') ? read_ranges() : read_letters());
    if (at_ == begin) fail("has an empty name");
    return names;
  }

  std::vector<std::string> read_letters() {
    const auto begin = at_;
    const auto allowed = [](char letter) {
      return std::isalnum(static_cast<unsigned char>(letter)) || letter == '-' || letter == '.' || letter == '_';
    };
    while (!at_end() && allowed(pattern_[at_])) ++at_;
    if (at_ == begin)
      fail("has '{}' where a name was expected; names are letters, digits, '-', '.', '_' and ranges such as [001-128]",
           pattern_[at_]);
    return {std::string(pattern_.substr(begin, at_ - begin))};
  }

  /// Behind the opening bracket: "001-128,140]".
  std::vector<std::string> read_ranges() {
    const auto end = pattern_.find(']', at_);
    if (end == std::string_view::npos) fail("has '[' without ']'");
    std::vector<std::string> numbers;
    for (const auto& range : split(pattern_.substr(at_, end - at_), ',')) append_range(range, numbers);
    at_ = end + 1;
    return numbers;
  }

  void append_range(std::string_view range, std::vector<std::string>& numbers) const {
    const auto dash = range.find('-');
    const auto low = trimmed(range.substr(0, dash));
    const auto high = dash == std::string_view::npos ? low : trimmed(range.substr(dash + 1));
    if (!is_number(low) || !is_number(high))
      fail("has '{}' in brackets; expected numbers such as 001-128 or 1,5,7", range);
    const auto first = number_of(low), last = number_of(high);
    if (last < first) fail("has the range {}, which runs backwards", range);
    if (last - first >= kMostHosts - std::min(numbers.size(), kMostHosts)) fail("makes more than {} hosts", kMostHosts);
    for (auto number = first; number <= last; ++number) numbers.push_back(fmt::format("{:0{}}", number, low.size()));
  }

  std::vector<std::string> products(const std::vector<std::string>& heads,
                                    const std::vector<std::string>& tails) const {
    if (heads.size() * tails.size() > kMostHosts) fail("makes more than {} hosts", kMostHosts);
    std::vector<std::string> names;
    names.reserve(heads.size() * tails.size());
    for (const auto& head : heads)
      for (const auto& tail : tails) {
        if (head.size() + tail.size() > kLongestName) fail("makes a name of more than {} letters", kLongestName);
        names.push_back(head + tail);
      }
    return names;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
};

/// A host name around its last number.
struct Numbered {
  std::string head, digits, tail;
};

std::optional<Numbered> numbered(const std::string& host) {
  const auto end = std::find_if(host.rbegin(), host.rend(), is_digit).base();
  auto begin = end;
  while (begin != host.begin() && is_digit(*(begin - 1)) && static_cast<std::size_t>(end - begin) < kMostDigits)
    --begin;
  if (begin == end) return std::nullopt;
  return Numbered{{host.begin(), begin}, {begin, end}, {end, host.end()}};
}

/// True when a range may hold both: the same name around numbers that are padded alike.
bool alike(const Numbered& a, const Numbered& b) {
  const auto padded = [](const std::string& digits) { return digits.size() > 1 && digits.front() == '0'; };
  if (a.head != b.head || a.tail != b.tail) return false;
  return a.digits.size() == b.digits.size() || (!padded(a.digits) && !padded(b.digits));
}

/// "[1-3,7]" of numbers in their order; the digits alone for one.
std::string ranges_of(const std::vector<std::string>& digits) {
  if (digits.size() == 1) return digits.front();
  std::string ranges;
  for (std::size_t i = 0; i < digits.size();) {
    std::size_t last = i;
    while (last + 1 < digits.size() && number_of(digits[last + 1]) == number_of(digits[last]) + 1) ++last;
    ranges += (ranges.empty() ? "" : ",") + digits[i] + (last > i ? "-" + digits[last] : "");
    i = last + 1;
  }
  return "[" + ranges + "]";
}

}  // namespace

std::vector<std::string> expand_hosts(std::string_view pattern) { return PatternReader(trimmed(pattern)).read(); }

std::string collapse_hosts(const std::vector<std::string>& hosts) {
  std::string text;
  for (std::size_t i = 0; i < hosts.size();) {
    const auto first = numbered(hosts[i]);
    std::vector<std::string> digits;
    std::size_t next = i;
    for (; first && next < hosts.size(); ++next) {
      const auto other = numbered(hosts[next]);
      if (!other || !alike(*first, *other)) break;
      digits.push_back(other->digits);
    }
    text += text.empty() ? "" : ",";
    text += first ? first->head + ranges_of(digits) + first->tail : hosts[i];
    i = std::max(next, i + 1);
  }
  return text;
}

}  // namespace longhaul
