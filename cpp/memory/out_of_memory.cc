// The message of an allocation that failed: the figures, and who holds the memory.
#include <algorithm>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "memory/caching_pool.h"

namespace tenon {
namespace {

std::string formatBytes(int64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

}  // namespace

void CachingPool::failOutOfMemory(size_t asked) {
  constexpr size_t kListed = 8;
  struct Group {
    int64_t bytes = 0;
    int64_t count = 0;
    size_t size = 0;
    std::string maker;
  };
  std::map<std::pair<std::string, size_t>, Group> groups;
  int64_t large = 0;
  {
    std::scoped_lock lock(large_mutex_);
    for (const auto& [data, live] : live_) {
      Group& group = groups[{live.maker, live.bytes}];
      group.maker = live.maker;
      group.size = live.bytes;
      group.bytes += static_cast<int64_t>(live.bytes);
      ++group.count;
      large += static_cast<int64_t>(live.bytes);
    }
  }
  std::vector<Group> order;
  for (const auto& [key, group] : groups) order.push_back(group);
  std::stable_sort(order.begin(), order.end(),
                   [](const Group& a, const Group& b) { return a.bytes > b.bytes; });

  const PoolStats now = stats();
  std::string message =
      concat(device_.toString(), " is out of memory: ", formatBytes(static_cast<int64_t>(asked)),
             " asked for, ", formatBytes(now.in_use_bytes), " in use, ",
             formatBytes(now.cached_bytes), " cached, limit ", formatBytes(now.limit_bytes));
  if (now.in_use_bytes > 0) message += ". In use:";
  for (size_t i = 0; i < order.size() && i < kListed; ++i) {
    const Group& group = order[i];
    message += concat(i == 0 ? " " : ", ", group.count, " x ",
                      formatBytes(static_cast<int64_t>(group.size)));
    if (!group.maker.empty()) message += " by " + group.maker;
  }
  if (order.size() > kListed) message += concat(", ", order.size() - kListed, " other kinds");
  if (const int64_t small = now.in_use_bytes - large; small > 0) {
    message += concat(order.empty() ? " " : ", ", formatBytes(small), " in small blocks");
  }
  throw Error(ErrorKind::kOutOfMemory, std::move(message));
}

}  // namespace tenon
