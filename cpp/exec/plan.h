// A graph after its passes: tasks with operands by number, ready to be walked. Immutable and shared
// by threads; what a walk needs besides (an arena, the arrays bound) is a Run's.
//
// A plan for training holds forward and backward in one arena, so that what backward needs is kept,
// and is two segments: the engine sees one task for each. A plan for inference computes no output
// that only a backward would read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ref_counted.h"
#include "exec/executor.h"
#include "graph/node.h"
#include "ops/registry/kernel.h"

namespace tenon {

/// An array that a run is given.
struct External {
  enum class Role { kArgument, kAuxiliary, kOutput, kGradient, kHeadGradient };
  Role role = Role::kArgument;
  std::string name;  ///< of arguments, auxiliary states and gradients
  int index = 0;     ///< of outputs and head gradients
  TensorSpec spec;
};

/// An argument in a library's layout, kept until the argument changes.
struct PackedArgument {
  int external = 0;
  LayoutPtr layout;
};

/// Where an input or output of a task lives.
struct Operand {
  enum class Place { kNone, kArena, kExternal, kPacked };
  Place place = Place::kNone;
  int index = 0;       ///< of the external or packed argument
  int64_t offset = 0;  ///< in the arena
  TensorSpec spec;
  Request request = Request::kWrite;  ///< of outputs
};

struct PlanTask {
  enum class Kind {
    kKernel,
    kReorder,     ///< input 0 to output 0, in another layout
    kCopy,        ///< input 0 to output 0
    kAccumulate,  ///< input 0 added to output 0
  };
  Kind kind = Kind::kKernel;
  OpAttrsPtr attrs;
  const Kernel* kernel = nullptr;
  PreparedPtr prepared;
  std::vector<double> dynamic;
  int first_operand = 0;  ///< inputs, then outputs
  int num_inputs = 0;
  int num_outputs = 0;
  uint64_t random_offset = 0;  ///< among the counters reserved for the segment
  std::string node;            ///< its node's name
  std::string label;           ///< for errors: "backward of conv1 (Convolution)"
};

/// A run of tasks that is one task of the engine.
struct Segment {
  int first_task = 0;
  int last_task = 0;
  std::vector<int> reads, writes;  ///< externals
  std::vector<int> packed;         ///< packed arguments
  uint64_t random_count = 0;
};

struct Plan final : RefCounted {
  static constexpr int kForward = 0;
  static constexpr int kBackward = 1;

  Device device;
  bool training = false;
  std::vector<External> externals;
  std::vector<PackedArgument> packed;
  std::vector<Operand> operands;
  std::vector<PlanTask> tasks;
  Segment segments[2];  ///< forward, backward (empty: there is none)
  MemoryReport memory;

  bool hasBackward() const noexcept {
    return segments[kBackward].last_task > segments[kBackward].first_task;
  }
};

struct PlanRequest {
  std::vector<NodeEntry> outputs;
  /// Shape and dtype of every argument and auxiliary state.
  std::map<std::string, TensorSpec> variables;
  /// Arguments whose gradients are wanted (write or add); looked at in training only.
  std::map<std::string, Request> gradients;
  Device device;
  bool training = false;
};

/// Differentiates, infers, chooses layouts, prepares kernels, plans memory. Throws kInvalidArgument
/// for what is unknown or does not fit, kUnsupported for what cannot be in a plan.
Ref<const Plan> buildPlan(const PlanRequest& request);

}  // namespace tenon
