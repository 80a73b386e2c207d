#include "topologies/lab/state.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "topologies/error.hpp"
#include "topologies/lab/fabric_json.hpp"
#include "topologies/text_file.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLock = "lock";
constexpr const char* kFabric = "lab.json";
constexpr const char* kPrefix = "lab-";

/// Ours alone, or an error: somebody else's folder at a name that anyone can guess is not to be trusted.
fs::path private_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == -1 && errno != EEXIST)
    throw EnvironmentError("cannot make the folder {}: {}", path.string(), std::strerror(errno));
  struct stat found {};
  checked(::lstat(path.c_str(), &found), "look at " + path.string());
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() || (found.st_mode & 077) != 0)
    throw EnvironmentError(
        "{} must be a folder of this user (uid {}) and of mode 0700; remove it, or set XDG_RUNTIME_DIR", path.string(),
        ::geteuid());
  return path;
}

/// The lock, if nobody holds it and nobody has removed it before it was ours.
Fd try_lock(const fs::path& folder, int flags) {
  Fd lock(::open((folder / kLock).c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat found {};
  if (lock &&
      (::flock(lock.get(), LOCK_EX | LOCK_NB) == -1 || ::fstat(lock.get(), &found) == -1 || found.st_nlink == 0))
    return Fd();
  return lock;
}

std::vector<fs::path> lab_folders() {
  std::vector<fs::path> folders;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(state_root(), gone))
    if (entry.path().filename().string().starts_with(kPrefix) && entry.is_directory(gone))
      folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

bool is_live(const fs::path& folder) {
  const Fd lock(::open((folder / kLock).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  return lock && ::flock(lock.get(), LOCK_SH | LOCK_NB) == -1;
}

nlohmann::json read_lab_json(const fs::path& folder) {
  std::ifstream file(folder / kFabric);
  if (!file) throw EnvironmentError("there is no running lab at {}", folder.string());
  return nlohmann::json::parse(file);
}

}  // namespace

fs::path state_root() {
  if (::geteuid() == 0 && ::access("/run", W_OK) == 0) return private_folder("/run/longhaul");
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && ::access(runtime, W_OK) == 0) return private_folder(fs::path(runtime) / "longhaul");
  return private_folder(fmt::format("/tmp/longhaul-{}", ::geteuid()));
}

StateFolder::StateFolder() {
  const auto pattern = (state_root() / (std::string(kPrefix) + "XXXXXX")).string();
  // Between making a folder and locking it, another lab's cleaning may take it for a dead one's: then once more.
  for (int attempt = 0; !lock_; ++attempt) {
    std::string path = pattern;
    if (::mkdtemp(path.data()) == nullptr || attempt == 100)
      throw EnvironmentError("cannot make a folder {}: {}", pattern, std::strerror(errno));
    path_ = path;
    lock_ = try_lock(path_, O_CREAT);
  }
}

StateFolder::~StateFolder() {
  std::error_code ignored;  // the next lab removes what is left
  fs::remove_all(path_, ignored);
}

std::vector<std::string> clean_labs() {
  std::vector<std::string> removed;
  for (const auto& folder : lab_folders()) {
    const Fd held = try_lock(folder, O_CREAT);  // until all is gone
    if (!held) continue;
    std::error_code fault;
    fs::remove_all(folder, fault);
    if (!fault) removed.push_back(folder.string());
  }
  return removed;
}

std::vector<fs::path> live_labs() {
  auto folders = lab_folders();
  std::erase_if(folders, [](const fs::path& folder) { return !is_live(folder); });
  return folders;
}

fs::path control_socket(const fs::path& folder) { return folder / "control.sock"; }

void write_fabric(const LabFabric& fabric, const HostDoors& doors) {
  auto json = fabric_to_json(fabric);
  json["outer_pid"] = doors.outer_pid;
  json["pid_namespace"] = doors.pid_namespace;
  for (const auto& door : doors.doors) json["doors"].push_back({door.net, door.uts, door.ipc, door.mnt});
  const auto path = fabric.folder / kFabric;
  const auto aside = fabric.folder / "lab.json.new";
  write_text_file(aside, json.dump(1) + "\n");
  fs::rename(aside, path);
}

LabFabric read_fabric(const fs::path& folder) {
  try {
    return fabric_from_json(read_lab_json(folder));
  } catch (const nlohmann::json::exception& error) {
    throw EnvironmentError("{} cannot be read: {}", (folder / kFabric).string(), error.what());
  }
}

HostDoors read_doors(const fs::path& folder) {
  try {
    const auto json = read_lab_json(folder);
    HostDoors doors{json.at("outer_pid"), json.at("pid_namespace"), {}};
    for (const auto& door : json.at("doors")) doors.doors.push_back({door.at(0), door.at(1), door.at(2), door.at(3)});
    return doors;
  } catch (const nlohmann::json::exception& error) {
    throw EnvironmentError("{} cannot be read: {}", (folder / kFabric).string(), error.what());
  }
}

std::vector<LabFabric> running_labs() {
  std::vector<LabFabric> labs;
  for (const auto& folder : live_labs())
    if (fs::exists(folder / kFabric)) labs.push_back(read_fabric(folder));  // else it is still being built
  return labs;
}

std::unique_ptr<LabFabric> current_lab() {
  const char* folder = std::getenv("LONGHAUL_LAB");
  if (folder == nullptr || *folder == '\0') return nullptr;
  return std::make_unique<LabFabric>(read_fabric(folder));
}

}  // namespace longhaul
