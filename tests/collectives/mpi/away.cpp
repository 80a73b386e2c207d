#include "away.hpp"

#include <mpi.h>
#include <sys/mman.h>

#include <map>

#include "topologies/error.hpp"

namespace longhaul::test {
namespace {

constexpr std::size_t page = 4096;

std::map<void*, std::size_t>& regions() {
  static std::map<void*, std::size_t> all;
  return all;
}

/// While one of these lives the memory may be touched.
class Opened {
 public:
  Opened() {
    if (depth++ == 0) protect(PROT_READ | PROT_WRITE);
  }
  ~Opened() {
    if (--depth == 0) protect(PROT_NONE);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  static void protect(int how) {
    for (const auto& [begin, bytes] : regions()) mprotect(begin, bytes, how);
  }
  static inline int depth = 0;
};

void give_back(void* memory) {
  const auto found = regions().find(memory);
  munmap(found->first, found->second);
  regions().erase(found);
}

Buffer away(std::size_t bytes) {
  const std::size_t rounded = (bytes / page + 1) * page;
  void* const memory = mmap(nullptr, rounded, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw EnvironmentError("no memory for a test");
  regions()[memory] = rounded;
  return {memory, &give_back};
}

}  // namespace

Buffers AwayDevice::allocate(const Point& point, int rank, Memory) { return lay_out(point, rank, &away); }
Buffer AwayDevice::scratch(std::size_t bytes) { return away(bytes); }

void AwayDevice::fill(const Point& point, const Buffers& buffers, int rank, unsigned round) {
  const Opened opened;
  HostDevice::fill(point, buffers, rank, round);
}
std::optional<Mismatch> AwayDevice::verify(const Point& point, const Buffers& buffers, int rank, unsigned round) {
  const Opened opened;
  return HostDevice::verify(point, buffers, rank, round);
}
void AwayDevice::copy(void* to, const void* from, std::size_t bytes) {
  const Opened opened;
  HostDevice::copy(to, from, bytes);
}
void AwayDevice::combine(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) {
  const Opened opened;
  HostDevice::combine(into, from, type, count, op);
}
void AwayDevice::divide(void* data, DataType type, std::size_t count, int ranks) {
  const Opened opened;
  HostDevice::divide(data, type, count, ranks);
}

}  // namespace longhaul::test

// What MPI does on such memory, by its profiling interface (MPI-4.0, chapter 15).
using longhaul::test::Opened;

#define WRAP(name, parameters, arguments) \
  extern "C" int MPI_##name parameters {  \
    const Opened opened;                  \
    return PMPI_##name arguments;         \
  }

WRAP(Allreduce, (const void* s, void* r, int n, MPI_Datatype t, MPI_Op o, MPI_Comm c), (s, r, n, t, o, c))
WRAP(Reduce, (const void* s, void* r, int n, MPI_Datatype t, MPI_Op o, int root, MPI_Comm c), (s, r, n, t, o, root, c))
WRAP(Bcast, (void* b, int n, MPI_Datatype t, int root, MPI_Comm c), (b, n, t, root, c))
WRAP(Allgather, (const void* s, int n, MPI_Datatype t, void* r, int m, MPI_Datatype u, MPI_Comm c),
     (s, n, t, r, m, u, c))
WRAP(Allgatherv,
     (const void* s, int n, MPI_Datatype t, void* r, const int* m, const int* d, MPI_Datatype u, MPI_Comm c),
     (s, n, t, r, m, d, u, c))
WRAP(Alltoall, (const void* s, int n, MPI_Datatype t, void* r, int m, MPI_Datatype u, MPI_Comm c),
     (s, n, t, r, m, u, c))
WRAP(Reduce_scatter, (const void* s, void* r, const int* n, MPI_Datatype t, MPI_Op o, MPI_Comm c), (s, r, n, t, o, c))
WRAP(Reduce_scatter_block, (const void* s, void* r, int n, MPI_Datatype t, MPI_Op o, MPI_Comm c), (s, r, n, t, o, c))
WRAP(Sendrecv,
     (const void* s, int n, MPI_Datatype t, int to, int tag, void* r, int m, MPI_Datatype u, int from, int tag_in,
      MPI_Comm c, MPI_Status* status),
     (s, n, t, to, tag, r, m, u, from, tag_in, c, status))
WRAP(Isend, (const void* b, int n, MPI_Datatype t, int to, int tag, MPI_Comm c, MPI_Request* q),
     (b, n, t, to, tag, c, q))
WRAP(Irecv, (void* b, int n, MPI_Datatype t, int from, int tag, MPI_Comm c, MPI_Request* q), (b, n, t, from, tag, c, q))
WRAP(Waitall, (int n, MPI_Request* q, MPI_Status* s), (n, q, s))
WRAP(Barrier, (MPI_Comm c), (c))
