// Running one kernel: the context it sees, requests it does not know, errors that name the
// operator.
#pragma once

#include <exception>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "memory/pool.h"
#include "ops/registry/op.h"
#include "tensor/ndarray.h"

namespace tenon {

/// What a kernel is given besides its operands.
struct KernelCall {
  const Kernel* kernel = nullptr;
  const OpAttrs* attrs = nullptr;
  const Prepared* prepared = nullptr;
  std::span<const double> dynamic;
  Device device;
  Queue* queue = nullptr;
  RandomState random;
  bool training = false;
  bool deterministic = false;
  /// Where `allocateOutput` puts arrays, one element per output; null where outputs have their
  /// memory already.
  std::vector<NDArray>* data_outputs = nullptr;
};

/// Runs the kernel on the calling thread (on a device: issues it). Requests to add that the kernel
/// does not know become a temporary and an accumulation.
void runKernel(const KernelCall& call, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests);

/// `to += from`, both row-major, of one shape and dtype.
void accumulate(const TensorView& to, const TensorView& from, Device device, Queue* queue);

/// "Convolution(data: (2,3) float32, weight: (4,3) float32)".
std::string describeCall(const OpAttrs& attrs, std::span<const TensorView> in);
/// The exception being handled as an Error said from further out: for `catch (...)` blocks only.
Error currentErrorWithin(const std::string& context);

}  // namespace tenon
