#include "ops/registry/registry.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>

#include "base/error.h"
#include "ops/registry/builder.h"

namespace tenon {
namespace {

/// Filled in static initialisation, one thread; never destroyed, since operators are used until the
/// very end.
std::vector<std::unique_ptr<Op>>& registrations() {
  static auto* list = new std::vector<std::unique_ptr<Op>>();
  return *list;
}

struct Registry {
  std::vector<const Op*> ordered;
  std::map<std::string, Op*, std::less<>> by_name;
  std::vector<std::string> faults;
};

void checkOne(const Op& op, std::vector<std::string>& faults) {
  const auto check = [&](bool good, const std::string& what) {
    if (!good) faults.push_back(op.name + ": " + what);
  };
  check(!op.name.empty(), "has no name");
  check(op.hidden || !op.doc.empty(), "has no doc");
  check(op.hidden || !op.group.empty(), "has no group");
  check(op.infer_shape != nullptr, "has no shape rule");
  check(op.infer_type != nullptr, "has no type rule");
  const int kernels = op.kernelCount(DeviceType::kCpu);
  check(kernels == 1, "has " + std::to_string(kernels) + " kernels for the CPU, expected one");
  check(kernels != 1 || op.kernel(DeviceType::kCpu)->run != nullptr,
        "its CPU kernel has no run function");
  check(kernels != 1 || !op.kernel(DeviceType::kCpu)->moves ||
            op.kernel(DeviceType::kCpu)->prepare == nullptr,
        "its CPU kernel is made of moves and has something to prepare");
  check(!op.gradient || !op.zero_gradient, "has a gradient and is said to have none");
  for (const ArgInfo& input : op.inputs)
    check(op.hidden || !input.doc.empty(), "input " + input.name + " has no doc");
  for (size_t i = 0; i < op.params.size(); ++i) {
    const ParamInfo& param = op.params[i];
    check(op.hidden || !param.doc.empty(), "parameter " + param.name + " has no doc");
    check(param.type != "enum" || !param.options.empty(),
          "parameter " + param.name + " has no options");
    for (size_t j = 0; j < i; ++j)
      check(op.params[j].name != param.name, "has two parameters " + param.name);
  }
}

Registry build() {
  Registry registry;
  const auto add = [&](const std::string& name, Op* op) {
    const auto [found, added] = registry.by_name.emplace(name, op);
    if (!added) {
      registry.faults.push_back(op->name + ": the name " + name + " is also that of " +
                                found->second->name);
    }
  };
  for (const auto& op : registrations()) {
    registry.ordered.push_back(op.get());
    checkOne(*op, registry.faults);
    add(op->name, op.get());
  }
  for (const auto& op : registrations()) {
    for (const std::string& alias : op->aliases) add(alias, op.get());
  }
  std::sort(registry.ordered.begin(), registry.ordered.end(),
            [](const Op* a, const Op* b) { return a->name < b->name; });
  return registry;
}

/// Frozen on first use.
Registry& registry() {
  static auto* built = new Registry(build());
  return *built;
}

/// How many letters to change, case aside, to make one name of the other.
size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t change = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string closeMatches(std::string_view name) {
  std::vector<std::pair<size_t, std::string>> close;
  if (name.size() > 100) return {};
  const size_t limit = std::max<size_t>(1, name.size() / 3);
  for (const auto& [known, op] : registry().by_name) {
    if (op->hidden) continue;
    const size_t d = distance(name, known);
    if (d <= limit) close.emplace_back(d, known);
  }
  std::sort(close.begin(), close.end());
  std::string text;
  for (size_t i = 0; i < close.size() && i < 3; ++i)
    text += (i == 0 ? ", did you mean " : " or ") + close[i].second;
  return text.empty() ? text : text + "?";
}

}  // namespace

OpRegistration::OpRegistration(OpBuilder& builder) noexcept {
  registrations().push_back(builder.take());
}
OpRegistration::OpRegistration(OpBuilder&& builder) noexcept {
  registrations().push_back(builder.take());
}

const Op* tryFindOp(std::string_view name) noexcept {
  const auto& by_name = registry().by_name;
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const Op& findOp(std::string_view name) {
  const Op* op = tryFindOp(name);
  TENON_CHECK(op, kInvalidArgument, "operator '", name, "' does not exist", closeMatches(name));
  return *op;
}

const std::vector<const Op*>& allOps() { return registry().ordered; }

std::vector<std::string> registryFaults() { return registry().faults; }

void registerKernel(std::string_view name, DeviceType type, Kernel kernel) {
  static std::mutex mutex;
  const auto& by_name = registry().by_name;
  const auto found = by_name.find(name);
  TENON_CHECK(found != by_name.end(), kInvalidArgument, "operator '", name,
              "' does not exist: its kernel for ", nameOf(type), " cannot be registered");
  const std::lock_guard lock(mutex);
  TENON_CHECK(found->second->kernelCount(type) == 0, kInvalidState, "operator '", name,
              "' already has a kernel for ", nameOf(type));
  found->second->setKernel(type, kernel);
}

}  // namespace tenon
