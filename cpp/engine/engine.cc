#include "engine/engine.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/cpu.h"
#include "base/settings.h"
#include "engine/threaded_engine.h"

namespace tenon {
namespace {

/// Half of the processors by default: heavy operators share the rest by their own parallel loops.
int computeWorkers() {
  const int64_t wanted = settings().cpu_workers;
  return static_cast<int>(wanted > 0 ? std::min<int64_t>(wanted, 256)
                                     : std::clamp(processorCount() / 2, 1, 8));
}

Engine* forked = nullptr;
bool stopped_for_fork = false;

/// A fork copies only the thread that calls it: workers end before it and start again, when needed,
/// on both sides. Inside a task nothing can be done; then the child must not use the engine.
void survive(Engine* engine) {
  forked = engine;
  const auto start = [] {
    if (std::exchange(stopped_for_fork, false)) forked->start();
  };
  pthread_atfork(
      [] {
        if (Engine::insideTask()) return;
        forked->stop();
        stopped_for_fork = true;
      },
      start, start);
}

}  // namespace

Engine& Engine::get() {
  // Leaked: workers may still run while the process exits.
  static Engine* const engine = [] {
    if (settings().engine == "naive") return makeSerialEngine().release();
    Engine* const made = new ThreadedEngine(computeWorkers(), settings().inline_execution);
    survive(made);
    return made;
  }();
  return *engine;
}

}  // namespace tenon
