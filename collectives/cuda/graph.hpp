#pragma once
#include "collectives/cuda/check.hpp"

namespace longhaul {

/// Work captured from a stream once, and launched as often as wanted.
class Graph {
 public:
  /// @param put  puts the work on the stream; streams that it forks off it joins again
  template <class Put>
  Graph(cudaStream_t stream, const Put& put) {
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
    const auto error = cudaGraphInstantiate(&exec_, graph, 0);
    cudaGraphDestroy(graph);
    check_cuda(error, "cudaGraphInstantiate");
  }
  ~Graph() { cudaGraphExecDestroy(exec_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void launch(cudaStream_t stream) const { check_cuda(cudaGraphLaunch(exec_, stream), "cudaGraphLaunch"); }

 private:
  cudaGraphExec_t exec_ = nullptr;
};

}  // namespace longhaul
