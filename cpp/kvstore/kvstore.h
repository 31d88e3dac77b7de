// KVStore: values by key, shared by the devices of a training: gradients are pushed and summed,
// weights pulled.
//
// Any thread may call; calls on one key take effect in the order of the calls. Nothing here waits:
// sums and copies are pushed to the engine.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tensor/ndarray.h"

namespace tenon {

class KVStore {
 public:
  /// Merges a pushed (and summed) value into the stored one. Called on the pushing thread.
  using Updater =
      std::function<void(const std::string& key, const NDArray& pushed, NDArray& stored)>;

  /// A store of that type: "local" (sums on the CPU). Throws kUnsupported for others.
  static std::unique_ptr<KVStore> create(const std::string& type);
  virtual ~KVStore() = default;

  virtual const std::string& type() const = 0;
  /// Sets a key's first value (copied). Throws kInvalidState if the key has one.
  virtual void init(const std::string& key, const NDArray& value) = 0;
  /// Sums `values` (one per device, of the key's shape and dtype) and gives the sum to the updater;
  /// without an updater the sum becomes the stored value. `priority` orders stores that
  /// communicate; this one does not. Throws kInvalidState for a key that init has not seen.
  virtual void push(const std::string& key, std::span<const NDArray> values, int priority) = 0;
  /// Copies the stored value into each of `outputs`.
  virtual void pull(const std::string& key, std::span<const NDArray> outputs, int priority) = 0;
  virtual void setUpdater(Updater updater) = 0;
  virtual int rank() const = 0;
  virtual int numWorkers() const = 0;
};

}  // namespace tenon
