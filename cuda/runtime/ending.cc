#include "runtime/ending.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "runtime/queue.h"

namespace tenon::cuda {
namespace {

/// A kernel that hangs must not keep the process from ending.
constexpr std::chrono::seconds kPatience{2};
constexpr std::chrono::microseconds kNap{100};

std::atomic<bool> ending{false};
std::atomic<bool> ended{false};
std::atomic<int64_t> inside{0};

void end() {
  if (ending.exchange(true)) return;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const auto goOn = [&] { return std::chrono::steady_clock::now() < deadline; };
  while (inside.load() > 0 && goOn()) std::this_thread::sleep_for(kNap);
  // What was issued may still write to memory of the host that is about to go.
  while (queuesWork() && goOn()) std::this_thread::sleep_for(kNap);
  ended.store(true);
}

}  // namespace

Passage::Passage() noexcept {
  inside.fetch_add(1);
  open_ = !ending.load();
}
Passage::~Passage() { inside.fetch_sub(1); }

bool isEnding() noexcept { return ending.load(std::memory_order_relaxed); }

void awaitEnd() noexcept {
  while (!ended.load()) std::this_thread::sleep_for(kNap);
}

void endBeforeOthers() { static_cast<void>(std::atexit(end)); }

}  // namespace tenon::cuda
