#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <set>

#include "runtime.hpp"

using namespace longhaul::doubles;

namespace {

/// A pause before each piece of work, so that whoever forgets to wait reads the old bytes.
std::chrono::microseconds delay() {
  static const char* const told = std::getenv("LONGHAUL_DOUBLE_DELAY_US");
  return std::chrono::microseconds(told != nullptr ? std::atoi(told) : 20);
}

std::mutex streams_mutex;
std::set<CUstream_st*>& streams() {
  static auto* const all = new std::set<CUstream_st*>;
  return *all;
}

bool known(cudaStream_t stream) {
  const std::lock_guard lock(streams_mutex);
  return streams().contains(stream);
}

constexpr const char* no_stream = "a stream that does not exist, or was destroyed (RT, cudaStreamDestroy)";

/// Whether memory that a copy or a set names may be used. Host memory may be on one side of a copy.
bool usable(const void* pointer, std::size_t bytes, bool device_only, const char* call) {
  auto& memory = Memory::instance();
  if (memory.holds(pointer, bytes)) return true;
  if (memory.was_freed(pointer)) {
    misuse(cudaErrorInvalidValue, std::string(call) + " on freed memory (RT, cudaFree)");
    return false;
  }
  if (!device_only && memory.device_of(pointer) < 0) return true;
  misuse(cudaErrorInvalidValue, std::string(call) + " reaches outside of an allocation (RT, " + call + ")");
  return false;
}

}  // namespace

CUstream_st::CUstream_st(int on_device) : device(on_device), thread_([this] { run(); }) {}

void CUstream_st::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    std::this_thread::sleep_for(delay());
    work();
    lock.lock();
    busy_ = false;
    ++done_works_;
    done_.notify_all();
  }
}

void CUstream_st::put(Work work) {
  if (capture) {
    capture->work.push_back(std::move(work));
    ++captured;
    return;
  }
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
  ++put_works_;
  wake_.notify_one();
}

bool CUstream_st::idle() {
  const std::lock_guard lock(mutex_);
  return queue_.empty() && !busy_;
}

void CUstream_st::drain() {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this, until = put_works_] { return done_works_ >= until; });
}

bool CUstream_st::drained_by(Time end) {
  std::unique_lock lock(mutex_);
  return done_.wait_until(lock, end, [this, until = put_works_] { return done_works_ >= until; });
}

void CUstream_st::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

namespace longhaul::doubles {

CUstream_st* stream_or_default(cudaStream_t stream) {
  static std::mutex mutex;
  static auto* const defaults = new std::map<int, CUstream_st*>;
  if (stream != nullptr) return known(stream) ? stream : nullptr;
  const std::lock_guard lock(mutex);
  auto*& one = (*defaults)[current_device()];
  if (one == nullptr) {
    one = new CUstream_st(current_device());
    const std::lock_guard all(streams_mutex);
    streams().insert(one);
  }
  return one;
}

}  // namespace longhaul::doubles

extern "C" {

void longhaul_double_put(cudaStream_t stream, const std::function<void()>& work, const std::shared_ptr<void>& user) {
  auto* const one = stream_or_default(stream);
  if (one->capture) one->capture->used.push_back(user);
  one->put(work);
}
int longhaul_double_stream_device(cudaStream_t stream) {
  auto* const found = stream_or_default(stream);
  return found == nullptr ? -1 : found->device;
}
bool longhaul_double_device_ends(int device, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::vector<CUstream_st*> all;
  {
    const std::lock_guard lock(streams_mutex);
    all.assign(streams().begin(), streams().end());
  }
  return std::all_of(all.begin(), all.end(),
                     [&](CUstream_st* stream) { return stream->device != device || stream->drained_by(end); });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  LONGHAUL_MAY_FAIL(cudaErrorUnknown);
  *stream = new CUstream_st(current_device());
  const std::lock_guard lock(streams_mutex);
  streams().insert(*stream);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  if (!known(stream)) return misuse(cudaErrorInvalidResourceHandle, std::string("cudaStreamDestroy of ") + no_stream);
  {
    const std::lock_guard lock(streams_mutex);
    streams().erase(stream);
  }
  stream->end();
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  auto* const one = stream_or_default(stream);
  if (one == nullptr)
    return misuse(cudaErrorInvalidResourceHandle, std::string("cudaStreamSynchronize on ") + no_stream);
  if (one->capture)
    return misuse(cudaErrorStreamCaptureUnsupported,
                  "a stream is waited for while it is captured (PG, Prohibited and Unhandled Operations)");
  one->drain();
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  LONGHAUL_MAY_FAIL(cudaErrorIllegalAddress);
  auto* const one = stream_or_default(stream);
  if (one == nullptr) return misuse(cudaErrorInvalidResourceHandle, std::string("cudaStreamQuery on ") + no_stream);
  if (one->capture)
    return misuse(cudaErrorStreamCaptureUnsupported,
                  "a stream is queried while it is captured (PG, Prohibited and Unhandled Operations)");
  return one->idle() ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaDeviceSynchronize() {
  std::vector<CUstream_st*> all;
  {
    const std::lock_guard lock(streams_mutex);
    all.assign(streams().begin(), streams().end());
  }
  for (auto* const stream : all)
    if (stream->device == current_device() && !stream->capture) stream->drain();
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  LONGHAUL_MAY_FAIL(cudaErrorInvalidValue);
  auto* const one = stream_or_default(stream);
  if (one == nullptr) return misuse(cudaErrorInvalidResourceHandle, std::string("cudaMemcpyAsync on ") + no_stream);
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (bytes > 0 &&
      (!usable(to, bytes, to_device, "cudaMemcpyAsync") || !usable(from, bytes, from_device, "cudaMemcpyAsync")))
    return cudaErrorInvalidValue;
  // RT, API synchronization behavior: a copy from pageable host memory is staged before the call returns.
  if (kind == cudaMemcpyHostToDevice) {
    std::vector<std::byte> staged(bytes);
    if (bytes > 0) std::memcpy(staged.data(), from, bytes);
    one->put(
        [to, staged = std::move(staged)] { std::copy(staged.begin(), staged.end(), static_cast<std::byte*>(to)); });
  } else {
    one->put([=] {
      if (bytes > 0) std::memmove(to, from, bytes);
    });
  }
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  auto* const one = stream_or_default(stream);
  if (one == nullptr) return misuse(cudaErrorInvalidResourceHandle, std::string("cudaMemsetAsync on ") + no_stream);
  if (bytes > 0 && !usable(to, bytes, true, "cudaMemsetAsync")) return cudaErrorInvalidValue;
  one->put([=] {
    if (bytes > 0) std::memset(to, value, bytes);
  });
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  LONGHAUL_MAY_FAIL(cudaErrorUnknown);
  *event = new CUevent_st;
  (*event)->device = current_device();
  (*event)->timed = (flags & cudaEventDisableTiming) == 0;
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  std::unique_lock lock(event->mutex);
  event->wake.wait(lock, [event] { return event->reached == event->recorded; });  // RT: freed once completed
  lock.unlock();
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  auto* const one = stream_or_default(stream);
  if (one == nullptr) return misuse(cudaErrorInvalidResourceHandle, std::string("cudaEventRecord on ") + no_stream);
  if (one->device != event->device)
    return misuse(cudaErrorInvalidResourceHandle,
                  "cudaEventRecord: event and stream belong to different devices (PG, Stream and Event Behavior)");
  event->captured_on = one->capture ? one : nullptr;
  event->captured_at = one->captured;
  if (one->capture) return cudaSuccess;  // an edge of the graph, which runs in order anyway
  std::uint64_t mine = 0;
  {
    const std::lock_guard lock(event->mutex);
    mine = ++event->recorded;
  }
  one->put([event, mine] {
    const std::lock_guard lock(event->mutex);
    event->reached = mine;
    event->when = std::chrono::steady_clock::now();
    event->wake.notify_all();
  });
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (event->captured_on != nullptr)
    return misuse(cudaErrorCapturedEvent, "an event recorded in a capture is queried (RT, cudaEventQuery)");
  const std::lock_guard lock(event->mutex);
  return event->reached == event->recorded ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (event->captured_on != nullptr)
    return misuse(cudaErrorCapturedEvent, "an event recorded in a capture is waited for (RT, cudaEventSynchronize)");
  std::unique_lock lock(event->mutex);
  event->wake.wait(lock, [event] { return event->reached == event->recorded; });
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  if (!begin->timed || !end->timed || begin->recorded == 0 || end->recorded == 0)
    return misuse(cudaErrorInvalidResourceHandle,
                  "cudaEventElapsedTime of events not recorded, or made without timing (RT, cudaEventElapsedTime)");
  const std::scoped_lock lock(begin->mutex, end->mutex);
  if (begin->reached != begin->recorded || end->reached != end->recorded) return cudaErrorNotReady;
  *milliseconds = std::chrono::duration<float, std::milli>(end->when - begin->when).count();
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  auto* const one = stream_or_default(stream);
  if (one == nullptr) return misuse(cudaErrorInvalidResourceHandle, std::string("cudaStreamWaitEvent on ") + no_stream);
  if (event->captured_on != nullptr && event->captured_on != one) {  // PG, Cross-stream Dependencies and Events
    auto* const other = event->captured_on;
    if (!one->capture) {
      one->capture = other->capture;
      one->origin = false;
      one->captured = one->joined = 0;
    }
    other->joined = std::max(other->joined, event->captured_at);
    return cudaSuccess;
  }
  if (one->capture) return cudaSuccess;
  std::uint64_t mine = 0;
  {
    const std::lock_guard lock(event->mutex);
    mine = event->recorded;
  }
  one->put([event, mine] {
    std::unique_lock lock(event->mutex);
    event->wake.wait(lock, [event, mine] { return event->reached >= mine; });
  });
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  LONGHAUL_MAY_FAIL(cudaErrorStreamCaptureUnsupported);
  if (stream == nullptr)
    return misuse(cudaErrorStreamCaptureUnsupported,
                  "the legacy default stream cannot be captured (RT, cudaStreamBeginCapture)");
  stream->capture = std::make_shared<CUgraph_st>();
  stream->origin = true;
  stream->captured = stream->joined = 0;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  if (!stream->capture || !stream->origin)
    return misuse(cudaErrorIllegalState,
                  "cudaStreamEndCapture on a stream that did not begin it (RT, cudaStreamEndCapture)");
  const auto captured = stream->capture;
  bool unjoined = false;
  {
    const std::lock_guard lock(streams_mutex);
    for (auto* const other : streams())
      if (other->capture == captured) {
        unjoined = unjoined || (!other->origin && other->joined < other->captured);
        other->capture.reset();
      }
  }
  *graph = nullptr;
  if (unjoined)
    return misuse(
        cudaErrorStreamCaptureUnjoined,
        "a stream forked in a capture was not joined before its end (PG, Cross-stream Dependencies and Events)");
  *graph = new CUgraph_st(*captured);
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  *exec = new CUgraphExec_st{graph->work, graph->used};
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  LONGHAUL_MAY_FAIL(cudaErrorUnknown);
  for (const auto& work : exec->work) stream_or_default(stream)->put(work);
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  delete exec;
  return cudaSuccess;
}
}
