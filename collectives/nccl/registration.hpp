#pragma once
#include <deque>
#include <vector>

#include "collectives/communicator.hpp"
#include "collectives/nccl/comm.hpp"

namespace longhaul::nccl {

/// A call's buffers, registered with every communicator that is given them, until release().
class Registration {
 public:
  /// @param ranks  of the whole job, by which the buffers' sizes go
  Registration(const std::vector<Comm*>& users, const Call& call, int ranks, bool as_window);
  ~Registration();  ///< as release(), but tells of nothing
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  /// @throws EnvironmentError for what NCCL reports
  void release();

 private:
  struct Entry {
    Comm* comm;
    void* handle;  ///< NCCL may write it later, so that an entry keeps its place
  };
  void add(Comm& comm, void* buffer, std::size_t bytes);

  bool as_window_;
  std::deque<Entry> entries_;
};

}  // namespace longhaul::nccl
