// Comparing what the device computes with the same call on the CPU.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "support/op_case.h"
#include "support/op_runner.h"

namespace tenon {

/// The same call on the CPU.
inline std::vector<HostArray> runOnCpu(std::string_view name, std::vector<HostArray> inputs,
                                       const AttrMap& dict = {}, const RunOptions& options = {}) {
  struct OnCpu {
    Device before = std::exchange(run_device, Device::cpu());
    ~OnCpu() { run_device = before; }
  } on_cpu;
  return runOp(name, std::move(inputs), dict, options);
}

inline HostArray filled(const Shape& shape, DType dtype, unsigned seed, const Values& values) {
  std::mt19937 random(seed);
  return HostArray::of(shape, values(shape.size(), random), dtype);
}

inline void expectAlike(const HostArray& got, const HostArray& expected, double tolerance,
                        const std::string& what) {
  ASSERT_EQ(got.shape(), expected.shape()) << what;
  ASSERT_EQ(got.dtype(), expected.dtype()) << what;
  for (int64_t i = 0; i < got.size(); ++i) {
    const double a = got.get(i);
    const double b = expected.get(i);
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    ASSERT_LE(std::abs(a - b), tolerance * std::max(1.0, std::abs(b)))
        << what << ", element " << i << ": " << a << ", on the CPU " << b;
  }
}

/// How far a device's result may be from the CPU's, relative to max(1, |CPU's|): less than from the
/// exact one, as both round to the type in the same places.
inline double toleranceOf(DType type) {
  switch (type) {
    case DType::kFloat64:
      return 1e-12;
    case DType::kFloat32:
      return 2e-6;
    case DType::kFloat16:
      return 2e-3;
    case DType::kBFloat16:
      return 2e-2;
    default:
      return 0;
  }
}

/// Runs an operator that has a kernel on the device and on the CPU, and compares all outputs.
inline void expectSameOnDevice(std::string_view op, const std::vector<HostArray>& inputs,
                               const AttrMap& attrs, double tolerance,
                               const RunOptions& options = {}) {
  ASSERT_NE(findOp(op).kernel(DeviceType::kGpu), nullptr) << op;
  const auto got = runOp(op, inputs, attrs, options);
  const auto expected = runOnCpu(op, inputs, attrs, options);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    expectAlike(
        got[i], expected[i], tolerance,
        concat(op, " of ", inputs[0].shape(), " ", nameOf(inputs[0].dtype()), ", output ", i));
  }
}

}  // namespace tenon
