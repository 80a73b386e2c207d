#include "harness/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "collectives/layout.hpp"
#include "collectives/mpi/world.hpp"
#include "collectives/nccl_settings.hpp"
#include "harness/backend.hpp"
#include "harness/clock_sync.hpp"
#include "harness/core_share.hpp"
#include "harness/inspection.hpp"
#include "harness/interrupt.hpp"
#include "harness/plugin_wan.hpp"
#include "harness/provenance.hpp"
#include "harness/rank_place.hpp"
#include "harness/reporter.hpp"
#include "harness/soak.hpp"
#include "harness/sweep.hpp"
#include "harness/wan.hpp"
#include "harness/watch/agreement.hpp"
#include "harness/watch/host_watch.hpp"
#include "harness/watch/last_words.hpp"
#include "harness/watch/phase.hpp"
#include "harness/watch/unwatched.hpp"
#include "harness/watch/watchdog.hpp"
#include "results/conditions.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/load.hpp"
#include "topologies/physics.hpp"
#include "topologies/share.hpp"

namespace longhaul {
namespace {

/// WAN settings of the plan by id.
std::map<std::string, WanSetting> resolve_settings(const Plan& plan, const Topology& topology) {
  std::map<std::string, WanSetting> settings;
  for (const auto& id : plan.wan_rtt) settings[id] = resolve_wan(id, topology);
  return settings;
}

/// On every rank; what is wrong with one is told by rank 0.
std::map<std::string, WanSetting> settings_of(World& world, const Plan& plan, const Topology& topology) {
  from_rank_0(world, [&] { return resolve_settings(plan, topology), std::string{}; });
  return resolve_settings(plan, topology);
}

std::vector<WanRow> wan_rows(const Topology& topology, const std::map<std::string, WanSetting>& settings,
                             const LabFabric* lab) {
  std::vector<WanRow> rows;
  for (const auto& [id, setting] : settings)
    for (const auto& pair : setting.pairs) {
      const double rate =
          pair.rate.value > 0 ? pair.rate.value : shortest_path(topology, pair.a, pair.b).bottleneck.value;
      const bool uncapped = lab != nullptr && lab->uncapped && pair.rate.value <= 0;
      rows.push_back({id, topology.sites[pair.a].name, topology.sites[pair.b].name, seconds(pair.rtt),
                      uncapped ? unknown_value : rate / (lab != nullptr ? lab->scale : 1), rate, seconds(pair.jitter),
                      pair.loss.value});
    }
  return rows;
}

/// Rank 0's part of a launch: its row, its ranks' rows.
struct LaunchRecord {
  LaunchRow launch;
  std::vector<RankRow> ranks;
};

/// What a gate has to be asked for by name.
std::string marks_of(const Backend& backend, const LabFabric* lab) {
  auto marks = backend.marks();
  if (lab != nullptr && !lab->faults.text.empty()) marks += marks.empty() ? "planted-faults" : ",planted-faults";
  return marks;
}

LaunchRecord describe_launch(World& world, const RankPlace& place, const Plan& plan, const RunOptions& options,
                             const Backend& backend, const LabFabric* lab, const std::string& wan,
                             const ClockSync& clock) {
  const auto& communicator = *backend.communicator;
  const auto& device = *backend.device;
  const auto own = clock.clock();
  struct RankFacts {
    double offset, drift, uncertainty, bound;
    std::int32_t local_rank;
  };
  const auto facts = world.gather(
      RankFacts{seconds(own.offset), own.drift, seconds(clock.uncertainty()), seconds(own.bound), world.local().rank});
  const auto where = device.place();
  const auto devices = world.gather(where.empty() ? device.name() : device.name() + " at " + where);
  LaunchRecord record{describe_machine(), {}};
  auto& launch = record.launch;
  launch.seed = static_cast<std::int64_t>(plan.seed);
  launch.ranks = world.size();
  launch.sites = place.layout.site_count();
  launch.backend = communicator.backend();
  launch.library = communicator.library();
  launch.device = device.name();
  launch.flags = marks_of(backend, lab);
  launch.topology = place.topology.name;
  launch.topology_text = place.topology.text;
  launch.wan_engine = wan;
  if (lab != nullptr) launch.scale = lab->uncapped ? uncapped_scale : lab->scale;
  launch.congestion_control = lab != nullptr ? lab->congestion_control : "";
  launch.gateway = lab != nullptr && !lab->topology.links.empty() ? lab->gateway : "";
  launch.command = quoted_command(options.command);
  launch.plan_text = to_yaml(plan);
  for (std::size_t rank = 0; rank < facts.size(); ++rank) {
    const auto& fact = facts[rank];
    record.ranks.push_back({0, static_cast<std::int32_t>(rank), fact.local_rank, world.host(static_cast<int>(rank)),
                            place.topology.sites[static_cast<std::size_t>(place.site_of_rank[rank])].name,
                            devices[rank], fact.offset, fact.drift, fact.uncertainty, fact.bound});
  }
  return record;
}

/// Sets what the launch at hand needs in its environment: before the backend is made, since NCCL reads it once.
/// @return NcclSettings::environment_key
std::string prepare_environment(World& world, const Plan& plan, const RunOptions& options, const RankPlace& place) {
  auto wanted = from_rank_0(world, [&]() -> std::string {
    if (environments(plan).size() == 1) return environments(plan).front();
    const auto points = expand(plan, world.size(), placement_text(place.site_of_rank), plan.backend);
    const bool goes_on = options.resume && std::filesystem::exists(options.file);
    const int slot = next_slot(plan, points, goes_on ? read_results(options.file) : Results{});
    return slot < 0 ? "" : environment_of(plan, slot);
  });
  if (!wanted.empty())
    for (const auto& [name, value] : parse_nccl_settings(wanted).environment) ::setenv(name.c_str(), value.c_str(), 1);
  return wanted;
}

bool sets_variable(const Plan& plan, const std::string& name) {
  return std::ranges::any_of(
      plan.nccl, [&](const auto& settings) { return parse_nccl_settings(settings).environment.contains(name); });
}

/// Resuming under other conditions would mix what cannot be compared. Versions may change: they start a new launch.
void expect_same_conditions(const LaunchRow& before, const LaunchRow& now, const Plan& plan) {
  auto difference = first_difference(before, now);
  if (before.ranks != now.ranks)
    difference = {"the number of ranks", std::to_string(before.ranks), std::to_string(now.ranks)};
  if (!difference && plan.backend == "nccl")
    difference = nccl_difference(before.environment, now.environment,
                                 [&](const std::string& name) { return sets_variable(plan, name); });
  if (before.backend != now.backend) difference = {"backend", before.backend, now.backend};
  if (difference)
    throw UsageError("cannot resume: {} was '{}' and is '{}' now; write to another file with -o", difference->what,
                     difference->a, difference->b);
}

/// The least WAN setting there is: clocks agree best over short paths.
const WanSetting* shortest_setting(const std::map<std::string, WanSetting>& settings) {
  const WanSetting* shortest = nullptr;
  const auto total = [](const WanSetting& setting) {
    Duration sum{};
    for (const auto& pair : setting.pairs) sum += pair.rtt;
    return sum;
  };
  for (const auto& [id, setting] : settings)
    if (shortest == nullptr || total(setting) < total(*shortest)) shortest = &setting;
  return shortest;
}

/// Between syncs a clock drifts, and until several syncs have shown how fast, its uncertainty grows by 100 µs a second.
constexpr auto kSyncPeriod = std::chrono::seconds(2);
/// How long after the deadline a rank that is stuck within its communicator's library is given up.
constexpr Duration kStuck = std::chrono::milliseconds(1000);
/// … and how much later a rank ends by itself, should nobody watch it any more.
constexpr Duration kUnwatched = std::chrono::milliseconds(7000);

/// For what no watcher sees, at least: starting many ranks takes its time.
constexpr Duration kWithoutWatch = std::chrono::seconds(60);

/// A communicator that keeps deadlines itself can say more; watching is for a rank that is stuck in it.
bool keeps_deadlines(const Plan& plan) { return plan.backend != "mpi"; }

WatchTerms watch_terms(const Plan& plan, const RunOptions& options, const RankPlace& place) {
  WatchTerms terms{options.deadline + (keeps_deadlines(plan) ? kStuck : Duration{0}),
                   options.file,
                   options.file.string() + ".hang.json",
                   {},
                   {program_path().string(), "watch-host"},
                   plan.backend == "nccl"};
  for (const int site : place.site_of_rank)
    terms.site_of_rank.push_back(place.topology.sites[static_cast<std::size_t>(site)].name);
  return terms;
}

/// Which pair of sites does not feel its delay, and what to do about it.
std::string unfelt_text(const VisitRecord& record, const Point& point, const std::string& engine) {
  const char* const why = engine == "plugin" ? "MPI goes past the network plugin; --backend net and nccl go through it"
                                             : "netem delays kernel packets only: RDMA passes it by";
  for (const auto& pair : record.pairs)
    if (!wan_felt(from_seconds(pair.configured_rtt), from_seconds(pair.measured_rtt)))
      return fmt::format(
          "the transport does not feel the WAN: {}-{} under {} is to take {} and takes {}; such visits do not count. "
          "{}",
          pair.site_a, pair.site_b, point.wan, format_duration(from_seconds(pair.configured_rtt)),
          format_duration(from_seconds(pair.measured_rtt)), why);
  return "";
}

/// One launch from its first sync to its last visit.
class Launch {
 public:
  Launch(World& world, const RankPlace& place, const Plan& plan, const RunOptions& options, const LabFabric* lab,
         HostWatch& watch)
      : world_(world),
        place_(place),
        plan_(plan),
        options_(options),
        lab_(lab),
        watch_(watch),
        progress_(watch.progress()),
        time_(TimeSource::for_rank(world.rank())),
        plugin_wan_(plan.wan == "plugin" ? make_plugin_wan(world, place.topology, place.site_of_rank, plan.net)
                                         : nullptr),
        settings_(settings_of(world, plan, place.topology)),
        environment_(prepare_environment(world, plan, options, place)),
        backend_(make_backend(world, watch, plan, place.layout, options.deadline,
                              [this](const std::string& library, Device& device) { prepare(library, device); })),
        points_(expand(plan, world.size(), placement_text(place.site_of_rank), backend_.communicator->backend())),
        clock_(world, time_, place.layout.sites) {
    from_rank_0(world_, [&] {
      wan_ = plugin_wan_ ? std::move(plugin_wan_) : connect_wan(plan_.wan, lab_, place_.topology);
      for (const auto& [id, setting] : settings_)
        require_ability(wan_->engine(), wan_->ability(), setting, place_.topology);
      if (plan_.events.empty()) return std::string{};
      require_events(wan_->engine(), wan_->ability());
      events_ = events_of(plan_, place_.topology);
      return std::string{};
    });
    events_ = world_.broadcast(std::move(events_));
    if (world_.rank() == 0) return;
    // The lab's emulator is one for all hosts; the qdiscs are each host's own.
    if (plugin_wan_) wan_ = std::move(plugin_wan_);
    if (plan_.wan == "netem" && world_.local().rank == 0) wan_ = connect_wan(plan_.wan, lab_, place_.topology);
  }

  int measure() {
    synchronise();
    if (!begin()) return static_cast<int>(ExitCode::done);
    const auto own_deadline = options_.deadline + (keeps_deadlines(plan_) ? kStuck : Duration{0});
    const Watchdog watchdog(progress_, own_deadline + kUnwatched, [this](const std::string& where) { give_up(where); });
    try {
      visit_all();
    } catch (const AlreadyTold&) {
      throw;
    } catch (const Error& error) {
      if (!keeps_deadlines(plan_) || error.exit_code() == ExitCode::usage) throw;
      watch_.post_fault(error.what());
      tell_last_words(world_, &progress_, backend_.places, error, [this] {
        const auto file = options_.file.string();
        return watch_.await_account() ? fmt::format("{}; all that was seen is in {}.hang.json", file, file) : file;
      });
    }
    return end();
  }

 private:
  void prepare(const std::string& library, Device& device) {
    enter(progress_, Phase::preflight);
    auto terms = terms_of(place_.topology, lab_);
    for (const auto& [id, setting] : settings_)
      for (const auto& pair : setting.pairs) terms.rtt = std::max(terms.rtt, pair.rtt);
    terms.remote_memory = plan_.backend != "mpi";
    const auto rows = inspect(world_, rank_facts(library, &device), place_.topology, place_.site_of_rank, terms);
    from_rank_0(world_, [&] {
      expect_fit(rows, options_.force, options_.quiet);
      preflight_ = preflight_lines(rows);
      return std::string{};
    });
    enter(progress_, Phase::set_up);
  }

  Duration elapsed() const { return time_.now() - begun_; }

  bool wan_on_each_host() const {
    const auto& hosts = world_.hosts();
    return (plan_.wan == "plugin" || plan_.wan == "netem") &&
           std::ranges::any_of(hosts, [&](const auto& host) { return host != hosts.front(); });
  }

  void visit_all() {
    const Bench bench{world_, *backend_.communicator, time_, progress_, !shares_cores(world_)};
    Session session{place_.topology, place_.ranks_of,       bench,   *backend_.device,  clock_,
                    wan_.get(),      !plan_.events.empty(), events_, wan_on_each_host()};
    for (;;) {
      enter(progress_, Phase::next_visit);
      const auto order = world_.broadcast(next_order());
      if (order.point < 0) break;
      if (order.synchronise) synchronise();
      const auto& point = points_[static_cast<std::size_t>(order.point)];
      auto record = measure_visit(session, point, settings_.at(point.wan), order);
      enter(progress_, Phase::storing);
      store(order, std::move(record));
    }
  }

  void synchronise() {
    enter(progress_, Phase::clocks);
    if (wan_ && wan_->can_change())
      if (const auto* setting = shortest_setting(settings_)) wan_->apply(*setting);
    world_.barrier();
    clock_.sync();
    synchronised_ = elapsed();
  }

  /// Opens the store and the sweep on rank 0; false when everything planned has been measured.
  bool begin() {
    auto record = describe_launch(world_, place_, plan_, options_, backend_, lab_, wan_ ? wan_->engine() : "", clock_);
    record.launch.preflight = preflight_;
    const auto answer = from_rank_0(world_, [&]() -> std::string {
      reporter_ = make_reporter(options_.quiet, options_.columns);
      store_ = std::make_unique<Store>(options_.file, options_.resume);
      const auto& stored = store_->results();
      if (!stored.launches.empty()) expect_same_conditions(stored.launches.back(), record.launch, plan_);
      const int slot = next_slot(plan_, points_, stored);
      if (slot >= 0 && environment_of(plan_, slot) != environment_)
        throw EnvironmentError("{} was written to while this launch began; start it again", options_.file.string());
      if (slot < 0) {
        reporter_->note(fmt::format("{} holds all that is planned; nothing to measure", options_.file.string()));
        store_.reset();
        if (options_.finished) options_.finished();
        return "";
      }
      record.launch.launch = static_cast<std::int32_t>(stored.launches.size());
      record.launch.slot = slot;
      for (auto& row : record.ranks) row.launch = record.launch.launch;
      store_->begin_launch(record.launch, record.ranks, wan_rows(place_.topology, settings_, lab_));
      std::vector<int> ranks_per_site;
      for (const auto& site : place_.layout.sites) ranks_per_site.push_back(static_cast<int>(site.size()));
      sweep_ = std::make_unique<Sweep>(plan_, points_in(plan_, slot, points_), *store_, record.launch.launch, slot,
                                       ranks_per_site);
      return std::to_string(slot);
    });
    synchronised_ -= elapsed();  // counted from here on
    begun_ = time_.now();
    if (answer.empty()) return false;
    points_ = points_in(plan_, std::stoi(answer), points_);
    return true;
  }

  VisitOrder next_order() {
    if (!sweep_ || interrupt_signal() != 0) return {};
    auto order = sweep_->next(elapsed());
    order.synchronise = elapsed() - synchronised_ > kSyncPeriod;
    return order;
  }

  void store(const VisitOrder& order, VisitRecord record) {
    from_rank_0(world_, [&] {
      const auto& point = points_[static_cast<std::size_t>(order.point)];
      if (!record.mismatch.empty())
        reporter_->note(fmt::format("wrong data in {} {} {} at {}: {}", name_of(point.operation),
                                    name_of(point.algorithm), format_bytes(point.size), point.wan, record.mismatch));
      if ((record.row.flags & flag_wan_not_felt) != 0 && ++unfelt_ == 1)
        reporter_->note(unfelt_text(record, point, wan_->engine()));
      sweep_->finish(order, std::move(record), elapsed());
      reporter_->visited(sweep_->news(elapsed()));
      return std::string{};
    });
  }

  int end() {
    auto code = unfelt_ > 0 ? ExitCode::environment : ExitCode::done;
    from_rank_0(world_, [&] {
      const bool interrupted = interrupt_signal() != 0;
      sweep_->end(interrupted);
      reporter_->end();
      if (interrupted)
        reporter_->note(
            fmt::format("interrupted; finished visits are in {}; go on with --resume", options_.file.string()));
      if (sweep_->wrong_points() > 0) code = ExitCode::wrong_data;
      store_.reset();
      if (options_.finished) options_.finished();
      return std::string{};
    });
    if (wan_ && wan_->can_change()) wan_->apply(resolve_wan("native", place_.topology));
    return static_cast<int>(world_.broadcast(code));
  }

  void give_up(const std::string& where) {
    fmt::print(stderr, "longhaul: rank {} ({}) has been in {}; the deadline is {}. Finished visits are in {}\n",
               world_.rank(), world_.host(world_.rank()), where, format_duration(options_.deadline),
               options_.file.string());
    std::fflush(stderr);
    std::_Exit(
        static_cast<int>(ExitCode::hung));  // MPI calls belong to the main thread; the launcher ends the other ranks
  }

  World& world_;
  const RankPlace& place_;
  const Plan& plan_;
  const RunOptions& options_;
  const LabFabric* lab_;
  HostWatch& watch_;
  Progress& progress_;
  TimeSource time_;
  std::unique_ptr<WanControl> plugin_wan_;  // made before the plugin is loaded, then wan_
  std::map<std::string, WanSetting> settings_;
  std::string environment_;  // made before the backend
  std::string preflight_;    // rank 0
  Backend backend_;
  std::vector<Point> points_;
  ClockSync clock_;
  std::unique_ptr<WanControl> wan_;  // rank 0; with netem and plugin also the first rank of every other host
  std::vector<wan::Event> events_;
  std::unique_ptr<Reporter> reporter_;  // rank 0
  std::unique_ptr<Store> store_;        // rank 0
  std::unique_ptr<Sweep> sweep_;        // rank 0
  Duration begun_{}, synchronised_{};
  int unfelt_ = 0;  // visits, rank 0
};

}  // namespace

int run_ranks(const RunOptions& options, const std::function<Plan()>& make_plan) {
  yield_where_cores_are_shared();
  const auto limit = std::max(options.deadline, kWithoutWatch);
  std::optional<Unwatched> unwatched;  // outlives MPI
  World world;
  catch_interrupts();
  try {
    unwatched.emplace(world, "agreeing on the plan and the ranks' sites", limit);
    const auto lab = current_lab();
    const auto plan_text = from_rank_0(world, [&] {
      const auto plan = make_plan();
      check(plan);
      return to_yaml(plan);
    });
    const auto plan = parse_plan(plan_text, "plan");
    const auto place = find_rank_place(world, plan.topology, lab.get(), plan.wan == "plugin");
    HostWatch watch(world, watch_terms(plan, options, place));
    unwatched.reset();
    const int code = Launch(world, place, plan, options, lab.get(), watch).measure();
    unwatched.emplace(world, "ending MPI, with all visits stored,", limit);
    return code;
  } catch (const AlreadyTold&) {
    throw;
  } catch (const Error& error) {
    // It struck this rank alone; leaving without MPI_Finalize makes the launcher end the others.
    throw Error(error.exit_code(),
                fmt::format("rank {} ({}): {}", world.rank(), world.host(world.rank()), error.what()));
  }
}

}  // namespace longhaul
