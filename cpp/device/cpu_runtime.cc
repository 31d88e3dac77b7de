#include "device/cpu_runtime.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "base/cpu.h"
#include "base/error.h"

namespace tenon {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

size_t pageBytes() {
  static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

size_t roundUp(size_t bytes, size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

/// Maps memory that starts at a multiple of a huge page, by mapping more and giving back the ends.
void* mapAligned(size_t bytes) {
  void* whole =
      mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (whole == MAP_FAILED) return nullptr;
  char* const begin = static_cast<char*>(whole);
  char* const start = reinterpret_cast<char*>(roundUp(reinterpret_cast<size_t>(begin), kHugePage));
  if (start != begin) munmap(begin, static_cast<size_t>(start - begin));
  if (const size_t rest = static_cast<size_t>(begin + kHugePage - start); rest > 0)
    munmap(start + bytes, rest);
  madvise(start, bytes, MADV_HUGEPAGE);  // advice only: refused where the system has no such pages
  return start;
}

class CpuRuntime final : public DeviceRuntime {
 public:
  DeviceType type() const noexcept override { return DeviceType::kCpu; }
  int count() const noexcept override { return kCpuIds; }

  std::string describe(int) const override {
    return concat(processorCount(), processorCount() == 1 ? " processor" : " processors", ", ",
                  memoryInfo(0).total_bytes >> 20, " MiB of memory");
  }

  /// Straight from the system: the pools above do the caching.
  void* allocate(int, size_t bytes) override {
    if (bytes > SIZE_MAX - 2 * kHugePage) return nullptr;
    bytes = roundUp(bytes, pageBytes());
    if (bytes >= kHugePage) return mapAligned(bytes);
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return data == MAP_FAILED ? nullptr : data;
  }

  void release(int, void* data, size_t bytes) noexcept override {
    munmap(data, roundUp(bytes, pageBytes()));
  }

  MemoryInfo memoryInfo(int) const override {
    const int64_t page = static_cast<int64_t>(pageBytes());
    return {sysconf(_SC_PHYS_PAGES) * page, sysconf(_SC_AVPHYS_PAGES) * page};
  }

  Queue* queue(int, QueueKind) override { return nullptr; }

  void copy(Queue*, void* to, Device, const void* from, Device, size_t bytes) override {
    if (bytes > 0) std::memmove(to, from, bytes);
  }
};

}  // namespace

std::unique_ptr<DeviceRuntime> makeCpuRuntime() { return std::make_unique<CpuRuntime>(); }

}  // namespace tenon
