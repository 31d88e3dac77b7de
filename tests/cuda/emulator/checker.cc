#include "checker.h"

#include <link.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <unordered_map>

#include "cuda_runtime.h"

namespace tenon::cuda::emulator {
namespace {

/// Who touched a byte, and how many barriers the block, and within the last of them the warp, had
/// behind it.
struct Touch {
  uint32_t thread = 0;  // of the launch, from 1 on; 0: nobody
  uint32_t at = 0;
};

/// A byte's last write and last reads, if `run` is the launch (or the block, for shared memory).
struct Cell {
  uint32_t run = 0;
  Touch written;
  std::array<Touch, 2> read;
};

constexpr size_t kPage = 1024;
/// Pages of cells that are kept from launch to launch.
constexpr size_t kKeptPages = 4096;
constexpr uint32_t kWarpBits = 12;

using Page = std::array<Cell, kPage>;

/// What is known on a stream's thread.
struct Watch {
  bool launched = false;
  bool on = false;  // a thread of the launch runs
  uint32_t launch = 0;
  uint32_t block_run = 0;
  uint32_t block = 0;
  uint32_t block_threads = 1;
  Touch self;
  size_t warp = 0;
  uint32_t blocks_met = 0;
  std::vector<uint32_t> warps_met;
  Range stack, parameters, last;
  std::vector<Range> device;
  Range shared;  // this module's thread-local variables
  std::vector<Range> module;
  std::vector<Cell> shared_cells;
  std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages;
  uintptr_t page_number = 0;  // of `page`, the last one touched
  Page* page = nullptr;
};

constinit thread_local Watch* watching = nullptr;

Watch& watch() {
  thread_local Watch own;
  return own;
}

/// The parts of this module: its code and constants, and its thread-local variables on this thread.
void findModule(Watch& w) {
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* to) {
        auto& found = *static_cast<Watch*>(to);
        const auto here = reinterpret_cast<uintptr_t>(&findModule);
        std::vector<Range> parts;
        Range local;
        bool ours = false;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& header = info->dlpi_phdr[i];
          const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
          if (header.p_type == PT_LOAD) {
            parts.push_back({begin, begin + header.p_memsz});
            ours = ours || parts.back().holds(here);
          } else if (header.p_type == PT_TLS) {
            const auto data = reinterpret_cast<uintptr_t>(info->dlpi_tls_data);
            local = {data, data + header.p_memsz};
          }
        }
        if (!ours) return 0;
        found.module = std::move(parts);
        found.shared = local;
        return 1;
      },
      &w);
  w.shared_cells.resize(w.shared.end - w.shared.begin);
}

[[noreturn]] void report(const Watch& w, const char* what, uintptr_t address, const Touch* other) {
  std::fprintf(stderr, "a kernel %s: address %#zx, by thread %u of block %u", what,
               static_cast<size_t>(address), (w.self.thread - 1) % w.block_threads,
               (w.self.thread - 1) / w.block_threads);
  if (other != nullptr) {
    std::fprintf(stderr, " and thread %u of block %u", (other->thread - 1) % w.block_threads,
                 (other->thread - 1) / w.block_threads);
  }
  std::fprintf(stderr, "\n");
  std::abort();
}

/// Whether an earlier access is before this one for certain.
bool isOrdered(const Watch& w, const Touch& other) {
  if (other.thread == 0 || other.thread == w.self.thread) return true;
  const uint32_t size = w.block_threads;
  if ((other.thread - 1) / size != (w.self.thread - 1) / size) return false;
  if (other.at >> kWarpBits != w.self.at >> kWarpBits) return true;
  const bool same_warp = (other.thread - 1) % size / 32 == (w.self.thread - 1) % size / 32;
  return same_warp && other.at != w.self.at;
}

void touch(const Watch& w, Cell& cell, uint32_t run, uintptr_t address, bool writes,
           bool must_be_written) {
  if (cell.run != run) {
    cell = {};
    cell.run = run;
  }
  if (!isOrdered(w, cell.written)) {
    report(w, writes ? "writes twice without a barrier" : "reads what is written without a barrier",
           address, &cell.written);
  }
  if (writes) {
    for (const Touch& reader : cell.read) {
      if (!isOrdered(w, reader))
        report(w, "writes what is read without a barrier", address, &reader);
    }
    cell.written = w.self;
    return;
  }
  if (must_be_written && cell.written.thread == 0)
    report(w, "reads shared memory before it is written", address, nullptr);
  if (cell.read[0].thread != w.self.thread) cell.read[1] = cell.read[0];
  cell.read[0] = w.self;
}

template <class T>
bool isIn(const T& variable, uintptr_t address) {
  const auto begin = reinterpret_cast<uintptr_t>(&variable);
  return address >= begin && address < begin + sizeof variable;
}

/// True if the address is the device's memory.
bool isDevice(Watch& w, uintptr_t address) {
  if (w.last.holds(address)) return true;
  const auto next =
      std::upper_bound(w.device.begin(), w.device.end(), address,
                       [](uintptr_t a, const Range& range) { return a < range.begin; });
  if (next == w.device.begin() || !std::prev(next)->holds(address)) return false;
  w.last = *std::prev(next);
  return true;
}

Page& pageOf(Watch& w, uintptr_t number) {
  if (w.page != nullptr && w.page_number == number) return *w.page;
  std::unique_ptr<Page>& page = w.pages[number];
  if (!page) page = std::make_unique<Page>();
  w.page_number = number;
  w.page = page.get();
  return *page;
}

[[maybe_unused]] void access(const void* data, size_t bytes, bool writes, bool aligned) {
  Watch* const found = watching;
  if (found == nullptr || !found->on) return;
  Watch& w = *found;
  const auto address = reinterpret_cast<uintptr_t>(data);
  if (w.stack.holds(address) || w.parameters.holds(address)) return;
  if (aligned && address % bytes != 0)
    report(w, "touches an address that is not aligned", address, nullptr);
  if (w.shared.holds(address)) {
    if (isIn(threadIdx, address) || isIn(blockIdx, address) || isIn(blockDim, address) ||
        isIn(gridDim, address)) {
      return;
    }
    // Of the first byte only: others may be a struct's padding.
    for (size_t i = 0; i < bytes; ++i) {
      touch(w, w.shared_cells[address + i - w.shared.begin], w.block_run, address + i, writes,
            i == 0);
    }
    return;
  }
  if (isDevice(w, address)) {
    for (uintptr_t at = address; at < address + bytes; ++at)
      touch(w, pageOf(w, at / kPage)[at % kPage], w.launch, at, writes, false);
    return;
  }
  for (const Range& part : w.module) {
    if (part.holds(address) && !writes) return;
  }
  report(w, "touches memory that is not the device's", address, nullptr);
}

}  // namespace

void checkLaunch(Range parameters, std::vector<Range> device_memory, size_t block_threads) {
  Watch& w = watch();
  if (w.shared.end == 0) findModule(w);
  watching = &w;
  w.launched = true;
  ++w.launch;
  w.block = 0;
  w.block_threads = static_cast<uint32_t>(block_threads);
  w.parameters = parameters;
  w.device = std::move(device_memory);
  w.last = {};
  if (w.pages.size() <= kKeptPages) return;
  w.pages.clear();
  w.page = nullptr;
}

void checkBlock() {
  Watch& w = watch();
  if (!w.launched) return;
  ++w.block;
  ++w.block_run;
  w.blocks_met = 0;
  w.warps_met.assign((w.block_threads + 31) / 32, 0);
}

void checkThread(size_t thread, Range stack) {
  Watch& w = watch();
  if (!w.launched) return;
  w.stack = stack;
  w.warp = thread / 32;
  w.self.thread = (w.block - 1) * w.block_threads + static_cast<uint32_t>(thread) + 1;
  w.self.at = w.blocks_met << kWarpBits | (w.warps_met[w.warp] & ((1u << kWarpBits) - 1));
  w.on = true;
}

void checkNothing() { watch().on = false; }
void checkBlockMet() { ++watch().blocks_met; }
void checkWarpMet(size_t warp) {
  if (watch().launched) ++watch().warps_met[warp];
}
void checkEnd() { watch().launched = false; }

Range ownStack() {
  thread_local const Range own = [] {
    pthread_attr_t attributes;
    void* begin = nullptr;
    size_t bytes = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &begin, &bytes);
    pthread_attr_destroy(&attributes);
    const auto from = reinterpret_cast<uintptr_t>(begin);
    return Range{from, from + bytes};
  }();
  return own;
}

}  // namespace tenon::cuda::emulator

// What code compiled with -fsanitize=thread calls. Atomic operations are in order with each other.
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
extern "C" {
#pragma GCC visibility push(hidden)
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
#define TENON_ACCESS(bytes)                                                                        \
  void __tsan_read##bytes(void* data) { tenon::cuda::emulator::access(data, bytes, false, true); } \
  void __tsan_write##bytes(void* data) { tenon::cuda::emulator::access(data, bytes, true, true); } \
  void __tsan_unaligned_read##bytes(void* data) {                                                  \
    tenon::cuda::emulator::access(data, bytes, false, false);                                      \
  }                                                                                                \
  void __tsan_unaligned_write##bytes(void* data) {                                                 \
    tenon::cuda::emulator::access(data, bytes, true, false);                                       \
  }
TENON_ACCESS(1)
TENON_ACCESS(2)
TENON_ACCESS(4)
TENON_ACCESS(8)
TENON_ACCESS(16)
#undef TENON_ACCESS
void __tsan_read_range(void* data, long bytes) {
  tenon::cuda::emulator::access(data, static_cast<size_t>(bytes), false, false);
}
void __tsan_write_range(void* data, long bytes) {
  tenon::cuda::emulator::access(data, static_cast<size_t>(bytes), true, false);
}
#define TENON_ATOMIC(bits)                                                                       \
  uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t* at, int) {            \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                \
  }                                                                                              \
  void __tsan_atomic##bits##_store(volatile uint##bits##_t* at, uint##bits##_t value, int) {     \
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                               \
  }                                                                                              \
  uint##bits##_t __tsan_atomic##bits##_fetch_add(volatile uint##bits##_t* at,                    \
                                                 uint##bits##_t value, int) {                    \
    return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);                                      \
  }                                                                                              \
  bool __tsan_atomic##bits##_compare_exchange_strong(                                            \
      volatile uint##bits##_t* at, uint##bits##_t* expected, uint##bits##_t desired, int, int) { \
    return __atomic_compare_exchange_n(at, expected, desired, false, __ATOMIC_SEQ_CST,           \
                                       __ATOMIC_SEQ_CST);                                        \
  }                                                                                              \
  bool __tsan_atomic##bits##_compare_exchange_weak(                                              \
      volatile uint##bits##_t* at, uint##bits##_t* expected, uint##bits##_t desired, int, int) { \
    return __atomic_compare_exchange_n(at, expected, desired, true, __ATOMIC_SEQ_CST,            \
                                       __ATOMIC_SEQ_CST);                                        \
  }
TENON_ATOMIC(8)
TENON_ATOMIC(32)
TENON_ATOMIC(64)
#undef TENON_ATOMIC
#pragma GCC visibility pop
}
#endif
