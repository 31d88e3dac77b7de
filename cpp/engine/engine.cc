#include "engine/engine.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "base/cpu.h"
#include "base/settings.h"
#include "base/team.h"
#include "engine/threaded_engine.h"

namespace tenon {
namespace {

/// Half of the processors by default: heavy operators share the rest by their own parallel loops.
int computeWorkers() {
  const int64_t wanted = settings().cpu_workers;
  return static_cast<int>(wanted > 0 ? std::min<int64_t>(wanted, 256)
                                     : std::clamp(processorCount() / 2, 1, 8));
}

ThreadedEngine* the_engine = nullptr;
bool stopped_for_fork = false;

/// A fork copies only the thread that calls it: workers end before it and start again, when needed,
/// on both sides. Inside a task nothing can be done; then the child must not use the engine.
void survive(ThreadedEngine* engine) {
  the_engine = engine;
  Team::get();
  const auto start = [] {
    if (std::exchange(stopped_for_fork, false)) the_engine->start();
  };
  pthread_atfork(
      [] {
        if (Engine::insideTask()) return;
        the_engine->stop();
        stopped_for_fork = true;
      },
      start, start);
}

}  // namespace

Engine& Engine::get() {
  // Leaked: workers may still run while the process exits.
  static Engine* const engine = []() -> Engine* {
    if (settings().engine == "naive") return makeSerialEngine().release();
    auto* const made = new ThreadedEngine(computeWorkers(), settings().inline_execution);
    survive(made);
    // Before static objects go, of this library and of those that kernels use. Bounded: a task that
    // hangs must not keep the process from ending.
    std::atexit([] { the_engine->halt(std::chrono::seconds(2)); });
    return made;
  }();
  return *engine;
}

}  // namespace tenon
