// What an operator is: everything the rest of Tenon knows about it, declared once, in one fluent
// statement.
//
//   const OpRegistration kActivation =
//       OpBuilder("Activation")
//           .doc("Applies a function to each element. …")
//           .group("nn")
//           .params<ActivationParams>()
//           .input("data", "The input.")
//           .shape(sameAsFirst).type(sameAsFirst)
//           .gradient(activationGradient)
//           .inplace({{0, 0}})
//           .cpu({.prepare = nullptr, .run = runActivation});
//
// OpBuilder and OpRegistration are in builder.h, shape and type rules that families share in
// rules.h.
//
// The order of the statement never varies: doc, group, aliases, params, inputs, outputs, mutates,
// shape, type, gradient, hints, kernels. Registrations append to a list in static initialisation
// and never throw; the list is checked and frozen on first use (see registry.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/params.h"
#include "ops/registry/gradient.h"
#include "ops/registry/kernel.h"

namespace tenon {

class Op;

/// An operator's attributes, parsed and checked: immutable, shared by nodes, tapes and plans.
///
/// Parameters marked dynamic (scalar, lr, wd, rescale_grad, t) are part of `dynamicDefaults` and
/// not of `params` in any cache key: callers may pass other values beside the attributes, in the
/// order in which the schema declares them.
class OpAttrs {
 public:
  const Op& op() const noexcept { return *op_; }
  /// The attributes as given, for JSON.
  const AttrMap& dict() const noexcept { return dict_; }
  template <class P>
  const P& params() const noexcept {
    return *static_cast<const P*>(params_.get());
  }
  const void* rawParams() const noexcept { return params_.get(); }
  std::span<const double> dynamicDefaults() const noexcept { return dynamic_; }
  int numInputs() const noexcept { return static_cast<int>(input_names_.size()); }
  /// All outputs, hidden ones included.
  int numOutputs() const noexcept { return num_outputs_; }
  int numVisibleOutputs() const noexcept { return num_visible_outputs_; }
  const std::vector<std::string>& inputNames() const noexcept { return input_names_; }
  std::string outputName(int index) const;
  /// True if input `index` is an auxiliary state or is otherwise written by the operator.
  bool mutates(int index) const noexcept;
  /// Unique among live parsed attributes; part of cache keys.
  uint64_t id() const noexcept { return id_; }

 private:
  friend class Op;
  const Op* op_ = nullptr;
  AttrMap dict_;
  std::shared_ptr<const void> params_;
  std::vector<double> dynamic_;
  std::vector<std::string> input_names_;
  int num_outputs_ = 1;
  int num_visible_outputs_ = 1;
  uint64_t id_ = 0;
};
using OpAttrsPtr = std::shared_ptr<const OpAttrs>;

/// Fills in what can be known of `in` and `out` from each other, in both directions; throws
/// kInvalidArgument with the clash. Unknown stays unknown. Must not depend on anything else.
using ShapeRule = std::function<void(const OpAttrs&, std::span<Shape> in, std::span<Shape> out)>;
using TypeRule = std::function<void(const OpAttrs&, std::span<DType> in, std::span<DType> out)>;

/// An input or output as registered.
struct ArgInfo {
  std::string name;
  std::string doc;
};

class Op {
 public:
  /// Parses and checks; throws kInvalidArgument naming the operator, the attribute, the value and
  /// what is allowed. Unknown keys that are not user attributes (`__key__`) are an error.
  /// `num_args` of variadic operators may be left out when `num_inputs` is given.
  OpAttrsPtr parse(const AttrMap& dict, int num_inputs = -1) const;

  std::string name;
  std::vector<std::string> aliases;
  std::string doc;
  std::string group;  ///< the Java class it is generated into: "nn", "elementwise", …
  std::vector<ArgInfo> inputs;
  std::vector<ArgInfo> outputs;
  bool variadic = false;  ///< one input repeated; `num_args_param` says how often
  std::string num_args_param;
  std::vector<ParamInfo> params;
  std::vector<int> mutated_inputs;

  ShapeRule infer_shape;
  TypeRule infer_type;
  GradientRule gradient;  ///< null: not differentiable (see zero_gradient)
  bool zero_gradient =
      false;  ///< differentiable with gradient zero (comparisons, rounding, BlockGrad)
  std::vector<std::pair<int, int>> inplace;  ///< (input, output) that may share memory
  bool random = false;                       ///< run gets a reserved RandomState
  /// Counters to reserve; default: elements of output 0.
  std::function<uint64_t(const OpAttrs&, std::span<const Shape> out)> random_count;
  bool ignores_head_gradient =
      false;  ///< a loss layer (SoftmaxOutput): backward needs no gradient from above
  int64_t inline_below = 0;  ///< an output of fewer elements may run on the calling thread; 0 never
  bool hidden = false;       ///< not in the front ends (`_backward_…`)

  /// Number of inputs used under these parameters (e.g. no bias); default: all registered.
  std::function<int(const void* params)> count_inputs;
  std::function<int(const void* params)> count_outputs;
  std::function<int(const void* params)> count_visible_outputs;
  /// Names of the inputs under these parameters, where they are more than the first of those
  /// registered.
  std::function<std::vector<std::string>(const void* params)> name_inputs;
  /// Parses a dict into a new parameter struct and the dynamic values; null if the operator has no
  /// parameters.
  std::function<std::shared_ptr<const void>(const std::string& op, const AttrMap&,
                                            std::vector<double>* dynamic)>
      parse_params;

  /// The kernel for that kind of device, or null. A device library's may appear at any time.
  const Kernel* kernel(DeviceType type) const noexcept;
  /// The first one stays; calls of one operator come one at a time.
  void setKernel(DeviceType type, const Kernel& kernel);
  /// How many kernels were set for that kind of device: one, in a good registry.
  int kernelCount(DeviceType type) const noexcept;

 private:
  std::vector<std::string> inputNames(const void* params, int variadic_count) const;

  static constexpr size_t kDeviceTypes = 8;  // codes are small

  Kernel kernels_[kDeviceTypes];
  std::atomic<int> kernel_counts_[kDeviceTypes] = {};
};

}  // namespace tenon
