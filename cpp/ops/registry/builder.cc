#include "ops/registry/builder.h"

namespace tenon {

OpBuilder::OpBuilder(std::string_view name) : op_(std::make_unique<Op>()) { op_->name = name; }

OpBuilder& OpBuilder::doc(std::string_view text) {
  op_->doc = text;
  return *this;
}

OpBuilder& OpBuilder::group(std::string_view name) {
  op_->group = name;
  return *this;
}

OpBuilder& OpBuilder::alias(std::initializer_list<std::string_view> names) {
  op_->aliases.insert(op_->aliases.end(), names.begin(), names.end());
  return *this;
}

OpBuilder& OpBuilder::input(std::string_view name, std::string_view doc) {
  op_->inputs.push_back({std::string(name), std::string(doc)});
  return *this;
}

OpBuilder& OpBuilder::variadicInput(std::string_view num_args_param, std::string_view name,
                                    std::string_view doc) {
  op_->variadic = true;
  op_->num_args_param = num_args_param;
  return input(name, doc);
}

OpBuilder& OpBuilder::output(std::string_view name, std::string_view doc) {
  op_->outputs.push_back({std::string(name), std::string(doc)});
  return *this;
}

OpBuilder& OpBuilder::visibleOutputs(int count) {
  op_->count_visible_outputs = [count](const void*) { return count; };
  return *this;
}

OpBuilder& OpBuilder::mutates(std::vector<int> inputs) {
  op_->mutated_inputs = std::move(inputs);
  return *this;
}

OpBuilder& OpBuilder::shape(ShapeRule rule) {
  op_->infer_shape = std::move(rule);
  return *this;
}

OpBuilder& OpBuilder::type(TypeRule rule) {
  op_->infer_type = std::move(rule);
  return *this;
}

OpBuilder& OpBuilder::gradient(GradientRule rule) {
  op_->gradient = std::move(rule);
  return *this;
}

OpBuilder& OpBuilder::zeroGradient() {
  op_->zero_gradient = true;
  return *this;
}

OpBuilder& OpBuilder::inplace(std::initializer_list<std::pair<int, int>> pairs) {
  op_->inplace = pairs;
  return *this;
}

OpBuilder& OpBuilder::random() {
  op_->random = true;
  return *this;
}

OpBuilder& OpBuilder::random(
    std::function<uint64_t(const OpAttrs&, std::span<const Shape> out)> count) {
  op_->random = true;
  op_->random_count = std::move(count);
  return *this;
}

OpBuilder& OpBuilder::lossLayer() {
  op_->ignores_head_gradient = true;
  return *this;
}

OpBuilder& OpBuilder::inlineBelow(int64_t elements) {
  op_->inline_below = elements;
  return *this;
}

OpBuilder& OpBuilder::hidden() {
  op_->hidden = true;
  return *this;
}

OpBuilder& OpBuilder::cpu(Kernel kernel) {
  op_->setKernel(DeviceType::kCpu, kernel);
  return *this;
}

OpBuilder& OpBuilder::cpu(RunFunction run) { return cpu(Kernel{.run = run}); }

}  // namespace tenon
