#include "exec/invoke.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/settings.h"
#include "engine/engine.h"
#include "engine/inline_task.h"
#include "exec/backlog.h"
#include "exec/intern.h"
#include "exec/issue.h"
#include "exec/kernel_runner.h"
#include "exec/origin.h"
#include "exec/signature_cache.h"
#include "exec/small_buffer.h"
#include "exec/tape.h"
#include "exec/thread_state.h"
#include "memory/pool.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

/// An output that overlaps an input which the operator may not overwrite: computed beside, then
/// moved in.
struct Staged {
  NDArray temporary;
  NDArray target;
  Request request = Request::kWrite;
};

/// A call on its way through the engine: owns what it touches.
struct Call final : RefCounted {
  Ref<const Signature> signature;
  std::vector<TensorView> views;
  std::vector<Request> requests;
  std::vector<Ref<Storage>> operands;
  std::vector<double> dynamic;
  std::vector<Staged> staged;
  Ref<const Origin> origin;
  RandomState random;
  bool deterministic = false;
  std::vector<NDArray>* data_outputs = nullptr;

  void run(Queue* queue) const;
};

void runSignature(const Signature& signature, std::span<const TensorView> views,
                  std::span<const Request> requests, KernelCall& call,
                  const Ref<const Origin>& origin) {
  const auto in = views.first(static_cast<size_t>(signature.num_inputs));
  call.kernel = signature.kernel;
  call.attrs = signature.attrs.get();
  call.prepared = signature.prepared.get();
  call.device = signature.device;
  call.training = signature.training;
  try {
    runKernel(call, in, views.subspan(in.size()), requests);
  } catch (...) {
    throw currentErrorWithin(describeCall(*signature.attrs, in) + issuedAt(origin));
  }
}

void Call::run(Queue* queue) const {
  KernelCall call;
  call.dynamic = dynamic;
  call.queue = queue;
  call.random = random;
  call.deterministic = deterministic;
  call.data_outputs = data_outputs;
  runSignature(*signature, views, requests, call, origin);
  for (const Staged& item : staged) {
    const TensorView to = item.target.view();
    if (item.request == Request::kAdd) {
      accumulate(to, item.temporary.view(), to.device, queue);
    } else {
      runtimeOf(to.device.type)
          .copy(queue, to.data, to.device, item.temporary.view().data, to.device,
                static_cast<size_t>(to.bytes()));
    }
  }
}

/// What is read and what is written, each variable once.
struct Dependencies {
  SmallBuffer<Variable*, 8> reads, writes;

  void write(const NDArray& array) {
    if (!writes.contains(&array.variable())) writes.push_back(&array.variable());
  }
  void read(const NDArray& array) { reads.push_back(&array.variable()); }
};

bool overlap(const NDArray& a, const NDArray& b) {
  return a.storage() == b.storage() && a.offsetBytes() < b.offsetBytes() + b.bytes() &&
         b.offsetBytes() < a.offsetBytes() + a.bytes();
}

/// One call between its look-up and its push.
class Issuer {
 public:
  Issuer(CallSlot& slot, std::span<const NDArray* const> inputs, std::span<NDArray> outputs,
         std::span<const Request> requests)
      : slot_(slot),
        signature_(*slot.signature),
        inputs_(inputs),
        outputs_(outputs),
        requests_(requests) {}

  /// Allocates or checks outputs and points the slot's views at their data.
  void setUp() {
    const MakerScope maker(signature_.op.name.c_str());
    for (size_t i = 0; i < inputs_.size(); ++i) slot_.views[i].data = dataOf(*inputs_[i]);
    for (size_t i = 0; i < static_cast<size_t>(signature_.num_outputs); ++i) setUpOutput(i);
  }

  /// Runs at once on this thread if that is allowed and nothing has to be waited for, else pushes.
  void run(std::span<const double> dynamic);
  /// For shapes that depend on data: pushes, waits and returns all outputs.
  std::vector<NDArray> runForShapes(std::span<const double> dynamic);

 private:
  static void* dataOf(const NDArray& array) {
    return static_cast<char*>(array.storage()->data()) + array.offsetBytes();
  }
  Request wanted(size_t i) const {
    if (i >= outputs_.size()) return Request::kNull;
    return requests_.empty() ? Request::kWrite : requests_[i];
  }

  void setUpOutput(size_t i) {
    TensorView& view = slot_.views[inputs_.size() + i];
    Request& request = slot_.requests[i];
    request = wanted(i);
    view.data = nullptr;
    if (request == Request::kNull) return;
    NDArray& output = outputs_[i];
    if (signature_.data_dependent) {
      TENON_CHECK(
          !output.defined(), kUnsupported, signature_.op.name,
          " makes outputs whose shapes depend on data; it cannot write into arrays that are given");
      return;
    }
    if (!output.defined()) {
      TENON_CHECK(request != Request::kAdd, kInternal, signature_.op.name,
                  " is to add to an output that is not there");
      output = NDArray::empty(view.shape, view.dtype, signature_.device);
    } else {
      outputs_given_ = true;
      checkGiven(output, view, i);
      resolveAlias(i);
      if (!staged_.empty() && staged_.back().target.storage() == output.storage() &&
          staged_.back().target.offsetBytes() == output.offsetBytes()) {
        view.data = dataOf(staged_.back().temporary);
        return;
      }
    }
    view.data = dataOf(output);
  }

  void checkGiven(const NDArray& output, const TensorView& expected, size_t i) const {
    TENON_CHECK(output.shape() == expected.shape && output.dtype() == expected.dtype,
                kInvalidArgument, describeCall(*signature_.attrs, signature_.inputViews()),
                ": output ", signature_.attrs->outputName(static_cast<int>(i)), " is given as ",
                output.shape(), " ", nameOf(output.dtype()), ", expected ", expected.shape, " ",
                nameOf(expected.dtype));
    TENON_CHECK(output.device() == signature_.device, kInvalidArgument, signature_.op.name,
                ": output ", signature_.attrs->outputName(static_cast<int>(i)), " is on ",
                output.device().toString(), ", the call runs on ", signature_.device.toString());
  }

  /// Decides between in place and a temporary where output `i` overlaps inputs.
  void resolveAlias(size_t i) {
    const NDArray& output = outputs_[i];
    bool overlaps = false;
    bool allowed = true;
    for (size_t j = 0; j < inputs_.size(); ++j) {
      if (!overlap(output, *inputs_[j])) continue;
      overlaps = true;
      const auto& pairs = signature_.op.inplace;
      const std::pair<int, int> pair{static_cast<int>(j), static_cast<int>(i)};
      allowed = allowed && output.offsetBytes() == inputs_[j]->offsetBytes() &&
                output.bytes() == inputs_[j]->bytes() && slot_.requests[i] != Request::kAdd &&
                std::find(pairs.begin(), pairs.end(), pair) != pairs.end();
    }
    if (!overlaps) return;
    if (allowed) {
      slot_.requests[i] = Request::kInplace;
      return;
    }
    staged_.push_back({NDArray::empty(output.shape(), output.dtype(), output.device()), output,
                       slot_.requests[i]});
    slot_.requests[i] = Request::kWrite;
  }

  Dependencies dependencies() const;
  TaskOptions options() const;
  RandomState random() const;
  void bumpVersions() const;
  /// The call as an object of its own that owns what it touches.
  Ref<Call> detachedCall(std::span<const double> dynamic, RandomState state, bool deterministic);

  CallSlot& slot_;
  const Signature& signature_;
  std::span<const NDArray* const> inputs_;
  std::span<NDArray> outputs_;
  std::span<const Request> requests_;
  std::vector<Staged> staged_;
  bool outputs_given_ = false;
};

Dependencies Issuer::dependencies() const {
  Dependencies all;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (signature_.mutates && signature_.attrs->mutates(static_cast<int>(i))) {
      all.write(*inputs_[i]);
    } else {
      all.read(*inputs_[i]);
    }
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (wanted(i) != Request::kNull && outputs_[i].defined()) all.write(outputs_[i]);
  }
  // On a device they outlive the call by what it has issued.
  for (const Staged& item : staged_) all.write(item.temporary);
  return all;
}

TaskOptions Issuer::options() const {
  TaskOptions options;
  options.name = signature_.op.name.c_str();
  options.device = signature_.device;
  options.may_run_inline = signature_.may_run_inline;
  return options;
}

RandomState Issuer::random() const {
  return signature_.random_count > 0 ? reserveRandom(signature_.device, signature_.random_count)
                                     : RandomState{};
}

void Issuer::bumpVersions() const {
  for (size_t i = 0; signature_.mutates && i < inputs_.size(); ++i) {
    if (signature_.attrs->mutates(static_cast<int>(i))) inputs_[i]->storage()->bumpVersion();
  }
  for (size_t i = 0; outputs_given_ && i < outputs_.size(); ++i) {
    if (wanted(i) != Request::kNull && outputs_[i].defined()) {
      outputs_[i].storage()->bumpVersion();
    }
  }
}

void Issuer::run(std::span<const double> dynamic) {
  Dependencies needs = dependencies();
  const RandomState state = random();
  const bool deterministic = isDeterministic();
  const Ref<const Origin> origin = currentOrigin();
  const auto run_here = [&] {
    KernelCall call;
    call.dynamic = dynamic;
    call.random = state;
    call.deterministic = deterministic;
    runSignature(signature_, slot_.views, slot_.requests, call, origin);
  };
  if (!signature_.may_run_inline || signature_.device.type != DeviceType::kCpu ||
      !staged_.empty() ||
      !tryInline(Engine::get(), needs.reads.span(), needs.writes.span(), options(), run_here)) {
    Ref<Call> call = detachedCall(dynamic, state, deterministic);
    call->origin = origin;
    Engine::get().push([call](TaskContext& context) { call->run(context.queue()); },
                       needs.reads.span(), needs.writes.span(), options());
  }
  bumpVersions();
}

std::vector<NDArray> Issuer::runForShapes(std::span<const double> dynamic) {
  std::vector<NDArray> results(static_cast<size_t>(signature_.num_outputs));
  Dependencies needs = dependencies();
  Ref<Call> call = detachedCall(dynamic, random(), isDeterministic());
  call->data_outputs = &results;
  Variable done;
  needs.writes.push_back(&done);
  Engine::get().push([call](TaskContext& context) { call->run(context.queue()); },
                     needs.reads.span(), needs.writes.span(), options());
  // Throws the task's error; afterwards the engine has let go of `done`.
  Engine::get().waitToWrite(done);
  bumpVersions();
  return results;
}

Ref<Call> Issuer::detachedCall(std::span<const double> dynamic, RandomState state,
                               bool deterministic) {
  Ref<Call> call = makeRef<Call>();
  call->signature = slot_.signature;
  call->views = slot_.views;
  call->requests = slot_.requests;
  call->dynamic.assign(dynamic.begin(), dynamic.end());
  call->random = state;
  call->deterministic = deterministic;
  call->operands.reserve(inputs_.size() + outputs_.size());
  for (const NDArray* input : inputs_) call->operands.push_back(input->storage());
  for (const NDArray& output : outputs_) {
    if (output.defined()) call->operands.push_back(output.storage());
  }
  call->staged = std::move(staged_);
  return call;
}

std::string listOf(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

void checkInputs(const OpAttrs& attrs, std::span<const NDArray* const> inputs) {
  TENON_CHECK(inputs.size() == static_cast<size_t>(attrs.numInputs()), kInvalidArgument,
              attrs.op().name, " takes ", attrs.numInputs(), " inputs, ", inputs.size(),
              " are given: expected ", listOf(attrs.inputNames()));
  for (size_t i = 0; i < inputs.size(); ++i) {
    TENON_CHECK(inputs[i] != nullptr && inputs[i]->defined(), kInvalidArgument, attrs.op().name,
                ": input ", attrs.inputNames()[i], " is no array");
    TENON_CHECK(inputs[i]->device() == inputs[0]->device(), kInvalidArgument, attrs.op().name,
                ": input ", attrs.inputNames()[i], " is on ", inputs[i]->device().toString(),
                ", but ", attrs.inputNames()[0], " is on ", inputs[0]->device().toString(),
                "; copy it there first");
  }
}

void waitForOutputs(std::span<const NDArray> outputs) {
  for (const NDArray& output : outputs) {
    if (output.defined()) output.waitToRead();
  }
}

}  // namespace

void issue(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
           std::span<NDArray> outputs, std::span<const Request> requests,
           std::span<const double> dynamic, Device device, bool training) {
  checkInputs(*attrs, inputs);
  if (!inputs.empty()) device = inputs[0]->device();
  CallSlot& slot = findSignature(attrs, inputs, outputs, device, training);
  const Signature& signature = *slot.signature;
  TENON_CHECK(outputs.size() >= static_cast<size_t>(signature.num_visible) &&
                  outputs.size() <= static_cast<size_t>(signature.num_outputs),
              kInvalidArgument, signature.op.name, " has ", signature.num_visible,
              " outputs, room is given for ", outputs.size());
  if (dynamic.empty()) dynamic = attrs->dynamicDefaults();
  TENON_CHECK(dynamic.size() == attrs->dynamicDefaults().size(), kInvalidArgument,
              signature.op.name, " has ", attrs->dynamicDefaults().size(), " dynamic parameters, ",
              dynamic.size(), " values are given");

  Issuer issuer(slot, inputs, outputs, requests);
  issuer.setUp();
  if (signature.nothing_to_do) return;
  if (!signature.data_dependent) {
    issuer.run(dynamic);
  } else {
    std::vector<NDArray> results = issuer.runForShapes(dynamic);
    for (size_t i = 0; i < outputs.size(); ++i) outputs[i] = std::move(results[i]);
  }
  if (settings().synchronous) waitForOutputs(outputs);
}

void invoke(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
            std::span<NDArray> outputs, std::span<const double> dynamic, Device device) {
  const ThreadState& state = threadState();
  if (!state.recording || !reachesTape(inputs)) {
    issue(attrs, inputs, outputs, {}, dynamic, device, state.training);
    if (!outputs.empty()) limitBacklog(outputs[0]);
    return;
  }
  TENON_CHECK(outputs.size() == static_cast<size_t>(attrs->numVisibleOutputs()), kInvalidArgument,
              attrs->op().name, " has ", attrs->numVisibleOutputs(), " outputs, room is given for ",
              outputs.size());
  for (const NDArray& output : outputs) {
    const TapeExtension* place = output.defined() ? tapeOf(output) : nullptr;
    TENON_CHECK(
        place == nullptr || !place->node()->isVariable(), kInvalidState, attrs->op().name,
        ": an array with a gradient cannot be written while recording; its gradient would be",
        " lost");
  }
  std::vector<NDArray> all(outputs.begin(), outputs.end());
  all.resize(static_cast<size_t>(attrs->numOutputs()));
  issue(attrs, inputs, all, {}, dynamic, device, state.training);
  recordCall(attrs, inputs, all, dynamic);
  limitBacklog(all[0]);
  std::move(all.begin(), all.begin() + static_cast<ptrdiff_t>(outputs.size()), outputs.begin());
}

std::vector<NDArray> invoke(std::string_view op, const AttrMap& attrs,
                            const std::vector<NDArray>& inputs, Device device) {
  const OpAttrsPtr parsed = internedAttrs(findOp(op), attrs, static_cast<int>(inputs.size()));
  std::vector<const NDArray*> pointers;
  for (const NDArray& input : inputs) pointers.push_back(&input);
  std::vector<NDArray> outputs(static_cast<size_t>(parsed->numVisibleOutputs()));
  invoke(parsed, pointers, outputs, {}, device);
  return outputs;
}

}  // namespace tenon
