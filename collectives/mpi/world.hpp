#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "collectives/layout.hpp"
#include "topologies/error.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// A value and the rank that had it.
struct RankedValue {
  double value = 0;
  int rank = 0;
};

template <class T>
concept Sendable = std::is_trivially_copyable_v<T>;

/// MPI from init to finalize, and the harness's own talk between ranks. That talk has a communicator to itself, so that
/// it never mixes with what is measured. Calls are collective unless they name a peer; ranks make them in one order.
///
/// MPI's errors are returned, not fatal, and become EnvironmentError "rank 3 (gpu-b07): MPI_Recv failed: …". A rank
/// that dies is another matter: its mpirun or srun ends the whole job (Open MPI: exit code of the first that fell;
/// MPICH's mpiexec, too), usually before any survivor's call returns an error. So whatever must outlive a rank has to
/// be on disk already. When this object goes because an exception flies, it leaves MPI unfinalized: finalizing waits
/// for ranks that still work; a process that ends without it makes mpirun end the others.
///
/// Not copied, one a process. Calls come from the thread that made it (MPI_THREAD_FUNNELED); other threads keep off
/// MPI. With more ranks than cores Open MPI must yield while it waits: mpirun --mca mpi_yield_when_idle 1, or
/// OMPI_MCA_mpi_yield_when_idle=1 in the environment (--oversubscribe alone does not set it: 8 B take 4 ms instead of
/// 20 µs).
class World {
 public:
  /// @throws EnvironmentError when MPI cannot start or a thread beside MPI's is not allowed
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  int rank() const;
  int size() const;
  /// Host name of a rank, as MPI_Get_processor_name gives it.
  const std::string& host(int rank) const;
  const std::vector<std::string>& hosts() const;
  /// This rank's number among the ranks of its host, and how many they are.
  LocalPlace local() const;
  /// The lowest rank of each rank's node: ranks that share memory (MPI_COMM_TYPE_SHARED), since several nodes'
  /// containers may have one host name. In a lab, whose hosts are one machine, ranks of one host name. Collective.
  std::vector<int> nodes();
  /// This rank's number among the devices of its node, as the launcher told, else counted. Collective.
  LocalPlace device_place();
  /// "Open MPI v4.1.4", "MPICH 4.0.2"
  const std::string& library() const;

  void barrier();
  /// A barrier that is left when another rank tells its last word meanwhile (exchange_last): false then, and nothing
  /// but exchange_last may follow.
  bool meet();
  /// True on all ranks when true on all.
  bool all_agree(bool mine);
  /// True on all ranks when true on any.
  bool any(bool mine);

  template <Sendable T>
  T broadcast(T value, int root = 0) {
    broadcast_bytes(&value, sizeof value, root);
    return value;
  }
  /// Length and contents of the root's.
  template <Sendable T>
  std::vector<T> broadcast(std::vector<T> values, int root = 0) {
    const std::size_t size = broadcast(values.size(), root);
    if (rank() != root) values = std::vector<T>(size);
    broadcast_bytes(values.data(), values.size() * sizeof(T), root);
    return values;
  }
  std::string broadcast(std::string text, int root = 0);

  /// Each rank's value, by rank, on rank 0; empty elsewhere.
  template <Sendable T>
  std::vector<T> gather(const T& mine) {
    std::vector<T> all(rank() == 0 ? static_cast<std::size_t>(size()) : 0);
    gather_bytes(&mine, sizeof mine, all.data());
    return all;
  }
  /// Each rank's values, of any number, by rank, on rank 0; empty elsewhere.
  template <Sendable T>
  std::vector<std::vector<T>> gather(const std::vector<T>& mine) {
    std::vector<std::vector<T>> all(rank() == 0 ? static_cast<std::size_t>(size()) : 0);
    const std::vector<std::uint64_t> counts = gather(static_cast<std::uint64_t>(mine.size()));
    const std::vector<std::byte> contents = gather_contents(mine.data(), mine.size() * sizeof(T));
    const std::byte* next = contents.data();
    for (std::size_t from = 0; from < all.size(); ++from) {
      all[from].resize(counts[from]);
      const std::size_t bytes = counts[from] * sizeof(T);
      std::copy_n(next, bytes, reinterpret_cast<std::byte*>(all[from].data()));
      next += bytes;
    }
    return all;
  }
  /// Each rank's text, by rank, on rank 0; empty elsewhere.
  std::vector<std::string> gather(const std::string& mine);

  /// Element by element the greatest of all ranks' values and the lowest rank that had it, on rank 0; empty elsewhere.
  /// All ranks give equally many. No value is NaN.
  std::vector<RankedValue> max_with_rank(const std::vector<double>& mine);

  /// Blocking, between two ranks; for clock pings as well: nothing but the value's bytes travels.
  template <Sendable T>
  void send(int peer, const T& value) {
    send_bytes(peer, &value, sizeof value);
  }
  template <Sendable T>
  T receive(int peer) {
    T value{};
    receive_bytes(peer, &value, sizeof value);
    return value;
  }

  /// When ranks may have been lost: each rank's word to every other, heard for at most `patience`. Not collective: who
  /// does not call is not heard. By rank; the own word is among them.
  template <Sendable T>
  std::vector<std::optional<T>> exchange_last(const T& mine, Duration patience) {
    std::vector<T> words(static_cast<std::size_t>(size()));
    const auto heard = exchange_last_bytes(&mine, sizeof mine, words.data(), patience);
    std::vector<std::optional<T>> result(words.size());
    for (std::size_t from = 0; from < words.size(); ++from)
      if (heard[from]) result[from] = words[from];
    return result;
  }

  /// End all ranks at once, from any of them; the job's exit code.
  [[noreturn]] void abort(ExitCode code);

 private:
  void broadcast_bytes(void* data, std::size_t bytes, int root);
  void gather_bytes(const void* mine, std::size_t bytes, void* all);
  /// Of all ranks, one behind the other by rank, on rank 0. Along a binomial tree, so that it takes log₂ P steps:
  /// MPI_Gatherv of Open MPI and of MPICH has rank 0 receive from every other.
  std::vector<std::byte> gather_contents(const void* mine, std::size_t bytes);
  std::vector<bool> exchange_last_bytes(const void* mine, std::size_t bytes, void* all, Duration patience);
  void send_bytes(int peer, const void* data, std::size_t bytes);
  void receive_bytes(int peer, void* data, std::size_t bytes);

  struct State;
  std::unique_ptr<State> state_;
};

/// A rank's number on its node as mpirun (Open MPI, then Hydra) or srun tells it; −1 where none does. mpirun is asked
/// first: within a batch script its ranks inherit the script's own SLURM_LOCALID.
/// @param variable  of the environment; null where it is not set
int told_local_rank(const std::function<const char*(const char*)>& variable);

/// The library's name and version without its build date and host: the start of MPI_Get_library_version's text.
std::string short_library_name(const std::string& version_text);

}  // namespace longhaul
