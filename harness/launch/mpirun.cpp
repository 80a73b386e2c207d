#include "harness/launch/mpirun.hpp"

#include <fmt/format.h>

#include "topologies/text_file.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

/// For a shell, as one word.
std::string quoted(const std::string& text) {
  std::string word = "'";
  for (const char letter : text) word += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return word + "'";
}

}  // namespace

std::string open_mpi_hostfile(const LabFabric& fabric) {
  std::string text;
  for (const auto& host : fabric.hosts) text += fmt::format("{} slots={}\n", host.name, host.slots);
  return text;
}

std::string hydra_hostfile(const LabFabric& fabric) {
  std::string text;
  for (const auto& host : fabric.hosts) text += fmt::format("{}:{}\n", host.name, host.slots);
  return text;
}

std::string launch_agent(const LabFabric& fabric, const fs::path& program) {
  return fmt::format(
      "#!/bin/sh\n"
      "# Starts a program on a host of the lab {}: called like ssh.\n"
      "while [ \"${{1#-}}\" != \"$1\" ]; do shift; done\n"
      "host=$1\n"
      "shift\n"
      "exec {} lab exec \"$host\" -- /bin/sh -c \"$*\"\n",
      fabric.id, quoted(program));
}

std::map<std::string, std::string> prepare_mpirun(const LabFabric& fabric, const fs::path& program) {
  const auto folder = fabric.folder / "launch";
  const auto agent = folder / "agent", hosts = folder / "hosts.openmpi", hydra_hosts = folder / "hosts.hydra";
  write_text_file(agent, launch_agent(fabric, program));
  write_text_file(hosts, open_mpi_hostfile(fabric));
  write_text_file(hydra_hosts, hydra_hostfile(fabric));
  fs::permissions(agent, fs::perms::owner_all);
  fs::create_directory(folder / "tmp");
  const auto& nic = fabric.interface;
  return {
      // Open MPI: start
      {"OMPI_MCA_plm_rsh_agent", agent},
      {"OMPI_MCA_plm_rsh_no_tree_spawn", "1"},  // every host is one step away
      {"OMPI_MCA_orte_default_hostfile", hosts},
      {"OMPI_MCA_orte_tmpdir_base", folder / "tmp"},  // session folders end with the lab
      {"OMPI_ALLOW_RUN_AS_ROOT", "1"},                // root of a lab at most
      {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
      {"OMPI_MCA_hwloc_base_binding_policy",
       "none"},  // all hosts share these cores; binding would stack ranks on the first
      // Open MPI: transport
      {"OMPI_MCA_pml", "ob1"},
      {"OMPI_MCA_btl", "tcp,vader,self"},
      {"OMPI_MCA_btl_tcp_if_include", nic},
      {"OMPI_MCA_oob_tcp_if_include", nic},
      // A rendezvous costs another round trip, and its acknowledgement waits behind the megabytes that the other
      // direction has already put into the same connection's send buffer: both directions then take turns.
      {"OMPI_MCA_btl_tcp_eager_limit", "33554432"},
      {"OMPI_MCA_mpi_yield_when_idle", "1"},  // ranks outnumber cores: one that waits must let others run
      // MPICH (Hydra)
      {"HYDRA_HOST_FILE", hydra_hosts},
      {"HYDRA_LAUNCHER", "ssh"},
      {"HYDRA_LAUNCHER_EXEC", agent},
      {"HYDRA_IFACE", nic},
      {"MPIR_CVAR_NETWORK_IFACE", nic},
      {"FI_PROVIDER", "tcp;ofi_rxm"},
      {"FI_TCP_IFACE", nic},
  };
}

}  // namespace longhaul
