#include "collectives/nccl/registration.hpp"

#include "collectives/nccl/version.hpp"

namespace longhaul::nccl {

Registration::Registration(Comm& comm, const Call& call, bool as_window) : comm_(comm), as_window_(as_window) {
  const std::size_t each = call.count * size_of(call.type), all = each * static_cast<std::size_t>(comm.size());
  const bool shares_in = call.operation == Operation::reduce_scatter || call.operation == Operation::all_to_all;
  const bool shares_out = call.operation == Operation::all_gather || call.operation == Operation::all_to_all;
  // In place one buffer holds both; the larger of the two is all of it.
  if (!call.in_place || shares_in) add(const_cast<void*>(call.send), shares_in ? all : each);
  if (!call.in_place || !shares_in) add(call.receive, shares_out ? all : each);
}

void Registration::add(void* buffer, std::size_t bytes) {
  if (bytes == 0) return;
  void* handle = nullptr;
  if (as_window_)
    handle = register_window(comm_.get(), buffer, bytes);
  else
    comm_.expect(ncclCommRegister(comm_.get(), buffer, bytes, &handle), "ncclCommRegister");
  handles_.push_back(handle);
}

Registration::~Registration() {
  if (comm_.empty()) return;  // aborted: gone with it
  for (void* const handle : handles_) {
    if (as_window_)
      deregister_window(comm_.get(), handle);
    else
      ncclCommDeregister(comm_.get(), handle);
  }
}

}  // namespace longhaul::nccl
