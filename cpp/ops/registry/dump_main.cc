// tenon_dump_ops: prints the registry as JSON, or says what is wrong with it.
#include <cstdio>

#include "ops/registry/registry.h"

int main() {
  const auto faults = tenon::registryFaults();
  for (const auto& fault : faults) std::fprintf(stderr, "%s\n", fault.c_str());
  if (!faults.empty()) return 1;
  const std::string json = tenon::dumpRegistry();
  return std::fwrite(json.data(), 1, json.size(), stdout) == json.size() && std::fflush(stdout) == 0
             ? 0
             : 1;
}
