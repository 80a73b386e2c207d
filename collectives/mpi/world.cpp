#include "collectives/mpi/world.hpp"

#include <mpi.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <exception>
#include <thread>

#include "collectives/mpi/check.hpp"

namespace longhaul {
namespace {

constexpr int talk_tag = 1, last_tag = 2;
/// Longest piece of one MPI call: counts are int.
constexpr std::size_t piece = std::size_t{1} << 30;

std::string processor_name() {
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  int length = 0;
  MPI_Get_processor_name(name.data(), &length);
  return {name.data(), static_cast<std::size_t>(length)};
}

std::string library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  return short_library_name({text.data(), static_cast<std::size_t>(length)});
}

void start_mpi() {
  int given = MPI_THREAD_SINGLE;
  MpiCheck{}(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given), "MPI_Init_thread");
  if (given < MPI_THREAD_FUNNELED)
    throw EnvironmentError("this MPI allows no threads beside its own; expected MPI_THREAD_FUNNELED");
}

}  // namespace

struct World::State {
  MPI_Comm talk = MPI_COMM_NULL;
  int rank = 0, size = 1;
  std::vector<std::string> hosts;
  std::string library;
  MpiCheck check;
  int exceptions = std::uncaught_exceptions();
};

World::World() : state_(std::make_unique<State>()) {
  start_mpi();
  State& my = *state_;
  MPI_Comm_rank(MPI_COMM_WORLD, &my.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &my.size);
  my.check = MpiCheck(my.rank, processor_name());
  my.check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  my.check(MPI_Comm_dup(MPI_COMM_WORLD, &my.talk), "MPI_Comm_dup");
  my.check(MPI_Comm_set_errhandler(my.talk, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  my.library = library_version();
  my.hosts = gather(processor_name());
  my.hosts.resize(static_cast<std::size_t>(my.size));
  for (auto& host : my.hosts) host = broadcast(host);
}

World::~World() {
  if (std::uncaught_exceptions() > state_->exceptions) return;
  MPI_Comm_free(&state_->talk);
  MPI_Finalize();
}

int World::rank() const { return state_->rank; }
int World::size() const { return state_->size; }
const std::string& World::host(int rank) const { return state_->hosts.at(static_cast<std::size_t>(rank)); }
const std::vector<std::string>& World::hosts() const { return state_->hosts; }
LocalPlace World::local() const { return local_place(state_->hosts, state_->rank); }
const std::string& World::library() const { return state_->library; }

std::vector<int> World::nodes() {
  const State& my = *state_;
  std::vector<int> all(static_cast<std::size_t>(my.size));
  int lowest = my.rank;
  if (std::getenv("LONGHAUL_LAB") != nullptr) {
    lowest = static_cast<int>(std::find(my.hosts.begin(), my.hosts.end(), host(my.rank)) - my.hosts.begin());
  } else {
    MPI_Comm node = MPI_COMM_NULL;
    my.check(MPI_Comm_split_type(my.talk, MPI_COMM_TYPE_SHARED, my.rank, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
    my.check(MPI_Bcast(&lowest, 1, MPI_INT, 0, node), "MPI_Bcast");
    MPI_Comm_free(&node);
  }
  my.check(MPI_Allgather(&lowest, 1, MPI_INT, all.data(), 1, MPI_INT, my.talk), "MPI_Allgather");
  return all;
}

LocalPlace World::device_place() {
  const int own = told_local_rank([](const char* name) { return std::getenv(name); });
  std::vector<int> told(static_cast<std::size_t>(size()));
  state_->check(MPI_Allgather(&own, 1, MPI_INT, told.data(), 1, MPI_INT, state_->talk), "MPI_Allgather");
  return longhaul::device_place(told, nodes(), rank());
}

void World::barrier() { state_->check(MPI_Barrier(state_->talk), "MPI_Barrier"); }

bool World::meet() {
  MPI_Request all = MPI_REQUEST_NULL;
  state_->check(MPI_Ibarrier(state_->talk, &all), "MPI_Ibarrier");
  for (int met = 0, told = 0;; std::this_thread::yield()) {
    state_->check(MPI_Test(&all, &met, MPI_STATUS_IGNORE), "MPI_Test");
    if (met != 0) return true;
    state_->check(MPI_Iprobe(MPI_ANY_SOURCE, last_tag, state_->talk, &told, MPI_STATUS_IGNORE), "MPI_Iprobe");
    if (told != 0) return false;
  }
}

bool World::all_agree(bool mine) { return !any(!mine); }

bool World::any(bool mine) {
  int flag = mine ? 1 : 0;
  state_->check(MPI_Allreduce(MPI_IN_PLACE, &flag, 1, MPI_INT, MPI_MAX, state_->talk), "MPI_Allreduce");
  return flag != 0;
}

std::string World::broadcast(std::string text, int root) {
  text.resize(broadcast(text.size(), root));
  broadcast_bytes(text.data(), text.size(), root);
  return text;
}

std::vector<std::string> World::gather(const std::string& mine) {
  std::vector<std::string> texts;
  for (const auto& letters : gather(std::vector<char>(mine.begin(), mine.end())))
    texts.emplace_back(letters.begin(), letters.end());
  return texts;
}

std::vector<RankedValue> World::max_with_rank(const std::vector<double>& mine) {
  struct Pair {
    double value;
    int rank;
  };
  std::vector<Pair> own, greatest(rank() == 0 ? mine.size() : 0);
  for (const double value : mine) own.push_back({value, rank()});
  state_->check(MPI_Reduce(own.data(), greatest.data(), static_cast<int>(own.size()), MPI_DOUBLE_INT, MPI_MAXLOC, 0,
                           state_->talk),
                "MPI_Reduce");
  std::vector<RankedValue> result;
  for (const Pair& pair : greatest) result.push_back({pair.value, pair.rank});
  return result;
}

void World::abort(ExitCode code) {
  MPI_Abort(MPI_COMM_WORLD, static_cast<int>(code));
  std::_Exit(static_cast<int>(code));
}

void World::broadcast_bytes(void* data, std::size_t bytes, int root) {
  for (std::size_t done = 0; done < bytes; done += piece)
    state_->check(MPI_Bcast(static_cast<std::byte*>(data) + done, static_cast<int>(std::min(piece, bytes - done)),
                            MPI_BYTE, root, state_->talk),
                  "MPI_Bcast");
}

void World::gather_bytes(const void* mine, std::size_t bytes, void* all) {
  const int count = static_cast<int>(bytes);
  state_->check(MPI_Gather(mine, count, MPI_BYTE, all, count, MPI_BYTE, 0, state_->talk), "MPI_Gather");
}

std::vector<std::byte> World::gather_contents(const void* mine, std::size_t bytes) {
  const auto* const own = static_cast<const std::byte*>(mine);
  std::vector<std::byte> gathered(own, own + bytes);
  for (int step = 1; step < size(); step *= 2) {
    if ((rank() & step) != 0) {
      send(rank() - step, gathered.size());
      send_bytes(rank() - step, gathered.data(), gathered.size());
      return {};
    }
    if (rank() + step >= size()) continue;
    const auto before = gathered.size(), more = receive<std::size_t>(rank() + step);
    gathered.resize(before + more);
    receive_bytes(rank() + step, gathered.data() + before, more);
  }
  return gathered;
}

std::vector<bool> World::exchange_last_bytes(const void* mine, std::size_t bytes, void* all, Duration patience) {
  const auto begin = std::chrono::steady_clock::now();
  const int length = static_cast<int>(bytes);
  const auto place = [&](int of) { return static_cast<std::byte*>(all) + static_cast<std::size_t>(of) * bytes; };
  std::vector<bool> heard(static_cast<std::size_t>(size()));
  std::vector<MPI_Request> requests;  // never waited for: some may go nowhere
  for (int peer = 0; peer < size(); ++peer)
    if (peer != rank()) MPI_Isend(mine, length, MPI_BYTE, peer, last_tag, state_->talk, &requests.emplace_back());
  std::copy_n(static_cast<const std::byte*>(mine), bytes, place(rank()));
  heard[static_cast<std::size_t>(rank())] = true;
  for (int known = 1; known < size() && std::chrono::steady_clock::now() - begin < patience;) {
    int there = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, last_tag, state_->talk, &there, &status) != MPI_SUCCESS || there == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    const int from = status.MPI_SOURCE;
    if (MPI_Recv(place(from), length, MPI_BYTE, from, last_tag, state_->talk, MPI_STATUS_IGNORE) != MPI_SUCCESS)
      continue;
    heard[static_cast<std::size_t>(from)] = true;
    ++known;
  }
  return heard;
}

void World::send_bytes(int peer, const void* data, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes; done += piece)
    state_->check(MPI_Send(static_cast<const std::byte*>(data) + done, static_cast<int>(std::min(piece, bytes - done)),
                           MPI_BYTE, peer, talk_tag, state_->talk),
                  "MPI_Send");
}

void World::receive_bytes(int peer, void* data, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes; done += piece)
    state_->check(MPI_Recv(static_cast<std::byte*>(data) + done, static_cast<int>(std::min(piece, bytes - done)),
                           MPI_BYTE, peer, talk_tag, state_->talk, MPI_STATUS_IGNORE),
                  "MPI_Recv");
}

int told_local_rank(const std::function<const char*(const char*)>& variable) {
  for (const char* const name : {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"}) {
    const char* const value = variable(name);
    if (value == nullptr) continue;
    char* end = nullptr;
    const long number = std::strtol(value, &end, 10);
    if (end != value && *end == '\0' && number >= 0 && number <= INT_MAX) return static_cast<int>(number);
  }
  return -1;
}

std::string short_library_name(const std::string& version_text) {
  // "Open MPI v4.1.4, package: Debian OpenMPI, …" and "MPICH Version:\t4.0.2\nMPICH Release date:\t…"
  std::string name = version_text.substr(0, version_text.find_first_of(",\n"));
  if (const auto label = name.find(" Version:"); label != std::string::npos) {
    const auto number = name.find_first_not_of(" \t", label + std::string(" Version:").size());
    name = name.substr(0, label) + (number == std::string::npos ? "" : " " + name.substr(number));
  }
  name.erase(name.find_last_not_of(" \t\n\0") + 1);
  return name;
}

}  // namespace longhaul
