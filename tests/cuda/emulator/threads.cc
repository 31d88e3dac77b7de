// A block's threads: fibers of the stream's thread, switched where they meet. They begin by
// setcontext; from then on they jump, since changing contexts asks the system for the signal mask
// each time, which costs a hundred times what the jump does. AddressSanitizer knows contexts only.
#include <setjmp.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#include <memory>
#include <vector>

#include "checker.h"
#include "cuda_runtime.h"

namespace tenon::cuda::emulator {
namespace {

constexpr size_t kStackBytes = size_t{64} << 10;
constexpr int kLanes = 32;

enum class State { kRunning, kAtBlock, kAtWarp, kEnded };

/// Where a fiber, or the scheduler, goes on.
struct Place {
  ucontext_t context;
  jmp_buf jump;
  bool begun = false;  ///< left by a jump before
};

struct Thread {
  Place place;
  std::unique_ptr<char[]> stack;
  State state = State::kRunning;
  dim3 index;
  void* saved = nullptr;  // AddressSanitizer's
};

/// The block that runs on this stream's thread.
struct Block {
  std::vector<Thread> threads;
  Place scheduler;
  // The scheduler's stack, and what AddressSanitizer holds for it.
  const void* stack = nullptr;
  size_t stack_bytes = 0;
  void* saved = nullptr;
  const std::function<void()>* body = nullptr;
  size_t current = 0;
  bool backwards = false;  // the order of its threads
  std::vector<unsigned char> shared;
  std::vector<unsigned char> slots;
};

Block& block() {
  thread_local Block running;
  return running;
}

/// Switches stacks. AddressSanitizer is told where the other one lies; `saved` keeps what it holds
/// for the one left, null if that is never entered again. A function of its own: it returns twice.
#if defined(__SANITIZE_ADDRESS__)
[[gnu::noinline]] void switchTo(Place& from, Place& to, const void* stack, size_t size,
                                void** saved) {
  __sanitizer_start_switch_fiber(saved, stack, size);
  swapcontext(&from.context, &to.context);
  __sanitizer_finish_switch_fiber(*saved, nullptr, nullptr);
}
#else
[[gnu::noinline]] void switchTo(Place& from, Place& to, const void*, size_t, void**) {
  from.begun = true;
  if (_setjmp(from.jump) != 0) return;
  if (to.begun) _longjmp(to.jump, 1);
  setcontext(&to.context);
}
#endif

/// To the scheduler and, at the next turn, back.
void leave(Block& b, Thread& self) {
  switchTo(self.place, b.scheduler, b.stack, b.stack_bytes, &self.saved);
}

void enter() {
  Block& b = block();
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &b.stack, &b.stack_bytes);
#endif
  (*b.body)();
  checkNothing();
  b.threads[b.current].state = State::kEnded;
  leave(b, b.threads[b.current]);
}

void meet(State where) {
  checkNothing();
  Block& b = block();
  Thread& self = b.threads[b.current];
  self.state = where;
  leave(b, self);
}

/// Runs every thread that may until all wait or have ended.
void runThreads(Block& b) {
  for (size_t turn = 0; turn < b.threads.size(); ++turn) {
    const size_t i = b.backwards ? b.threads.size() - 1 - turn : turn;
    Thread& thread = b.threads[i];
    if (thread.state != State::kRunning) continue;
    b.current = i;
    threadIdx = thread.index;
    const auto stack = reinterpret_cast<uintptr_t>(thread.stack.get());
    checkThread(i, {stack, stack + kStackBytes});
    switchTo(b.scheduler, thread.place, thread.stack.get(), kStackBytes, &b.saved);
  }
}

/// Lets those go on who wait for nobody any more; false if all have ended.
bool wake(Block& b) {
  bool any = false;
  bool warps_met = false;
  for (size_t first = 0; first < b.threads.size(); first += kLanes) {
    const size_t end = std::min(b.threads.size(), first + kLanes);
    bool at_warp = false;
    bool at_block = false;
    for (size_t i = first; i < end; ++i) {
      at_warp = at_warp || b.threads[i].state == State::kAtWarp;
      at_block = at_block || b.threads[i].state == State::kAtBlock;
    }
    any = any || at_warp || at_block;
    // Lanes at a barrier of the block while others of the warp exchange: the program is wrong, and
    // would hang on a device.
    if (at_warp && at_block) std::abort();
    if (!at_warp) continue;
    warps_met = true;
    checkWarpMet(first / kLanes);
    for (size_t i = first; i < end; ++i) {
      if (b.threads[i].state == State::kAtWarp) b.threads[i].state = State::kRunning;
    }
  }
  if (any && !warps_met) {
    checkBlockMet();
    for (Thread& thread : b.threads) {
      if (thread.state == State::kAtBlock) thread.state = State::kRunning;
    }
  }
  return any;
}

}  // namespace

void* dynamicShared() noexcept { return block().shared.data(); }
void meetBlock() { meet(State::kAtBlock); }
void meetWarp() { meet(State::kAtWarp); }
int lane() noexcept { return static_cast<int>(block().current % kLanes); }
unsigned char* warpSlots() noexcept {
  return block().slots.data() + block().current / kLanes * kLanes * 16;
}
unsigned activeLanes() noexcept {
  Block& b = block();
  const size_t first = b.current / kLanes * kLanes;
  unsigned mask = 0;
  for (size_t i = first; i < std::min(b.threads.size(), first + kLanes); ++i) {
    if (b.threads[i].state != State::kEnded) mask |= 1u << (i - first);
  }
  return mask;
}

/// Runs the threads of a block one after the other.
void runAlone(dim3 size, const std::function<void()>& body) {
  checkBlock();
  size_t next = 0;
  for (unsigned z = 0; z < size.z; ++z) {
    for (unsigned y = 0; y < size.y; ++y) {
      for (unsigned x = 0; x < size.x; ++x) {
        threadIdx = dim3(x, y, z);
        checkThread(next++, ownStack());
        body();
        checkNothing();
      }
    }
  }
}

namespace {

/// Gives a thread of a block its stack and where to begin. A function of its own: getcontext may
/// return twice, for all that a compiler knows, which would cost the caller's loops their
/// registers.
[[gnu::noinline]] void prepare(Thread& thread, dim3 index) {
  thread.index = index;
  thread.state = State::kRunning;
  if (!thread.stack) thread.stack = std::make_unique<char[]>(kStackBytes);
  ucontext_t& context = thread.place.context;
  getcontext(&context);
  context.uc_stack.ss_sp = thread.stack.get();
  context.uc_stack.ss_size = kStackBytes;
  context.uc_link = nullptr;
  makecontext(&context, enter, 0);
  thread.place.begun = false;
}

}  // namespace

/// Runs a block whose threads meet.
void runBlock(dim3 size, size_t shared, const std::function<void()>& body) {
  Block& b = block();
  checkBlock();
  b.body = &body;
  // What depends on an order that no barrier gives will show.
  b.backwards = !b.backwards;
  b.shared.assign(shared + 1, 0xA5);
  b.threads.resize(size_t{size.x} * size.y * size.z);
  b.slots.resize((b.threads.size() + kLanes - 1) / kLanes * kLanes * 16);
  size_t next = 0;
  for (unsigned z = 0; z < size.z; ++z) {
    for (unsigned y = 0; y < size.y; ++y) {
      for (unsigned x = 0; x < size.x; ++x) {
        prepare(b.threads[next++], dim3(x, y, z));
      }
    }
  }
  do {
    runThreads(b);
  } while (wake(b));
}

}  // namespace tenon::cuda::emulator
