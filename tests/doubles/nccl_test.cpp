// The rules that the NCCL double keeps watch over, each seen to be noticed. Two ranks are two threads of this process,
// a device each.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>
#include <nccl.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace {

constexpr std::size_t bytes = 4096;

/// One rank's device, stream, memory and communicator, all of its own thread's.
struct Rank {
  Rank(const ncclUniqueId& id, int own, int ranks, bool blocking) : number(own) {
    cudaSetDevice(number);
    cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    ncclMemAlloc(&memory, bytes);
    cudaMemsetAsync(memory, 0, bytes, stream);
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = blocking ? 1 : 0;
    ncclCommInitRankConfig(&comm, ranks, id, number, &config);
    while (state() == ncclInProgress) std::this_thread::yield();
  }
  ~Rank() {
    if (comm != nullptr) ncclCommAbort(comm);
    cudaStreamSynchronize(stream);
    cudaStreamDestroy(stream);
    ncclMemFree(memory);
  }
  Rank(const Rank&) = delete;
  Rank& operator=(const Rank&) = delete;

  ncclResult_t all_reduce(std::size_t count) {
    return ncclAllReduce(memory, memory, count, ncclInt32, ncclSum, comm, stream);
  }
  ncclResult_t state() const {
    ncclResult_t now = ncclSuccess;
    ncclCommGetAsyncError(comm, &now);
    return now;
  }
  /// What an asynchronous error is, when it comes.
  ncclResult_t error() const {
    const auto begin = std::chrono::steady_clock::now();
    while (state() == ncclSuccess && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20))
      std::this_thread::yield();
    return state();
  }

  int number;
  cudaStream_t stream = nullptr;
  void* memory = nullptr;
  ncclComm_t comm = nullptr;
};

/// What the double says on stderr while `work` runs on each of two ranks.
template <class Work>
std::string said_by_two(const Work& work) {
  ncclUniqueId id{};
  ncclGetUniqueId(&id);
  testing::internal::CaptureStderr();
  std::array<std::thread, 2> threads;
  for (int number = 0; number < 2; ++number)
    threads[static_cast<std::size_t>(number)] = std::thread([&, number] {
      Rank rank(id, number, 2, true);
      work(rank);
    });
  for (auto& thread : threads) thread.join();
  return testing::internal::GetCapturedStderr();
}

template <class Work>
std::string said_by_one(bool blocking, const Work& work) {
  ncclUniqueId id{};
  ncclGetUniqueId(&id);
  testing::internal::CaptureStderr();
  {
    Rank rank(id, 0, 1, blocking);
    work(rank);
  }
  return testing::internal::GetCapturedStderr();
}

void expect_said(const std::string& said, const char* what) {
  EXPECT_NE(said.find(what), std::string::npos) << "'" << what << "' is not in: " << said;
}

TEST(NcclDouble, SaysNothingOfWhatIsRight) {
  const auto said = said_by_two([](Rank& rank) {
    void* handle = nullptr;
    EXPECT_EQ(ncclCommRegister(rank.comm, rank.memory, bytes, &handle), ncclSuccess);
    EXPECT_EQ(rank.all_reduce(4), ncclSuccess);
    cudaStreamSynchronize(rank.stream);
    EXPECT_EQ(ncclCommDeregister(rank.comm, handle), ncclSuccess);
    EXPECT_EQ(ncclCommDestroy(std::exchange(rank.comm, nullptr)), ncclSuccess);
  });
  EXPECT_EQ(said, "");
}

TEST(NcclDouble, NoticesCountsThatDiffer) {
  const auto said = said_by_two([](Rank& rank) {
    rank.all_reduce(rank.number == 0 ? 4 : 8);
    EXPECT_NE(rank.error(), ncclSuccess);  // who sees it first aborts, which the other may see first
  });
  expect_said(said, "all_reduce #0 (count 8");
  expect_said(said, "UG, Collective Operations: same order and count on each rank");
}

TEST(NcclDouble, NoticesCallsInAnotherOrder) {
  const auto said = said_by_two([](Rank& rank) {
    if (rank.number == 0)
      rank.all_reduce(4);
    else
      ncclBroadcast(rank.memory, rank.memory, 4, ncclInt32, 0, rank.comm, rank.stream);
    EXPECT_NE(rank.error(), ncclSuccess);  // who sees it first aborts, which the other may see first
  });
  expect_said(said, "broadcast #0 (");
}

TEST(NcclDouble, NoticesUseAfterAbort) {
  const auto said = said_by_one(true, [](Rank& rank) {
    const auto gone = rank.comm;
    ncclCommAbort(std::exchange(rank.comm, nullptr));
    EXPECT_EQ(ncclAllReduce(rank.memory, rank.memory, 1, ncclInt32, ncclSum, gone, rank.stream), ncclInvalidArgument);
    EXPECT_EQ(ncclCommDestroy(gone), ncclInvalidArgument);
  });
  expect_said(said, "a call on a communicator destroyed or aborted (UG, ncclCommAbort)");
}

TEST(NcclDouble, NoticesFreedAndHostMemory) {
  const auto said = said_by_one(true, [](Rank& rank) {
    void* gone = nullptr;
    cudaMalloc(&gone, 64);
    cudaFree(gone);
    EXPECT_EQ(ncclAllReduce(gone, gone, 1, ncclInt32, ncclSum, rank.comm, rank.stream), ncclInvalidArgument);
    int on_host = 0;
    EXPECT_EQ(ncclAllReduce(&on_host, &on_host, 1, ncclInt32, ncclSum, rank.comm, rank.stream), ncclInvalidArgument);
  });
  expect_said(said, "a buffer that is not device memory, or too small (UG, Data Pointers)");
}

TEST(NcclDouble, TakesEachCallOnANonBlockingCommunicatorLaterAndNoticesTheNextBeforeThat) {
  const auto said = said_by_one(false, [](Rank& rank) {
    for (int call = 0; call < 2; ++call) {
      EXPECT_EQ(rank.all_reduce(1), ncclInProgress) << call;
      EXPECT_EQ(rank.all_reduce(1), ncclInvalidUsage) << call;
      while (rank.state() == ncclInProgress) std::this_thread::yield();
    }
    cudaStreamSynchronize(rank.stream);
  });
  expect_said(said, "a call on a communicator that is in progress (UG, ncclCommGetAsyncError)");
}

TEST(NcclDouble, NoticesADestroyedCommunicatorWithBuffersRegistered) {
  const auto said = said_by_one(true, [](Rank& rank) {
    void* handle = nullptr;
    ncclCommRegister(rank.comm, rank.memory, bytes, &handle);
    ncclCommDestroy(std::exchange(rank.comm, nullptr));
  });
  expect_said(said, "destroyed with buffers still registered (UG, ncclCommDeregister)");
}

TEST(NcclDouble, NoticesASecondWindowOnABuffer) {
  const auto said = said_by_one(true, [](Rank& rank) {
    ncclWindow_t window = nullptr, second = nullptr;
    EXPECT_EQ(ncclCommWindowRegister(rank.comm, rank.memory, bytes, &window, NCCL_WIN_COLL_SYMMETRIC), ncclSuccess);
    EXPECT_EQ(ncclCommWindowRegister(rank.comm, rank.memory, bytes, &second, NCCL_WIN_COLL_SYMMETRIC),
              ncclInvalidUsage);
    EXPECT_EQ(ncclCommWindowDeregister(rank.comm, window), ncclSuccess);
  });
  expect_said(said, "a buffer as a second window");
}

TEST(NcclDouble, WritesAWindowLaterOnANonBlockingCommunicator) {
  const auto said = said_by_one(false, [](Rank& rank) {
    ncclWindow_t window = nullptr;
    EXPECT_EQ(ncclCommWindowRegister(rank.comm, rank.memory, bytes, &window, NCCL_WIN_COLL_SYMMETRIC), ncclInProgress);
    EXPECT_EQ(window, nullptr);
    while (rank.state() == ncclInProgress) std::this_thread::yield();
    EXPECT_NE(window, nullptr);
    EXPECT_EQ(ncclCommWindowDeregister(rank.comm, window), ncclSuccess);
  });
  EXPECT_EQ(said, "");
}

/// A communicator that ends while a graph still holds a call of it, or after the graph is gone.
std::string said_of_a_graph(bool gone_before, ncclResult_t (*end)(ncclComm_t)) {
  setenv("LONGHAUL_DOUBLE_PATIENCE_MS", "100", 1);
  const auto said = said_by_one(true, [gone_before, end](Rank& rank) {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t exec = nullptr;
    cudaStreamBeginCapture(rank.stream, cudaStreamCaptureModeThreadLocal);
    rank.all_reduce(1);
    cudaStreamEndCapture(rank.stream, &graph);
    cudaGraphInstantiate(&exec, graph, 0);
    cudaGraphDestroy(graph);
    cudaGraphLaunch(exec, rank.stream);
    cudaStreamSynchronize(rank.stream);
    if (gone_before) cudaGraphExecDestroy(exec);
    end(std::exchange(rank.comm, nullptr));
    if (!gone_before) cudaGraphExecDestroy(exec);
  });
  unsetenv("LONGHAUL_DOUBLE_PATIENCE_MS");
  return said;
}

TEST(NcclDouble, EndsACommunicatorWhoseGraphsAreGone) {
  EXPECT_EQ(said_of_a_graph(true, &ncclCommAbort), "");
  EXPECT_EQ(said_of_a_graph(true, &ncclCommDestroy), "");
}

TEST(NcclDouble, NoticesACommunicatorThatEndsBeforeItsGraph) {
  expect_said(said_of_a_graph(false, &ncclCommAbort), "ncclCommAbort waits for a graph that holds");
  expect_said(said_of_a_graph(false, &ncclCommDestroy), "ncclCommDestroy waits for a graph that holds");
}

/// What a rank's second communicator has to do, on a stream of its own, comes after what the first never ends.
std::string said_of_two_aborted(bool at_once) {
  setenv("LONGHAUL_DOUBLE_PATIENCE_MS", "300", 1);
  const auto said = said_by_two([at_once](Rank& rank) {
    ncclComm_t second = nullptr;
    ASSERT_EQ(ncclCommSplit(rank.comm, 0, rank.number, &second, nullptr), ncclSuccess);
    cudaStream_t stream = nullptr;
    cudaEvent_t begun = nullptr;
    cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    cudaEventCreateWithFlags(&begun, cudaEventDisableTiming);
    if (rank.number == 0) rank.all_reduce(1);  // rank 1 never comes
    cudaEventRecord(begun, rank.stream);
    cudaStreamWaitEvent(stream, begun, 0);
    ncclAllReduce(rank.memory, rank.memory, 1, ncclInt32, ncclSum, second, stream);
    if (at_once) ncclGroupStart();
    ncclCommAbort(second);
    ncclCommAbort(std::exchange(rank.comm, nullptr));
    if (at_once) ncclGroupEnd();
    cudaStreamDestroy(stream);
    cudaEventDestroy(begun);
  });
  unsetenv("LONGHAUL_DOUBLE_PATIENCE_MS");
  return said;
}

TEST(NcclDouble, AbortsInAGroupWhatWouldWaitForEachOther) { EXPECT_EQ(said_of_two_aborted(true), ""); }

TEST(NcclDouble, NoticesAnAbortThatWaitsForAnotherCommunicators) {
  expect_said(said_of_two_aborted(false), "ncclCommAbort waits for work that another communicator's abort would end");
}

}  // namespace
