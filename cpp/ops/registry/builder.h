// The fluent statement that declares an operator: see op.h for an example and the order of its
// parts.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ops/registry/op.h"

namespace tenon {

class OpBuilder {
 public:
  explicit OpBuilder(std::string_view name);

  OpBuilder& doc(std::string_view text);
  /// The Java class that it is generated into: "nn", "elementwise", …
  OpBuilder& group(std::string_view name);
  OpBuilder& alias(std::initializer_list<std::string_view> names);
  OpBuilder& alias(std::string_view name) { return alias({name}); }

  template <class P>
  OpBuilder& params() {
    op_->params = paramSchema<P>().infos();
    op_->parse_params = [](const std::string& op, const AttrMap& attrs,
                           std::vector<double>* dynamic) -> std::shared_ptr<const void> {
      auto params = std::make_shared<P>();
      paramSchema<P>().parse(op, attrs, *params, dynamic);
      return params;
    };
    return *this;
  }

  OpBuilder& input(std::string_view name, std::string_view doc);
  /// One input repeated; the attribute `num_args_param` says how often. The inputs are called arg0,
  /// arg1, … unless `inputNames` says otherwise.
  OpBuilder& variadicInput(std::string_view num_args_param, std::string_view name = "args",
                           std::string_view doc = "The inputs.");
  /// How many of the inputs are used: `.inputCount<P>([](const P& p) { return p.no_bias ? 2 : 3;
  /// })`.
  template <class P>
  OpBuilder& inputCount(int (*count)(const P&)) {
    op_->count_inputs = [count](const void* params) {
      return count(*static_cast<const P*>(params));
    };
    return *this;
  }
  /// The inputs' names, where they depend on parameters in other ways; their number is that of the
  /// names.
  template <class P>
  OpBuilder& inputNames(std::vector<std::string> (*names)(const P&)) {
    op_->name_inputs = [names](const void* params) {
      return names(*static_cast<const P*>(params));
    };
    return *this;
  }

  /// Without any, there is one output, called "output".
  OpBuilder& output(std::string_view name, std::string_view doc);
  template <class P>
  OpBuilder& outputCount(int (*count)(const P&)) {
    op_->count_outputs = [count](const void* params) {
      return count(*static_cast<const P*>(params));
    };
    return *this;
  }
  /// How many of the outputs, from the first, a user sees; default: all.
  template <class P>
  OpBuilder& visibleOutputs(int (*count)(const P&)) {
    op_->count_visible_outputs = [count](const void* params) {
      return count(*static_cast<const P*>(params));
    };
    return *this;
  }
  OpBuilder& visibleOutputs(int count);

  /// Inputs that the operator writes: auxiliary states, weights of optimizers.
  OpBuilder& mutates(std::vector<int> inputs);

  OpBuilder& shape(ShapeRule rule);
  OpBuilder& type(TypeRule rule);

  OpBuilder& gradient(GradientRule rule);
  /// Differentiable, with a gradient of zero.
  OpBuilder& zeroGradient();

  /// Pairs (input, output) that may share memory.
  OpBuilder& inplace(std::initializer_list<std::pair<int, int>> pairs);
  OpBuilder& random();
  OpBuilder& random(std::function<uint64_t(const OpAttrs&, std::span<const Shape> out)> count);
  /// Backward needs no gradient from above.
  OpBuilder& lossLayer();
  /// Results of fewer elements may be computed on the calling thread.
  OpBuilder& inlineBelow(int64_t elements);
  /// Not in the front ends (`_backward_…`).
  OpBuilder& hidden();

  OpBuilder& cpu(Kernel kernel);
  OpBuilder& cpu(RunFunction run);

  std::unique_ptr<Op> take() { return std::move(op_); }

 private:
  std::unique_ptr<Op> op_;
};

/// Adds an operator to the registry's list, in static initialisation. Faults are reported by
/// `registryFaults`.
class OpRegistration {
 public:
  OpRegistration(
      OpBuilder& builder) noexcept;  // NOLINT(google-explicit-constructor): reads as a statement
  OpRegistration(OpBuilder&& builder) noexcept;  // NOLINT(google-explicit-constructor)
};

}  // namespace tenon
