#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "memory/pool.h"

namespace tenon {
namespace {

/// The number in a cgroup's file, or 0 if it has none ("max", no such file, no number).
int64_t readLimit(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  if (!(file >> text)) return 0;
  char* end = nullptr;
  const long long value = std::strtoll(text.c_str(), &end, 10);
  return *end == '\0' && value > 0 ? value : 0;
}

/// This process's group in hierarchy v2 ("0::/path") or in v1's memory hierarchy
/// ("4:memory:/path").
std::string groupOf(bool v2) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (v2 && line.rfind("0::", 0) == 0) return line.substr(3);
    const size_t at = line.find(":memory:");
    if (!v2 && at != std::string::npos) return line.substr(at + 8);
  }
  return "/";
}

/// The least limit of the group and its parents under `root`; inside a container the group's own
/// path is not mounted, and the root holds the container's limit.
int64_t leastLimit(const std::string& root, std::string group, const char* file, int64_t least) {
  for (;;) {
    if (group == "/") group.clear();
    if (const int64_t limit = readLimit(root + group + "/" + file); limit > 0)
      least = std::min(least, limit);
    if (group.empty()) return least;
    group.erase(std::min(group.rfind('/'), group.size()));
  }
}

}  // namespace

int64_t hostMemoryLimit() {
  static const int64_t limit = [] {
    int64_t least = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    least = leastLimit("/sys/fs/cgroup", groupOf(true), "memory.max", least);
    return leastLimit("/sys/fs/cgroup/memory", groupOf(false), "memory.limit_in_bytes", least);
  }();
  return limit;
}

}  // namespace tenon
