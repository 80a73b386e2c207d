#pragma once
#include <memory>

#include "collectives/communicator.hpp"
#include "collectives/module.hpp"

namespace longhaul {

/// Collectives by NCCL, over all ranks of a layout, one GPU a rank. Collective to make and to end.
///
/// What waits polls ncclCommGetAsyncError and has a deadline. When either strikes, all communicators are aborted, so
/// that no kernel spins on, and the exception tells; afterwards the object can only be ended.
class NcclCommunicator : public Communicator {
 public:
  explicit NcclCommunicator(const NcclRequest& request);
  ~NcclCommunicator() override;

  int rank() const override;
  int size() const override;
  std::string backend() const override;
  /// "NCCL 2.28.9"; transports are told by observe()
  std::string library() const override;
  bool is_double() const override;
  Memory memory(const std::string& settings) const override;
  void begin(const Call& call, const std::string& settings) override;
  void end() override;
  void run(const Call& call) override;
  void run_back_to_back(const Call& call, int times) override;
  std::optional<Observation> observe(const Call& call) override;
  double device_time() const override;
  void send(int peer, const void* data, std::size_t bytes) override;
  void receive(int peer, void* data, std::size_t bytes) override;
  void there_and_back(int peer, bool first, const void* out, void* in, std::size_t bytes) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longhaul
