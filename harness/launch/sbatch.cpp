#include "harness/launch/sbatch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "topologies/error.hpp"
#include "topologies/lab/fd.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/text.hpp"

namespace longhaul {

std::string submit_script(const std::filesystem::path& script, const std::vector<std::string>& after) {
  if (find_program("sbatch").empty())
    throw EnvironmentError(
        "there is no sbatch on this machine; submit {} where Slurm is, or try it in: longhaul lab --slurm",
        script.string());
  std::vector<std::string> command{"sbatch", "--parsable"};
  if (!after.empty()) command.push_back(fmt::format("--dependency=afterok:{}", fmt::join(after, ":")));
  command.push_back(script.string());
  Pipe pipe;
  Task task([&] {
    checked(::dup2(pipe.write.get(), STDOUT_FILENO), "redirect stdout");
    become(command);
  });
  pipe.write.reset();
  const auto text = read_all(pipe.read.get());
  task.wait();
  return split(trimmed(split(text, '\n').front()), ';').front();  // "12" or "12;cluster"
}

}  // namespace longhaul
