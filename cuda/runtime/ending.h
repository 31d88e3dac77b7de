// The end of the process: the driver takes itself down among the exit handlers, while threads of
// the engine may still issue work. So from the first of these handlers on nobody enters CUDA any
// more, and those inside are waited for, then what they issued. Who comes meanwhile is kept until
// that is done: told at once that his work has failed, he would free what it is still writing to.
#pragma once

#include <cstdint>

#include "device/plugin_guard.h"

namespace tenon::cuda {

/// A thread's way into the library while it lives.
class Passage {
 public:
  Passage() noexcept;
  ~Passage();
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  /// False: the process is ending, and nothing of CUDA may be called.
  bool open() const noexcept { return open_; }

 private:
  bool open_;
};

/// True once the process is ending: who waits gives up.
bool isEnding() noexcept;
/// Until nothing is under way on the devices, while the process is ending.
void awaitEnd() noexcept;

/// Puts our exit handler before those that are registered already. To be called whenever a library
/// that has handlers of its own was opened.
void endBeforeOthers();

/// What functions of the edge do: runs `body` on a passage; exceptions become codes.
template <class F>
int32_t guardedPassage(PluginFailure* failure, F&& body) noexcept {
  int32_t code = 0;
  {
    const Passage passage;
    code = guarded(failure, [&] {
      TENON_CHECK(passage.open(), kUnsupported, "the process is ending, and its gpus with it");
      body();
    });
  }
  if (code != 0 && isEnding()) awaitEnd();
  return code;
}

}  // namespace tenon::cuda
