#pragma once
#include <string>
#include <string_view>

namespace longhaul {

/// Passes on what mpirun writes to stderr as it comes, but for one warning that says nothing to anybody: "plm:rsh:
/// Warning: setpgid(…) failed in parent", which Open MPI 4 prints when the agent it started is quicker than it is
/// itself. Only a line that begins with '[', as that one does, waits until it has ended.
class Relay {
 public:
  /// @return what of this chunk, and of what was held, is to be written now
  std::string pass(std::string_view chunk);
  /// @return what is still held: the last line had no end
  std::string rest();

 private:
  std::string held_;
  bool holding_ = false;
  bool at_line_start_ = true;
};

}  // namespace longhaul
