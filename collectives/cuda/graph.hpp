#pragma once
#include <atomic>

#include "collectives/cuda/check.hpp"

namespace longhaul {

/// Work captured from a stream once, and launched as often as wanted.
class Graph {
 public:
  Graph() = default;
  /// @param put  puts the work on the stream; streams that it forks off it joins again
  template <class Put>
  void capture(cudaStream_t stream, const Put& put) {
    check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    cudaGraph_t graph = nullptr;
    try {
      put();
    } catch (...) {
      cudaStreamEndCapture(stream, &graph);  // leaves the capture; what it has is incomplete
      if (graph != nullptr) cudaGraphDestroy(graph);
      throw;
    }
    check_cuda(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
    cudaGraphExec_t exec = nullptr;
    const auto error = cudaGraphInstantiate(&exec, graph, 0);
    cudaGraphDestroy(graph);
    check_cuda(error, "cudaGraphInstantiate");
    exec_ = exec;
    if (over_) destroy();
  }
  ~Graph() { destroy(); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  bool empty() const { return exec_ == nullptr; }
  void launch(cudaStream_t stream) const { check_cuda(cudaGraphLaunch(exec_, stream), "cudaGraphLaunch"); }
  void destroy() noexcept {
    if (const auto gone = exec_.exchange(nullptr)) cudaGraphExecDestroy(gone);
  }
  /// destroy(), once for all: what is being captured goes as soon as it is there. From another thread, too.
  void give_up() noexcept {
    over_ = true;
    destroy();
  }

 private:
  std::atomic<cudaGraphExec_t> exec_{nullptr};
  std::atomic<bool> over_{false};
};

}  // namespace longhaul
