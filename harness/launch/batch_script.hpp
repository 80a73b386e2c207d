#pragma once
#include <string>
#include <vector>

#include "topologies/model.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// How Slurm is told where a site is.
enum class Placement {
  nodes,       ///< by name: --nodelist
  features,    ///< by a node feature: --constraint
  partitions,  ///< by partition: a heterogeneous job, one component a site
};
/// "nodes", "features", "partitions"
/// @throws UsageError
Placement parse_placement(const std::string& text);

/// What a job takes of one site.
struct SiteShare {
  std::string site;
  std::string slurm_name;          ///< its feature or partition
  std::vector<std::string> hosts;  ///< by name, for Placement::nodes
  int nodes = 1;
};

/// The first `nodes_per_site` hosts of each site (all, where a site has fewer), under the site's own name.
std::vector<SiteShare> share_sites(const Topology& topology, int nodes_per_site);

/// Gives sites other names in Slurm: "metro-a=west,metro-b=east".
/// @throws UsageError for a site that is not there
void rename_sites(std::vector<SiteShare>& sites, const std::string& text);

/// A batch job that runs one command on all ranks of all sites.
struct BatchJob {
  std::string name;                ///< of the job
  std::vector<std::string> about;  ///< comment lines at the head
  Placement placement = Placement::nodes;
  std::vector<SiteShare> sites;
  int ranks_per_node = 1;
  int gpus_per_node = 0;
  int launches = 1;                 ///< fresh starts of all ranks, one after the other
  Duration time{};                  ///< whole minutes
  Duration early_signal{};          ///< before the limit; 0: none, and no requeue
  std::string log;                  ///< --output; %j is the job's number
  bool exclusive = true;            ///< no other job on its nodes
  std::vector<std::string> sbatch;  ///< further options, as typed
  std::vector<std::string> setup;   ///< shell lines before the ranks start, as typed
  std::vector<std::string> srun;    ///< further options of srun, as typed
  std::string command;              ///< of each rank, quoted for a shell
};

/// The script. Text that came from files (names) is quoted; options and lines typed by the caller stand as they are.
/// @throws UsageError for names that would not survive the way through sbatch's own parser
std::string batch_script(const BatchJob& job);

/// A script that joins shards once their jobs have ended well: one task, anywhere the job's options allow, with the
/// same lines before it. Options that are about the ranks' nodes (GPUs, features, names) are left out.
/// @param job  of the shards, with the log and the command that are to be
std::string join_script(const BatchJob& job);

/// Slurm's days-hours:minutes:seconds: "1-02:30:00", "00:35:00".
std::string slurm_time(Duration time);

}  // namespace longhaul
