// Runs an operator's gradient rule at once, on host arrays: every node that the rule builds is
// computed when it is built.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "ops/registry/registry.h"
#include "support/op_runner.h"

namespace tenon {

class EagerGradient final : public GradientBuilder {
 public:
  /// `heads` has one array per output. All arrays must outlive this object.
  EagerGradient(const OpAttrs& attrs, const std::vector<HostArray>& inputs,
                const std::vector<HostArray>& outputs, const std::vector<HostArray>& heads,
                const RunOptions& options = {});

  struct Result {
    bool flows = false;
    HostArray gradient;
  };
  /// One result per input.
  std::vector<Result> run();

  const OpAttrs& attrs() const override { return attrs_; }
  Value input(int index) override { return keep(inputs_.at(static_cast<size_t>(index))); }
  Value output(int index) override { return keep(outputs_.at(static_cast<size_t>(index))); }
  Value outputGradient(int index) override { return keep(heads_.at(static_cast<size_t>(index))); }
  /// True for inputs of floating type: as if a person asked for all that have a gradient.
  bool needs(int index) const override;
  std::vector<Value> applyAll(std::string_view op, std::span<const Value> inputs,
                              const AttrMap& attrs) override;

 private:
  struct Node {
    std::vector<HostArray> outputs;
  };
  Value keep(const HostArray& array);
  static const HostArray& arrayOf(const Value& value);

  const OpAttrs& attrs_;
  const std::vector<HostArray>& inputs_;
  const std::vector<HostArray>& outputs_;
  const std::vector<HostArray>& heads_;
  RunOptions options_;
  std::deque<Node> nodes_;
};

}  // namespace tenon
