#include "engine/engine.h"

#include <algorithm>

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

}  // namespace

Engine& Engine::get() {
  // Leaked: workers may still run while the process exits.
  static Engine* const engine = [] {
    if (settings().engine == "naive") return makeSerialEngine().release();
    return static_cast<Engine*>(new ThreadedEngine(computeWorkers(), settings().inline_execution));
  }();
  return *engine;
}

}  // namespace tenon
