#include "support/eager_gradient.h"

namespace tenon {

EagerGradient::EagerGradient(const OpAttrs& attrs, const std::vector<HostArray>& inputs,
                             const std::vector<HostArray>& outputs,
                             const std::vector<HostArray>& heads, const RunOptions& options)
    : attrs_(attrs), inputs_(inputs), outputs_(outputs), heads_(heads) {
  options_.training = options.training;
  options_.random = options.random;
}

std::vector<EagerGradient::Result> EagerGradient::run() {
  const std::vector<Value> values = attrs_.op().gradient(*this);
  TENON_CHECK(values.size() == inputs_.size(), kInternal, attrs_.op().name, "'s gradient has ",
              values.size(), " values for ", inputs_.size(), " inputs");
  std::vector<Result> results;
  for (const Value& value : values) {
    results.push_back(value ? Result{true, arrayOf(value)} : Result{});
  }
  return results;
}

bool EagerGradient::needs(int index) const {
  return isFloating(inputs_.at(static_cast<size_t>(index)).dtype());
}

Value EagerGradient::keep(const HostArray& array) {
  nodes_.push_back({{array}});
  return {&nodes_.back(), 0};
}

const HostArray& EagerGradient::arrayOf(const Value& value) {
  return static_cast<const Node*>(value.node)->outputs[static_cast<size_t>(value.index)];
}

std::vector<Value> EagerGradient::applyAll(std::string_view op, std::span<const Value> inputs,
                                           const AttrMap& attrs) {
  std::vector<HostArray> arrays;
  for (const Value& value : inputs) {
    TENON_CHECK(value, kInternal, "the gradient of ", attrs_.op().name, " gives ", op, " no input ",
                arrays.size());
    arrays.push_back(arrayOf(value));
  }
  nodes_.push_back({runOp(op, arrays, attrs, options_)});
  std::vector<Value> values;
  for (size_t i = 0; i < nodes_.back().outputs.size(); ++i) {
    values.push_back({&nodes_.back(), static_cast<int>(i)});
  }
  return values;
}

}  // namespace tenon
