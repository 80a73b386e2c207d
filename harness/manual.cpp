#include "harness/manual.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace longhaul {
namespace {

/// Plain text as roff takes it: '\' and '-' escaped, and no line that roff would read as a request.
std::string roff(const std::string& text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_begins = c == '\n';
  }
  return out;
}

std::string option_head(const OptionText& option) {
  std::vector<std::string> names;
  for (const auto& name : option.names) names.push_back(fmt::format("\\fB{}\\fR", roff(name)));
  const auto value = option.value.empty() || option.positional ? "" : fmt::format(" \\fI{}\\fR", roff(option.value));
  return fmt::format("{}{}", fmt::join(names, ", "), value);
}

/// Every verb takes --help; it is said once, for the program.
bool is_help(const OptionText& option) { return option.names.back() == "--help"; }

std::string options(const VerbText& verb, bool with_help) {
  std::string out;
  for (const auto& option : verb.options) {
    if (is_help(option) && !with_help) continue;
    out += fmt::format(".TP\n{}\n{}\n", option_head(option), roff(option.help));
    if (!option.choices.empty())
      out += fmt::format(".br\nOne of {}.\n", roff(fmt::format("{}", fmt::join(option.choices, ", "))));
  }
  return out;
}

std::string example(const VerbText& verb) {
  return verb.footer.empty() ? "" : fmt::format(".PP\n.nf\n{}\n.fi\n", roff(verb.footer));
}

/// A verb and, below it, the verbs inside it.
std::string section(const VerbText& verb, const std::string& prefix) {
  const auto name = prefix + verb.name;
  auto out = fmt::format(".SS {}\n{}\n{}{}", roff(name), roff(verb.about), options(verb, false), example(verb));
  for (const auto& inner : verb.verbs) out += section(inner, name + " ");
  return out;
}

constexpr const char* kAfterTheVerbs = R"(.SH EXIT STATUS
.TP
0
done; every rule passed
.TP
1
an acceptance rule failed
.TP
2
usage, or bad input
.TP
3
inconclusive: the samples do not support a verdict
.TP
4
the environment lacks something: a device, a permission, a program, a peer
.TP
5
timed out or hung, and diagnosed
.TP
6
a collective delivered wrong data
.SH ENVIRONMENT
.TP
.B NO_COLOR
no colour, whatever the terminal
.TP
.B LONGHAUL_LAB
set inside a lab: the folder that describes it
.SH FILES
.I PREFIX/share/longhaul/catalogue
holds the topologies known by name,
.I PREFIX/share/longhaul/plans
ready plans,
.I PREFIX/share/longhaul/examples
small result files to try report and convert on.
.SH SEE ALSO
.BR mpirun (1),
.BR srun (1),
.BR h5dump (1)
)";

}  // namespace

std::string manual_page(const VerbText& program, const std::string& version) {
  auto page = fmt::format(".TH LONGHAUL 1 \"\" \"longhaul {}\" \"User Commands\"\n", version);
  page += ".SH NAME\nlonghaul \\- collective communication over local and long\\-haul links, measured\n";
  page += ".SH SYNOPSIS\n.B longhaul\n.I VERB\n[\\fIOPTION\\fR]...\n";
  page += fmt::format(".SH DESCRIPTION\n.nf\n{}\n.fi\n{}.SH VERBS\n", roff(program.about), options(program, true));
  for (const auto& verb : program.verbs) page += section(verb, "");
  return page + kAfterTheVerbs;
}

}  // namespace longhaul
