#include "collectives/observation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace longhaul {
namespace {

class Words {
 public:
  void add(const std::string& list) {
    std::istringstream stream(list);
    for (std::string word; std::getline(stream, word, ',');)
      if (!word.empty() && word != "unknown") words_.insert(word);
  }
  std::string text() {
    if (words_.size() > 1) words_.erase("none");  // of ranks without, where others have some
    return words_.empty() ? "unknown" : fmt::format("{}", fmt::join(words_, ","));
  }

 private:
  std::set<std::string> words_;
};

}  // namespace

std::string text_of(const Observation& observation) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n", observation.algorithm, observation.protocol, observation.transport,
                     observation.nic, observation.channels);
}

Observation observations(const std::vector<std::string>& texts) {
  Words algorithm, protocol, transport, nic;
  Observation all;
  for (const auto& text : texts) {
    std::istringstream stream(text);
    std::string line;
    for (auto* const words : {&algorithm, &protocol, &transport, &nic})
      if (std::getline(stream, line)) words->add(line);
    int channels = -1;
    stream >> channels;
    all.channels = std::max(all.channels, channels);
  }
  all.algorithm = algorithm.text();
  all.protocol = protocol.text();
  all.transport = transport.text();
  all.nic = nic.text();
  return all;
}

}  // namespace longhaul
