#include "ops/registry/kernel.h"

#include <array>
#include <atomic>

namespace tenon {
namespace {

/// By device type; all codes are small.
std::array<std::atomic<ReorderFunction>, 8>& reorders() {
  static std::array<std::atomic<ReorderFunction>, 8> table{};
  return table;
}

}  // namespace

void registerReorder(DeviceType type, ReorderFunction reorder) {
  reorders().at(static_cast<size_t>(type)).store(reorder, std::memory_order_release);
}

ReorderFunction reorderOf(DeviceType type) {
  return reorders().at(static_cast<size_t>(type)).load(std::memory_order_acquire);
}

}  // namespace tenon
