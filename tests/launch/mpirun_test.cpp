#include "harness/launch/mpirun.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "harness/launch/launcher.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

LabFabric two_hosts(const fs::path& folder) {
  LabFabric fabric;
  fabric.id = "lab-Ab12Cd";
  fabric.folder = folder;
  fabric.hosts = {{"a1", "a", "10.1.0.1", 2}, {"b1", "b", "10.2.0.1", 1}};
  fabric.interface = "lh0";
  return fabric;
}

/// A folder with a launch/ as a lab has it.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("launch-test-" + std::to_string(::getpid()))) {
    fs::create_directories(path_ / "launch");
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST(Mpirun, HostFilesNameHostsAndSlots) {
  EXPECT_EQ(open_mpi_hostfile(two_hosts("/x")), "a1 slots=2\nb1 slots=1\n");
  EXPECT_EQ(hydra_hostfile(two_hosts("/x")), "a1:2\nb1:1\n");
}

TEST(Mpirun, EveryFileThatAVariableNamesIsThere) {
  const Folder folder;
  const auto variables = prepare_mpirun(two_hosts(folder.path()), "/opt/longhaul");
  for (const char* name : {"OMPI_MCA_plm_rsh_agent", "OMPI_MCA_orte_default_hostfile", "OMPI_MCA_orte_tmpdir_base",
                           "HYDRA_HOST_FILE", "HYDRA_LAUNCHER_EXEC"})
    EXPECT_TRUE(fs::exists(variables.at(name))) << name;
  EXPECT_EQ(text_of(variables.at("OMPI_MCA_orte_default_hostfile")), "a1 slots=2\nb1 slots=1\n");
  EXPECT_EQ(variables.at("OMPI_MCA_btl_tcp_if_include"), "lh0");
  EXPECT_EQ(::access(variables.at("OMPI_MCA_plm_rsh_agent").c_str(), X_OK), 0);
}

TEST(Mpirun, TheAgentDropsOptionsAndPassesTheCommandOnAsSshDoes) {
  const Folder folder;
  // In the program's place: says how it was called, one argument a line.
  const auto program = folder.path() / "it's a program";
  std::ofstream(program) << "#!/bin/sh\nprintf '%s\\n' \"$@\"\n";
  fs::permissions(program, fs::perms::owner_all);
  const auto agent = prepare_mpirun(two_hosts(folder.path()), program).at("OMPI_MCA_plm_rsh_agent");
  const auto output = folder.path() / "output";
  const auto command = "'" + agent + "' -x -q b1 orted --daemonize 'two  words' '$HOME' >'" + output.string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(text_of(output), "lab\nexec\nb1\n--\n/bin/sh\n-c\norted --daemonize two  words $HOME\n");
}

TEST(Mpirun, IsThatOfTheMpiThatWasBuiltWithAlsoWherePathLeadsToAnother) {
  const Folder folder;
  const auto ours = folder.path() / "ours/mpirun.mpich", others = folder.path() / "others/mpirun.mpich";
  for (const auto& program : {ours, others}) {
    fs::create_directories(program.parent_path());
    std::ofstream(program) << "#!/bin/sh\n";
    fs::permissions(program, fs::perms::owner_all);
  }
  const auto first_ours = ours.parent_path().string() + ":" + others.parent_path().string();
  const auto first_others = others.parent_path().string() + ":" + ours.parent_path().string();
  EXPECT_EQ(mpirun_word(ours, first_ours), "mpirun.mpich");
  EXPECT_EQ(mpirun_word(ours, first_others), ours.string());
  EXPECT_EQ(mpirun_word(ours, "/nowhere"), ours.string());
  EXPECT_EQ(mpirun_word(folder.path() / "moved/mpirun.mpich", first_ours), "mpirun");
}

TEST(Launcher, IsNotAmongTheWordsItGivesToRanks) {
  const std::vector<std::string> rest{"longhaul", "run", "--spec", "a.yaml", "-o", "run.h5"};
  EXPECT_EQ(without_option({"longhaul", "run", "--spec", "a.yaml", "--launcher", "mpirun -x TOKEN=1", "-o", "run.h5"},
                           "--launcher"),
            rest);
  EXPECT_EQ(without_option({"longhaul", "run", "--launcher=mpirun -x TOKEN=1", "--spec", "a.yaml", "-o", "run.h5",
                            "--launcher", "srun"},
                           "--launcher"),
            rest);
  EXPECT_EQ(without_option(rest, "--launcher"), rest);
}

}  // namespace longhaul
