#include "exec/thread_state.h"

#include <atomic>
#include <utility>

#include "base/settings.h"
#include "exec/autograd.h"

namespace tenon {
namespace {

std::atomic<bool>& deterministicFlag() noexcept {
  static std::atomic<bool> flag{settings().deterministic};
  return flag;
}

}  // namespace

bool setDeterministic(bool on) noexcept {
  return deterministicFlag().exchange(on, std::memory_order_relaxed);
}
bool isDeterministic() noexcept { return deterministicFlag().load(std::memory_order_relaxed); }

bool setRecording(bool on) noexcept { return std::exchange(threadState().recording, on); }
bool setTraining(bool on) noexcept { return std::exchange(threadState().training, on); }
bool isRecording() noexcept { return threadState().recording; }
bool isTraining() noexcept { return threadState().training; }

}  // namespace tenon
