#include "harness/cli/print_results.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "results/output.hpp"
#include "results/soak.hpp"
#include "results/store.hpp"
#include "topologies/error.hpp"

namespace longhaul {

void print_results(const std::string& file, const std::string& format) {
  if (format == "none") return;
  const auto form = parse_output_format(format);
  const auto results = read_results(file);
  print_text(render(results, form));
  if (form == OutputFormat::table) print_text(soak_text(results));
}

void print_text(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw EnvironmentError("cannot write to standard output: {}", std::strerror(errno));
}

}  // namespace longhaul
