#include "ops/registry/op.h"

#include <algorithm>
#include <atomic>

#include "base/error.h"

namespace tenon {
namespace {

/// More inputs than this are a mistake, not a program.
constexpr int kMostInputs = 1 << 20;
/// Bounds what a mistaken `num_outputs` costs.
constexpr int kMostOutputs = 1 << 20;

}  // namespace

std::string OpAttrs::outputName(int index) const {
  const std::vector<ArgInfo>& outputs = op_->outputs;
  if (outputs.size() > 1 && index < static_cast<int>(outputs.size()))
    return outputs[static_cast<size_t>(index)].name;
  const std::string base = outputs.empty() ? "output" : outputs.front().name;
  return num_outputs_ == 1 ? base : base + std::to_string(index);
}

bool OpAttrs::mutates(int index) const noexcept {
  const std::vector<int>& mutated = op_->mutated_inputs;
  return std::find(mutated.begin(), mutated.end(), index) != mutated.end();
}

OpAttrsPtr Op::parse(const AttrMap& dict, int num_inputs) const {
  static std::atomic<uint64_t> next_id{1};
  auto attrs = std::make_shared<OpAttrs>();
  attrs->op_ = this;
  attrs->dict_ = dict;

  AttrMap plain;
  for (const auto& [key, value] : dict) {
    if (!(key.size() > 4 && key.starts_with("__") && key.ends_with("__")))
      plain.emplace(key, value);
  }
  int32_t variadic_count = 0;
  if (variadic) {
    const auto given = plain.find(num_args_param);
    if (given != plain.end()) {
      TENON_CHECK(params_detail::read(given->second, variadic_count) && variadic_count >= 0 &&
                      variadic_count <= kMostInputs,
                  kInvalidArgument, name, ": attribute ", num_args_param, " is '", given->second,
                  "', expected the number of inputs");
      TENON_CHECK(num_inputs < 0 || name_inputs || count_inputs || variadic_count == num_inputs,
                  kInvalidArgument, name, ": attribute ", num_args_param, " is ", variadic_count,
                  ", but ", num_inputs, " inputs are given");
    } else {
      TENON_CHECK(num_inputs >= 0, kInvalidArgument, name, ": attribute ", num_args_param,
                  " is missing, expected the number of inputs");
      variadic_count = num_inputs;
      plain[num_args_param] = attrs->dict_[num_args_param] = std::to_string(num_inputs);
    }
    const bool is_field = std::any_of(params.begin(), params.end(), [this](const ParamInfo& p) {
      return p.name == num_args_param;
    });
    if (!is_field) plain.erase(num_args_param);
  }
  if (parse_params) {
    attrs->params_ = parse_params(name, plain, &attrs->dynamic_);
  } else {
    params_detail::parseFields(name, {}, plain, nullptr, nullptr);
  }

  const void* parsed = attrs->params_.get();
  attrs->input_names_ = inputNames(parsed, variadic_count);
  TENON_CHECK(num_inputs < 0 || num_inputs == attrs->numInputs(), kInvalidArgument, name, ": ",
              num_inputs, num_inputs == 1 ? " input is" : " inputs are", " given, expected ",
              attrs->numInputs());
  TENON_CHECK(!variadic || attrs->numInputs() >= 1, kInvalidArgument, name,
              ": no inputs are given, expected at least one");
  const int registered = std::max(1, static_cast<int>(outputs.size()));
  attrs->num_outputs_ = count_outputs ? count_outputs(parsed) : registered;
  TENON_CHECK(attrs->num_outputs_ >= 1 && attrs->num_outputs_ <= kMostOutputs, kInvalidArgument,
              name, ": there would be ", attrs->num_outputs_, " outputs, expected 1 to ",
              kMostOutputs);
  attrs->num_visible_outputs_ =
      count_visible_outputs ? count_visible_outputs(parsed) : attrs->num_outputs_;
  attrs->id_ = next_id.fetch_add(1, std::memory_order_relaxed);
  return attrs;
}

std::vector<std::string> Op::inputNames(const void* parsed, int variadic_count) const {
  if (name_inputs) return name_inputs(parsed);
  std::vector<std::string> names;
  if (variadic) {
    const int count = count_inputs ? count_inputs(parsed) : variadic_count;
    for (int i = 0; i < count; ++i) names.push_back("arg" + std::to_string(i));
    return names;
  }
  const size_t count = count_inputs ? static_cast<size_t>(count_inputs(parsed)) : inputs.size();
  for (size_t i = 0; i < count && i < inputs.size(); ++i) names.push_back(inputs[i].name);
  return names;
}

const Kernel* Op::kernel(DeviceType type) const noexcept {
  const auto code = static_cast<size_t>(type);
  if (code >= kDeviceTypes || kernel_counts_[code].load(std::memory_order_acquire) == 0)
    return nullptr;
  return &kernels_[code];
}

void Op::setKernel(DeviceType type, const Kernel& kernel) {
  const auto code = static_cast<size_t>(type);
  if (kernel_counts_[code].load(std::memory_order_relaxed) == 0) kernels_[code] = kernel;
  kernel_counts_[code].fetch_add(1, std::memory_order_release);
}

int Op::kernelCount(DeviceType type) const noexcept {
  const auto code = static_cast<size_t>(type);
  return code < kDeviceTypes ? kernel_counts_[code].load(std::memory_order_acquire) : 0;
}

}  // namespace tenon
