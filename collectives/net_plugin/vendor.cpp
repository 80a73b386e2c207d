#include "collectives/net_plugin/vendor.hpp"

#include <algorithm>
#include <optional>

namespace longhaul::net {
namespace {

/// Either end: passes on to the vendor's, and holds back what crosses a WAN.
class VendorConnection : public Connection {
 public:
  VendorConnection(LoadedPlugin& vendor, void* comm, int site, bool sends, Emulation& emulation)
      : vendor_(vendor),
        comm_(comm),
        site_(site),
        sends_(sends),
        delayed_(emulation.reaches(site)),
        acknowledged_(emulation.acknowledges()),
        emulation_(emulation),
        requests_(this, static_cast<std::size_t>(kMaxRequests * kMaxReceives)) {}

  ~VendorConnection() override {
    emulation_.forget(site_, this);
    if (sends_)
      vendor_.common().close_send(comm_);
    else
      vendor_.common().close_receive(comm_);
  }

  Request* send(const Outgoing& message) override {
    if (!sends_) return Connection::send(message);
    if (delayed_ && !may_leave(message.size)) return nullptr;
    void* request = nullptr;
    vendor_.expect(vendor_.isend(comm_, const_cast<void*>(message.data), message.size, message.tag,
                                 message.registration, message.event, &request),
                   "isend");
    if (request == nullptr) return nullptr;
    leaves_.reset();
    return wrapped(request, 1);
  }

  Request* receive(const Incoming& buffers) override {
    if (sends_) return Connection::receive(buffers);
    void* request = buffers.completion_optional && !delayed_ ? reinterpret_cast<void*>(1) : nullptr;
    vendor_.expect(vendor_.irecv(comm_, buffers.count, buffers.data, buffers.sizes, buffers.tags, buffers.registrations,
                                 buffers.events, &request),
                   "irecv");
    return request == nullptr ? nullptr : wrapped(request, buffers.count);
  }

  Request* flush(int count, void** data, int* sizes, void** registrations) override {
    void* request = nullptr;
    vendor_.expect(vendor_.common().iflush(comm_, count, data, sizes, registrations, &request), "iflush");
    if (request == nullptr) return nullptr;
    auto* const flush = wrapped(request, 0);
    flush->count = 0;
    return flush;
  }

  bool test(Request& request, int* sizes) override {
    if (!request.over) ask(request);
    if (!request.over || now() < request.due) return false;
    for (int i = 0; sizes != nullptr && i < request.count; ++i)
      sizes[i] = static_cast<int>(request.sizes[static_cast<std::size_t>(i)]);
    if (delayed_ && !sends_ && request.count > 0) emulation_.released(now() - request.due);
    RequestPool::give_back(request);
    return true;
  }

  void* vendor() const override { return comm_; }

 private:
  /// When the last bit of the message would have left: only then is it handed on, so that the receiver's delay counts
  /// from there. Asked again for the same message until it has gone.
  bool may_leave(std::size_t size) {
    if (!leaves_) {
      const auto leave = emulation_.leave(site_, size, this);
      if (!leave) return false;
      leaves_ = now() + leave->queue;
    }
    return now() >= *leaves_;
  }

  Request* wrapped(void* request, int count) {
    auto* const own = requests_.take();
    if (own == nullptr) throw Failure{internal_error, "more requests at once than NCCL may have"};
    own->vendor = request;
    own->count = count;
    return own;
  }

  void ask(Request& request) {
    int done = 0;
    std::array<int, kMaxReceives> sizes{};
    vendor_.expect(vendor_.common().test(request.vendor, &done, sizes.data()), "test");
    if (done == 0) return;
    std::copy(sizes.begin(), sizes.end(), request.sizes.begin());
    request.over = true;
    if (!delayed_ || request.count == 0) return;
    Time held{};
    if (!sends_)
      held = emulation_.way_here(site_);
    else if (acknowledged_)
      held = emulation_.way_back(site_) + emulation_.way_here(site_);
    request.due = last_due_ = std::max(last_due_, now() + held);  // nothing overtakes
  }

  LoadedPlugin& vendor_;
  void* comm_;
  int site_;
  bool sends_, delayed_, acknowledged_;
  Emulation& emulation_;
  std::optional<Time> leaves_;
  Time last_due_{};
  RequestPool requests_;
};

/// Code that runs on the device moves data past us: it cannot be held up.
void expect_no_offload(DeviceHandle** offload, const Emulation& emulation, int site) {
  if (offload != nullptr && *offload != nullptr && emulation.reaches(site))
    throw Failure{invalid_usage,
                  "the wrapped plugin moves data from the device, which cannot be delayed between sites; "
                  "switch its device offload off"};
}

}  // namespace

VendorListener::VendorListener(LoadedPlugin& vendor, int device, const CommContext* communicator,
                               const Interface& interface, Emulation& emulation, Time patience)
    : vendor_(vendor), emulation_(emulation), meeting_(interface, emulation.site(), patience) {
  listening_ = vendor_.listen(device, vendor_handle_.data(), communicator);
}

VendorListener::~VendorListener() { vendor_.common().close_listen(listening_); }

std::unique_ptr<Connection> VendorListener::accept(DeviceHandle** offload) {
  if (!joined_ && !(joined_ = meeting_.accept())) return nullptr;
  if (told_ < kHandleBytes) told_ += joined_->sockets[0].send(std::span(vendor_handle_).subspan(told_));
  if (told_ < kHandleBytes) return nullptr;
  void* const comm = vendor_.accept(listening_, offload);
  if (comm == nullptr) return nullptr;
  auto connection = std::make_unique<VendorConnection>(vendor_, comm, joined_->hello.site, false, emulation_);
  expect_no_offload(offload, emulation_, joined_->hello.site);
  return connection;
}

VendorConnector::VendorConnector(LoadedPlugin& vendor, int device, const Handle& handle, const Interface& from,
                                 Emulation& emulation, Time patience)
    : vendor_(vendor),
      device_(device),
      to_(handle.site),
      emulation_(emulation),
      meeting_(handle, from, emulation.site(), false, 1, patience) {}

std::unique_ptr<Connection> VendorConnector::connect(DeviceHandle** offload, const CommContext* communicator) {
  if (!joined_ && !(joined_ = meeting_.connect())) return nullptr;
  Time came{};
  if (heard_ < kHandleBytes) heard_ += joined_->sockets[0].receive(std::span(vendor_handle_).subspan(heard_), came);
  if (heard_ < kHandleBytes) return nullptr;
  void* const comm = vendor_.connect(device_, vendor_handle_.data(), offload, communicator);
  if (comm == nullptr) return nullptr;
  auto connection = std::make_unique<VendorConnection>(vendor_, comm, to_, true, emulation_);
  expect_no_offload(offload, emulation_, to_);
  return connection;
}

}  // namespace longhaul::net
