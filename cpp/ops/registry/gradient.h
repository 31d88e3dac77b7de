// How an operator says its gradient: in terms of other operators, through a small builder that the
// graph implements.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "base/params.h"

namespace tenon {

class OpAttrs;

/// One output of a node that the builder knows. Null: no value (no gradient flows).
struct Value {
  void* node = nullptr;
  int index = 0;
  explicit operator bool() const { return node != nullptr; }
};

class GradientBuilder {
 public:
  virtual ~GradientBuilder() = default;
  /// Of the node being differentiated.
  virtual const OpAttrs& attrs() const = 0;
  virtual Value input(int index) = 0;
  virtual Value output(int index) = 0;
  /// The gradient that arrives at output `index`; zeros of its shape if none does.
  virtual Value outputGradient(int index) = 0;
  /// Whether anybody wants the gradient of input `index`: the rest need not be built.
  virtual bool needs(int index) const = 0;

  /// A new node; all its outputs. Attributes as strings, as in JSON.
  virtual std::vector<Value> applyAll(std::string_view op, std::span<const Value> inputs,
                                      const AttrMap& attrs = {}) = 0;
  Value apply(std::string_view op, std::initializer_list<Value> inputs, const AttrMap& attrs = {}) {
    return applyAll(op, std::span(inputs.begin(), inputs.size()), attrs).front();
  }
};

/// One value per input of the operator, null where no gradient flows.
using GradientRule = std::function<std::vector<Value>(GradientBuilder&)>;

}  // namespace tenon
