// A symbol bound to arrays: forward and backward as two walks over a prepared plan.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/symbol.h"
#include "ops/registry/kernel.h"
#include "tensor/ndarray.h"

namespace tenon {

/// What a plan needs, for people (`Executor::memoryReport`).
struct MemoryReport {
  int64_t arena_bytes = 0;     ///< with in-place and sharing
  int64_t unshared_bytes = 0;  ///< without
};

/// Time spent in one operator of an executor since profiling was switched on.
struct OperatorTime {
  std::string label;  ///< "backward of conv1 (Convolution)"
  int64_t calls = 0;
  double milliseconds = 0;
};

class Executor {
 public:
  /// Binds with the caller's arrays, all on `device`: arguments and auxiliary states by name,
  /// gradients for those arguments that want one. Throws kInvalidArgument naming what is missing or
  /// has the wrong shape or dtype.
  static std::shared_ptr<Executor> bind(const Symbol& symbol, Device device,
                                        const std::map<std::string, NDArray>& arguments,
                                        const std::map<std::string, NDArray>& gradients,
                                        const std::map<std::string, Request>& requests,
                                        const std::map<std::string, NDArray>& auxiliary);
  virtual ~Executor() = default;

  /// Pushes the forward pass. Outputs are the same arrays each time.
  virtual void forward(bool training) = 0;
  /// Pushes the backward pass of the last forward(true). `head_gradients` empty: ones (loss layers
  /// ignore them).
  virtual void backward(const std::vector<NDArray>& head_gradients) = 0;
  virtual const std::vector<NDArray>& outputs() const = 0;
  /// The arrays that are bound, by name: the caller's own, and new ones after `reshape` where
  /// shapes changed.
  virtual const std::map<std::string, NDArray>& arguments() const = 0;
  virtual const std::map<std::string, NDArray>& gradients() const = 0;
  virtual const std::map<std::string, NDArray>& auxiliary() const = 0;
  /// An executor for other input shapes that shares parameters, gradients of parameters and, where
  /// it fits, the arena. Plans are cached: alternating shapes rebuild nothing.
  virtual std::shared_ptr<Executor> reshape(const std::map<std::string, Shape>& shapes) = 0;
  /// Called for each operator's outputs after forward, by name, on the calling thread; slow: one
  /// task per operator.
  virtual void setMonitor(std::function<void(const std::string&, const NDArray&)> monitor) = 0;
  /// Of the plan for training if gradients are wanted, for inference otherwise.
  virtual MemoryReport memoryReport() const = 0;
  /// Measures each operator from now on (or stops). `profile` waits for what was pushed.
  virtual void setProfiling(bool on) = 0;
  virtual std::vector<OperatorTime> profile() = 0;
};

}  // namespace tenon
