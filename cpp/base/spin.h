// Waiting for a moment without the system.
#pragma once

#include <thread>

namespace tenon {

/// Tells the processor that this thread spins.
inline void pauseProcessor() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// For locks that are held for some ten instructions: spins, and yields when the holder seems to
/// have lost its processor.
class SpinWait {
 public:
  void pause() noexcept {
    if (++rounds_ % 64 == 0) {
      std::this_thread::yield();
    } else {
      pauseProcessor();
    }
  }

 private:
  unsigned rounds_ = 0;
};

}  // namespace tenon
