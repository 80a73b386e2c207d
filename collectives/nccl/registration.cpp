#include "collectives/nccl/registration.hpp"

#include "collectives/nccl/version.hpp"
#include "topologies/error.hpp"

namespace longhaul::nccl {

Registration::Registration(const std::vector<Comm*>& users, const Call& call, int ranks, bool as_window)
    : as_window_(as_window) {
  const std::size_t each = call.count * size_of(call.type), all = each * static_cast<std::size_t>(ranks);
  const bool shares_in = call.operation == Operation::reduce_scatter || call.operation == Operation::all_to_all;
  const bool shares_out = call.operation == Operation::all_gather || call.operation == Operation::all_to_all;
  for (Comm* const user : users) {
    // In place one buffer holds both; the larger of the two is all of it.
    if (!call.in_place || shares_in) add(*user, const_cast<void*>(call.send), shares_in ? all : each);
    if (!call.in_place || !shares_in) add(*user, call.receive, shares_out ? all : each);
  }
}

void Registration::add(Comm& comm, void* buffer, std::size_t bytes) {
  if (bytes == 0) return;
  auto& entry = entries_.emplace_back(Entry{&comm, nullptr});
  if (as_window_)
    comm.expect(register_window(comm.get(), buffer, bytes, &entry.handle), "ncclCommWindowRegister", Comm::Pace::rest);
  else
    comm.expect(ncclCommRegister(comm.get(), buffer, bytes, &entry.handle), "ncclCommRegister", Comm::Pace::rest);
}

Registration::~Registration() {
  try {
    release();
  } catch (const Error&) {  // what brought this about is told already
    entries_.clear();
  }
}

void Registration::release() {
  for (const auto& [comm, handle] : entries_) {
    if (handle == nullptr || comm->empty()) continue;  // NCCL had no use for it; aborted, and gone with that
    if (as_window_)
      comm->expect(deregister_window(comm->get(), handle), "ncclCommWindowDeregister", Comm::Pace::rest);
    else
      comm->expect(ncclCommDeregister(comm->get(), handle), "ncclCommDeregister", Comm::Pace::rest);
  }
  entries_.clear();
}

}  // namespace longhaul::nccl
