// The kernels of a device library: what crosses the edge of device/plugin_api.h, and their
// registration.
//
// The library adds kernels to operators that exist; shapes, types, parameters and gradients stay in
// the registry here. Operands cross as TensorViews, parameters as the operator's own struct, which
// is plain data in a header that both sides compile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "device/plugin_api.h"
#include "device/random_stream.h"
#include "ops/registry/kernel.h"
#include "ops/registry/mover.h"
#include "tensor/tensor_view.h"

namespace tenon {

/// What the library's `prepare` found out: its own object.
struct PluginPrepared;

/// TensorSpec without its layout.
struct PluginSpec {
  Shape shape;
  DType dtype;
};

/// PrepareContext in plain data.
struct PluginPrepareCall {
  const char* op;
  const void* params;
  const PluginSpec* inputs;
  const PluginSpec* outputs;
  int32_t num_inputs;
  int32_t num_outputs;
  Device device;
  bool training;
};

/// KernelContext in plain data, with the operands.
struct PluginRunCall {
  const char* op;
  const void* params;
  const double* dynamics;
  const PluginPrepared* prepared;
  PluginQueue* queue;
  Device device;
  RandomState random;
  const TensorView* inputs;
  const TensorView* outputs;
  const Request* requests;
  int32_t num_dynamics;
  int32_t num_inputs;
  int32_t num_outputs;
  bool training;
  bool deterministic;
  /// Wait for the kernel, so that a fault is reported as this operator's.
  bool synchronous;

  /// The caller's side of the two functions below.
  void* host;
  int32_t (*workspace)(void* host, size_t bytes, void** data, PluginFailure* failure);
  int32_t (*allocateOutput)(void* host, int32_t index, const Shape* shape, TensorView* view,
                            PluginFailure* failure);
};

/// A kernel by its operator's name.
struct PluginKernel {
  const char* op;
  /// May be null: nothing to prepare.
  int32_t (*prepare)(const PluginKernel* kernel, const PluginPrepareCall* call,
                     PluginPrepared** prepared, PluginFailure* failure);
  void (*destroyPrepared)(PluginPrepared* prepared);
  /// Issues the work to the call's queue.
  int32_t (*run)(const PluginKernel* kernel, const PluginRunCall* call, PluginFailure* failure);
  /// The library's own.
  const void* implementation;
  bool adds;
  bool strided_inputs;
  bool allocates;
};

enum class MoveKind : int32_t { kCopy, kFill, kSum, kBytes, kZero };

/// What a Mover was asked for.
struct PluginMove {
  MoveKind kind;
  DType dtype;            ///< of sums
  int32_t element_bytes;  ///< of copies and fills
  int32_t num_loops;      ///< of copies, fills and sums: the rest of `loops` is undefined
  const void* from;       ///< the first element visited
  void* to;
  int64_t bytes;             ///< of kBytes and kZero
  unsigned char element[8];  ///< of fills
  bool adds;                 ///< of sums
  /// Of copies: sees all that was asked for before it. Other copies need not wait for copies.
  bool settled;
  MoveLoop loops[CopyNest::kMaxLoops];  ///< simplified
};

struct PluginKernelTable {
  const PluginKernel* kernels;
  int32_t count;
  /// Issues moves to the call's queue. Null: the library cannot.
  int32_t (*move)(const PluginRunCall* call, const PluginMove* moves, int32_t count,
                  PluginFailure* failure);
};

static_assert(std::is_trivially_copyable_v<TensorView> &&
              std::is_trivially_copyable_v<PluginSpec> &&
              std::is_trivially_copyable_v<PluginMove> &&
              std::is_trivially_copyable_v<RandomState>);

/// Gives each operator of the table its kernel for gpus, and where the library can move all others
/// whose CPU kernel is made of moves that kernel. Throws kInternal where one names no operator, or
/// an operator that has one already.
void registerPluginKernels(const PluginKernelTable& table);

}  // namespace tenon
