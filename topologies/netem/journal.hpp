#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace longhaul {

/// What was begun on a device, written down before the first command, so that it can be taken back after a crash or a
/// reboot of whoever did it.
struct JournalEntry {
  std::string device;
  std::string topology, site, setting;
  std::vector<std::string> to;  ///< the other sites, in the order of their holders
  std::string started;          ///< ISO 8601, UTC
  std::string id;               ///< random; tells a lease whether this is still what it leased
  std::string process;          ///< whose end ends it, as mark_of_process() says; empty: nobody's
  std::optional<std::chrono::system_clock::time_point> until;  ///< end of the lease
};

/// A process and when it began: no later process is the same. Empty for one that is gone.
std::string mark_of_process(long id);
/// Its lease is over, or the process that it was for is gone.
bool is_over(const JournalEntry& entry);

/// Where journals lie: $LONGHAUL_STATE/netem, else /var/lib/longhaul/netem.
std::filesystem::path journal_folder();

/// Durable before it returns: written beside, fsynced, renamed. Replaces the device's entry.
/// @throws EnvironmentError
void write_journal(const JournalEntry& entry);
void remove_journal(const std::string& device);

/// All entries, by device; one that cannot be read stands for its device alone.
std::vector<JournalEntry> read_journals();

}  // namespace longhaul
