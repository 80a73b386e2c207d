#include "topologies/netem/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Clock = std::chrono::system_clock;

constexpr const char* kSuffix = ".json";

fs::path file_of(const std::string& device) { return journal_folder() / (device + kSuffix); }

[[noreturn]] void failed(const fs::path& path) {
  throw EnvironmentError("cannot write the journal {}: {}; it is what `longhaul wan clean` goes by after a crash",
                         path.string(), std::strerror(errno));
}

void sync(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool done = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!done) failed(path);
}

JournalEntry read_entry(const fs::path& path) {
  JournalEntry entry;
  entry.device = path.stem().string();
  std::ifstream file(path);
  const auto json = Json::parse(file, nullptr, false);
  if (!json.is_object()) return entry;
  entry.topology = json.value("topology", "");
  entry.site = json.value("site", "");
  entry.setting = json.value("setting", "");
  entry.started = json.value("started", "");
  entry.id = json.value("id", "");
  entry.process = json.value("process", "");
  entry.to = json.value("to", std::vector<std::string>{});
  if (const auto until = json.value("until", 0LL); until > 0)
    entry.until = Clock::time_point(std::chrono::seconds(until));
  return entry;
}

}  // namespace

fs::path journal_folder() {
  const char* state = std::getenv("LONGHAUL_STATE");
  return fs::path(state && *state ? state : "/var/lib/longhaul") / "netem";
}

std::string mark_of_process(long id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return {};
  constexpr int kState = 3, kStarted = 22;  // proc(5); the name before the state may hold anything
  std::istringstream words(text.substr(text.rfind(')') + 1));
  std::string word;
  for (int field = kState; field <= kStarted; ++field) words >> word;
  return std::to_string(id) + " " + word;
}

bool is_over(const JournalEntry& entry) {
  if (entry.until && *entry.until <= Clock::now()) return true;
  return !entry.process.empty() && mark_of_process(std::atol(entry.process.c_str())) != entry.process;
}

void write_journal(const JournalEntry& entry) {
  const auto path = file_of(entry.device);
  std::error_code none;
  fs::create_directories(path.parent_path(), none);
  Json json{{"topology", entry.topology}, {"site", entry.site}, {"setting", entry.setting},
            {"started", entry.started},   {"id", entry.id},     {"to", entry.to}};
  if (!entry.process.empty()) json["process"] = entry.process;
  if (entry.until)
    json["until"] = std::chrono::duration_cast<std::chrono::seconds>(entry.until->time_since_epoch()).count();
  const fs::path aside = path.string() + ".new";
  {
    std::ofstream file(aside);
    file << json.dump(2) << '\n';
    if (!file.flush()) failed(aside);
  }
  sync(aside, O_RDONLY);
  fs::rename(aside, path, none);
  if (none) failed(path);
  sync(path.parent_path(), O_RDONLY | O_DIRECTORY);
}

void remove_journal(const std::string& device) {
  std::error_code none;
  fs::remove(file_of(device), none);
}

std::vector<JournalEntry> read_journals() {
  std::vector<JournalEntry> all;
  std::error_code none;
  for (fs::directory_iterator entry(journal_folder(), none), end; !none && entry != end; entry.increment(none))
    if (entry->path().extension() == kSuffix) all.push_back(read_entry(entry->path()));
  std::ranges::sort(all, {}, &JournalEntry::device);
  return all;
}

}  // namespace longhaul
