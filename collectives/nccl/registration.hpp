#pragma once
#include <vector>

#include "collectives/communicator.hpp"
#include "collectives/nccl/comm.hpp"

namespace longhaul::nccl {

/// A call's buffers as NCCL's registered ones, for as long as this lives.
class Registration {
 public:
  Registration(Comm& comm, const Call& call, bool as_window);
  ~Registration();
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  void add(void* buffer, std::size_t bytes);

  Comm& comm_;
  bool as_window_;
  std::vector<void*> handles_;
};

}  // namespace longhaul::nccl
