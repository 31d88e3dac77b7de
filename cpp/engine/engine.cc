#include "engine/engine.h"

namespace tenon {

Engine& Engine::get() {
  // Leaked: workers may still run while the process exits.
  static Engine* const engine = makeSerialEngine().release();
  return *engine;
}

}  // namespace tenon
