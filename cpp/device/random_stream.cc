#include "device/random_stream.h"

#include <map>
#include <mutex>
#include <utility>

namespace tenon {
namespace {

/// All streams. A device that nobody seeded draws from the process's seed. Leaked, as whatever
/// tasks may use at exit.
struct Streams {
  std::mutex mutex;
  uint64_t process_seed = 0;
  std::map<std::pair<int32_t, int32_t>, RandomState> by_device;
};

Streams& streams() {
  static Streams* const instance = new Streams;
  return *instance;
}

/// Keeps cpu(0) and gpu(0) on the same numbers, and cpu(1) on others.
uint64_t seedFor(uint64_t process_seed, Device device) {
  return process_seed +
         static_cast<uint64_t>(static_cast<uint32_t>(device.id)) * 0x9E3779B97F4A7C15ULL;
}

std::pair<int32_t, int32_t> keyOf(Device device) {
  return {static_cast<int32_t>(device.type), device.id};
}

}  // namespace

RandomState reserveRandom(Device device, uint64_t count) {
  Streams& all = streams();
  std::scoped_lock lock(all.mutex);
  RandomState& state =
      all.by_device.try_emplace(keyOf(device), RandomState{seedFor(all.process_seed, device), 0})
          .first->second;
  const RandomState reserved = state;
  state.offset += count;
  return reserved;
}

void seedAll(uint64_t seed) {
  Streams& all = streams();
  std::scoped_lock lock(all.mutex);
  all.process_seed = seed;
  all.by_device.clear();
}

void seedDevice(Device device, uint64_t seed) {
  Streams& all = streams();
  std::scoped_lock lock(all.mutex);
  all.by_device[keyOf(device)] = RandomState{seed, 0};
}

}  // namespace tenon
