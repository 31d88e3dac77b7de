#include "exec/executor.h"

#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "exec/intern.h"
#include "exec/issue.h"
#include "exec/plan.h"
#include "exec/run.h"
#include "graph/passes/passes.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

using ArrayMap = std::map<std::string, NDArray>;

/// What an executor shares with those that `reshape` makes from it.
class Family {
 public:
  Family(Symbol bound_symbol, Device bound_device, std::map<std::string, Request> bound_requests)
      : symbol(std::move(bound_symbol)),
        device(bound_device),
        requests(std::move(bound_requests)),
        argument_names(symbol.listArguments()),
        auxiliary_names(symbol.listAuxiliaryStates()),
        arena(std::make_shared<Arena>(device)),
        packed(std::make_shared<PackedWeights>()) {}

  /// The plan for those variables, built on first use. The most recently used ones are kept.
  Ref<const Plan> plan(const std::map<std::string, TensorSpec>& variables, bool training) {
    std::string key = training ? "training" : "inference";
    for (const auto& [name, spec] : variables) {
      key += concat(';', name, spec.shape, static_cast<int>(spec.dtype));
    }
    const std::lock_guard lock(mutex_);
    for (auto it = plans_.begin(); it != plans_.end(); ++it) {
      if (it->first != key) continue;
      plans_.splice(plans_.begin(), plans_, it);
      return it->second;
    }
    Ref<const Plan> plan = buildPlan({.outputs = symbol.outputs(),
                                      .variables = variables,
                                      .gradients = requests,
                                      .device = device,
                                      .training = training});
    plans_.emplace_front(std::move(key), plan);
    if (plans_.size() > kMostPlans) plans_.pop_back();
    return plan;
  }

  bool wantsGradients() const {
    for (const auto& [name, request] : requests) {
      if (request != Request::kNull) return true;
    }
    return false;
  }

  const Symbol symbol;
  const Device device;
  const std::map<std::string, Request> requests;
  const std::vector<std::string> argument_names, auxiliary_names;
  const std::shared_ptr<Arena> arena;
  const std::shared_ptr<PackedWeights> packed;

 private:
  static constexpr size_t kMostPlans = 128;  // two for each of 64 shapes

  std::mutex mutex_;
  std::list<std::pair<std::string, Ref<const Plan>>> plans_;
};

std::string listOf(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

NDArray ones(const TensorSpec& spec, Device device) {
  NDArray array = NDArray::empty(spec.shape, spec.dtype, device);
  const NDArray* const inputs[] = {&array};
  issue(internedAttrs(findOp("ones_like"), {}, 1), inputs, std::span(&array, 1), {}, {}, device,
        false);
  return array;
}

class BoundExecutor final : public Executor {
 public:
  BoundExecutor(std::shared_ptr<Family> family, ArrayMap arguments, ArrayMap gradients,
                ArrayMap auxiliary)
      : family_(std::move(family)),
        arguments_(std::move(arguments)),
        gradients_(std::move(gradients)),
        auxiliary_(std::move(auxiliary)) {
    for (const ArrayMap* arrays : {&arguments_, &auxiliary_}) {
      for (const auto& [name, array] : *arrays)
        variables_[name] = {array.shape(), array.dtype(), nullptr};
    }
    makeOutputs();
  }

  void forward(bool training) override {
    const std::lock_guard lock(mutex_);
    Run& run = training ? trainingRun() : inferenceRun();
    owner_ = family_->arena->occupy();
    ready_for_backward_ = training;
    if (const auto monitor = monitor_) {  // which may set another
      run.pushWatched(Plan::kForward, monitor);
    } else {
      run.push(Plan::kForward);
    }
  }

  void backward(const std::vector<NDArray>& head_gradients) override {
    const std::lock_guard lock(mutex_);
    TENON_CHECK(head_gradients.empty() || head_gradients.size() == outputs_.size(),
                kInvalidArgument, "backward is given ", head_gradients.size(),
                " head gradients for ", outputs_.size(), " outputs");
    for (size_t i = 0; i < head_gradients.size(); ++i) checkHeadGradient(head_gradients[i], i);
    TENON_CHECK(ready_for_backward_, kInvalidState,
                "backward needs a forward for training before it, each time");
    TENON_CHECK(owner_ == family_->arena->owner(), kInvalidState,
                "backward comes too late: another executor with the same memory ran since this "
                "one's forward");
    ready_for_backward_ = false;
    Run& run = trainingRun();
    if (!run.plan().hasBackward()) return;
    for (size_t i = 0; i < run.plan().externals.size(); ++i) {
      const External& external = run.plan().externals[i];
      if (external.role != External::Role::kHeadGradient) continue;
      const auto output = static_cast<size_t>(external.index);
      const bool given = !head_gradients.empty() && head_gradients[output].defined();
      run.bind(static_cast<int>(i),
               given ? head_gradients[output] : onesFor(output, external.spec));
    }
    run.push(Plan::kBackward);
  }

  const std::vector<NDArray>& outputs() const override { return outputs_; }
  const ArrayMap& arguments() const override { return arguments_; }
  const ArrayMap& gradients() const override { return gradients_; }
  const ArrayMap& auxiliary() const override { return auxiliary_; }

  std::shared_ptr<Executor> reshape(const std::map<std::string, Shape>& shapes) override;

  void setMonitor(std::function<void(const std::string&, const NDArray&)> monitor) override {
    const std::lock_guard lock(mutex_);
    monitor_ = std::move(monitor);
  }

  MemoryReport memoryReport() const override {
    return family_->plan(variables_, family_->wantsGradients())->memory;
  }

  void setProfiling(bool on) override {
    const std::lock_guard lock(mutex_);
    profiling_ = on;
    for (Run* run : {inference_.get(), training_.get()}) {
      if (run != nullptr) run->setProfiling(on);
    }
  }

  std::vector<OperatorTime> profile() override {
    const std::lock_guard lock(mutex_);
    std::vector<OperatorTime> all;
    for (Run* run : {inference_.get(), training_.get()}) {
      if (run == nullptr) continue;
      const std::vector<TaskTime> times = run->profile();
      for (size_t i = 0; i < times.size(); ++i) {
        if (times[i].calls == 0) continue;
        all.push_back({run->plan().tasks[i].label, times[i].calls,
                       static_cast<double>(times[i].nanoseconds) * 1e-6});
      }
    }
    return all;
  }

 private:
  void makeOutputs() {
    std::map<std::string, Shape> shapes;
    std::map<std::string, DType> types;
    for (const auto& [name, spec] : variables_) {
      shapes[name] = spec.shape;
      types[name] = spec.dtype;
    }
    const std::vector<Shape> out_shapes = family_->symbol.inferShapes(shapes).outputs;
    const std::vector<DType> out_types = family_->symbol.inferTypes(types).outputs;
    for (size_t i = 0; i < out_shapes.size(); ++i) {
      TENON_CHECK(out_shapes[i].known() && out_types[i] != DType::kUnknown, kInvalidArgument,
                  "output ", i, " of the symbol has shape ", out_shapes[i], " and dtype ",
                  nameOf(out_types[i]), ": that does not follow from what is bound");
      outputs_.push_back(NDArray::empty(out_shapes[i], out_types[i], family_->device));
    }
  }

  /// Also of outputs whose operator does not look at it.
  void checkHeadGradient(const NDArray& given, size_t index) const {
    const NDArray& output = outputs_[index];
    TENON_CHECK(
        !given.defined() || (given.shape() == output.shape() && given.dtype() == output.dtype()),
        kInvalidArgument, "backward: the gradient of output ", index, " is ", given.shape(), " ",
        nameOf(given.dtype()), ", expected ", output.shape(), " ", nameOf(output.dtype()));
  }

  Run& inferenceRun() {
    if (inference_ == nullptr) inference_ = makeRun(false);
    return *inference_;
  }
  Run& trainingRun() {
    if (training_ == nullptr) training_ = makeRun(true);
    return *training_;
  }

  std::unique_ptr<Run> makeRun(bool training) {
    auto run =
        std::make_unique<Run>(family_->plan(variables_, training), family_->arena, family_->packed);
    for (size_t i = 0; i < run->plan().externals.size(); ++i) {
      const External& external = run->plan().externals[i];
      run->bind(static_cast<int>(i), arrayFor(external));
    }
    run->setProfiling(profiling_);
    return run;
  }

  NDArray arrayFor(const External& external) {
    switch (external.role) {
      case External::Role::kArgument:
        return arguments_.at(external.name);
      case External::Role::kAuxiliary:
        return auxiliary_.at(external.name);
      case External::Role::kOutput:
        return outputs_.at(static_cast<size_t>(external.index));
      case External::Role::kGradient:
        return gradients_.at(external.name);
      case External::Role::kHeadGradient:
        break;
    }
    return onesFor(static_cast<size_t>(external.index), external.spec);
  }

  const NDArray& onesFor(size_t output, const TensorSpec& spec) {
    NDArray& array = ones_[output];
    if (!array.defined()) array = ones(spec, family_->device);
    return array;
  }

  const std::shared_ptr<Family> family_;
  const ArrayMap arguments_, gradients_, auxiliary_;
  std::map<std::string, TensorSpec> variables_;
  std::vector<NDArray> outputs_;
  std::recursive_mutex mutex_;                // of what follows; a monitor may call back
  std::unordered_map<size_t, NDArray> ones_;  // head gradients that nobody gave, by output
  std::unique_ptr<Run> inference_, training_;
  std::function<void(const std::string&, const NDArray&)> monitor_;
  uint64_t owner_ = 0;
  bool ready_for_backward_ = false;
  bool profiling_ = false;
};

std::shared_ptr<Executor> BoundExecutor::reshape(const std::map<std::string, Shape>& shapes) {
  std::map<std::string, Shape> known;
  for (const auto& [name, shape] : shapes) {
    TENON_CHECK(arguments_.contains(name), kInvalidArgument, "reshape: there is no argument ", name,
                "; the arguments are ", listOf(family_->argument_names));
    known[name] = shape;
  }
  const InferredShapes inferred = family_->symbol.inferShapes(known);
  ArrayMap arguments, gradients, auxiliary;
  const auto fitted = [&](const NDArray& array, const Shape& shape, const std::string& name) {
    if (array.shape() == shape) return array;
    TENON_CHECK(shape.known(), kInvalidArgument, "reshape: the shape of ", name,
                " does not follow from those given");
    return NDArray::empty(shape, array.dtype(), family_->device);
  };
  for (size_t i = 0; i < family_->argument_names.size(); ++i) {
    const std::string& name = family_->argument_names[i];
    const NDArray& array = arguments_.at(name);
    const Shape& shape = inferred.arguments[i].known() ? inferred.arguments[i] : array.shape();
    arguments[name] = fitted(array, shape, name);
    const auto gradient = gradients_.find(name);
    if (gradient != gradients_.end()) gradients[name] = fitted(gradient->second, shape, name);
  }
  for (size_t i = 0; i < family_->auxiliary_names.size(); ++i) {
    const std::string& name = family_->auxiliary_names[i];
    const NDArray& array = auxiliary_.at(name);
    auxiliary[name] =
        fitted(array, inferred.auxiliary[i].known() ? inferred.auxiliary[i] : array.shape(), name);
  }
  return std::make_shared<BoundExecutor>(family_, std::move(arguments), std::move(gradients),
                                         std::move(auxiliary));
}

/// Takes what the symbol wants out of what is given.
ArrayMap pick(const std::vector<std::string>& names, const ArrayMap& given, Device device,
              const char* what) {
  ArrayMap picked;
  for (const std::string& name : names) {
    const auto found = given.find(name);
    TENON_CHECK(found != given.end() && found->second.defined(), kInvalidArgument, "bind: ", what,
                " ", name, " is missing; needed are ", listOf(names));
    TENON_CHECK(found->second.device() == device, kInvalidArgument, "bind: ", what, " ", name,
                " is on ", found->second.device().toString(), ", expected ", device.toString());
    picked[name] = found->second;
  }
  return picked;
}

ArrayMap pickGradients(const ArrayMap& arguments, const ArrayMap& given,
                       std::map<std::string, Request>* requests, Device device) {
  for (const auto& [name, request] : *requests) {
    TENON_CHECK(arguments.contains(name), kInvalidArgument, "bind: a gradient is requested for ",
                name, ", which is no argument");
  }
  ArrayMap picked;
  for (const auto& [name, array] : arguments) {
    const auto gradient = given.find(name);
    const bool has = gradient != given.end() && gradient->second.defined();
    const auto [request, inserted] =
        requests->emplace(name, has ? Request::kWrite : Request::kNull);
    if (request->second == Request::kInplace) request->second = Request::kWrite;
    if (request->second == Request::kNull && !has) continue;
    TENON_CHECK(has, kInvalidArgument, "bind: the gradient of ", name,
                " is requested, but no array is given for it");
    TENON_CHECK(
        gradient->second.shape() == array.shape() && gradient->second.dtype() == array.dtype() &&
            gradient->second.device() == device,
        kInvalidArgument, "bind: the gradient of ", name, " is ", gradient->second.shape(), " ",
        nameOf(gradient->second.dtype()), " on ", gradient->second.device().toString(),
        ", expected ", array.shape(), " ", nameOf(array.dtype()), " on ", device.toString());
    picked[name] = gradient->second;
  }
  return picked;
}

}  // namespace

std::shared_ptr<Executor> Executor::bind(const Symbol& symbol, Device device,
                                         const ArrayMap& arguments, const ArrayMap& gradients,
                                         const std::map<std::string, Request>& requests,
                                         const ArrayMap& auxiliary) {
  checkDevice(device);
  std::map<std::string, Request> wanted = requests;
  ArrayMap bound = pick(symbol.listArguments(), arguments, device, "argument");
  ArrayMap states = pick(symbol.listAuxiliaryStates(), auxiliary, device, "auxiliary state");
  ArrayMap targets = pickGradients(bound, gradients, &wanted, device);
  auto family = std::make_shared<Family>(symbol, device, std::move(wanted));
  return std::make_shared<BoundExecutor>(std::move(family), std::move(bound), std::move(targets),
                                         std::move(states));
}

}  // namespace tenon
