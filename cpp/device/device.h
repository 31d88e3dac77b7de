// Where data lives and work runs. Codes are MXNet's (context types).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tenon {

enum class DeviceType : int32_t { kCpu = 1, kGpu = 2, kPinned = 3, kShared = 5 };

/// A device by type and index: cpu(0), gpu(1). Plain data. cpu(0), cpu(1), … are one physical
/// device with separate random streams and memory statistics, as in MXNet, so that multi-device
/// programs run anywhere.
struct Device {
  DeviceType type = DeviceType::kCpu;
  int32_t id = 0;

  static constexpr Device cpu(int32_t id = 0) { return {DeviceType::kCpu, id}; }
  static constexpr Device gpu(int32_t id = 0) { return {DeviceType::kGpu, id}; }

  friend constexpr bool operator==(Device a, Device b) { return a.type == b.type && a.id == b.id; }
  /// "cpu(0)".
  std::string toString() const;
};

std::string_view nameOf(DeviceType type) noexcept;

}  // namespace tenon
