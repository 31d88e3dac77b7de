#include "device/device.h"

namespace tenon {

std::string_view nameOf(DeviceType type) noexcept {
  switch (type) {
    case DeviceType::kCpu:
      return "cpu";
    case DeviceType::kGpu:
      return "gpu";
    case DeviceType::kPinned:
      return "cpu_pinned";
    case DeviceType::kShared:
      return "cpu_shared";
  }
  return "unknown";
}

std::string Device::toString() const {
  return std::string(nameOf(type)) + "(" + std::to_string(id) + ")";
}

}  // namespace tenon
