// The process's one team of threads for parallel loops. Whoever opens a loop, an engine's worker or
// a thread that waits for a result, leads it: takes part itself, with as many idle helpers as the
// loop has work for. Two loops at a time share the helpers between them.
//
// A leader never waits for a helper that has not begun: what nobody has taken when it has done its
// own part, it does as well. So a loop costs at most what it costs on one thread, plus the signal.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace tenon {

class Team {
 public:
  /// Helpers at most.
  static constexpr int kMostHelpers = 255;
  using Part = void (*)(void* closure, int64_t index);

  /// The process's; never destroyed. Its threads start with the first loop that needs them; they
  /// end before a fork. An engine, which finishes its tasks then and so needs the team, calls this
  /// before it registers for forks: the handlers run in reverse.
  static Team& get();

  /// Calls part(closure, i) once for every i in [0, count), on up to `threads` threads; returns
  /// when all have ended. Parts do not throw, and do not wait for each other. Part i runs on the
  /// same thread from call to call, if that is free in time.
  void run(int64_t count, int threads, void* closure, Part part);

  /// True while this thread runs a part.
  static bool insidePart() noexcept;
  /// Ends the helpers; `run` starts them again.
  void stop();

 private:
  struct Job;
  class Helper;

  Team();
  int started(int wanted);
  void stopHelpers();

  std::mutex mutex_;  ///< of starting and stopping
  std::atomic<int> started_{0};
  std::array<std::unique_ptr<Helper>, kMostHelpers> helpers_;
};

}  // namespace tenon
