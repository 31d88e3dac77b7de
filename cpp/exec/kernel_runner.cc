#include "exec/kernel_runner.h"

#include <algorithm>
#include <new>

#include "base/error.h"
#include "engine/variable.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

/// Hands out scratch memory from the device's pool and gives it back when the kernel has returned:
/// on a device with queues, with what was issued to the kernel's queue still under way.
class RunningContext final : public KernelContext {
 public:
  RunningContext(const KernelCall& call, std::span<const TensorView> out)
      : data_outputs_(call.data_outputs), out_(out) {
    attrs_ = call.attrs;
    dynamic_ = call.dynamic;
    prepared_ = call.prepared;
    device_ = call.device;
    queue_ = call.queue;
    random_ = call.random;
    training_ = call.training;
    deterministic_ = call.deterministic;
  }
  ~RunningContext() override {
    if (block_.data != nullptr) releaseIssued(queue_, block_, poolOf(device_));
  }

  void* workspace(size_t bytes) override {
    TENON_CHECK(block_.data == nullptr, kInternal, attrs_->op().name, " asked for workspace twice");
    block_ = poolOf(device_).allocate(std::max<size_t>(bytes, 1));
    return block_.data;
  }

  TensorView allocateOutput(int index, const Shape& shape) override {
    TENON_CHECK(data_outputs_ != nullptr, kInternal, attrs_->op().name,
                " allocates an output whose shape was known before");
    NDArray& array = data_outputs_->at(static_cast<size_t>(index));
    array = NDArray::empty(shape, out_[static_cast<size_t>(index)].dtype, device_);
    return array.view();
  }

 private:
  std::vector<NDArray>* data_outputs_;
  std::span<const TensorView> out_;
  Block block_;
};

/// A block for the length of a scope, used by what is issued to the queue.
class ScratchBlock {
 public:
  ScratchBlock(Device device, Queue* queue, size_t bytes)
      : pool_(poolOf(device)), queue_(queue), block_(pool_.allocate(std::max<size_t>(bytes, 1))) {}
  ~ScratchBlock() { releaseIssued(queue_, block_, pool_); }
  ScratchBlock(const ScratchBlock&) = delete;
  ScratchBlock& operator=(const ScratchBlock&) = delete;
  char* data() const { return static_cast<char*>(block_.data); }

 private:
  MemoryPool& pool_;
  Queue* const queue_;
  Block block_;
};

constexpr size_t kAlignment = 64;

size_t alignedBytes(const TensorView& view) {
  return (static_cast<size_t>(view.bytes()) + kAlignment - 1) / kAlignment * kAlignment;
}

/// Runs with a temporary in the place of every output that is to be added to.
void runThroughTemporaries(const KernelCall& call, std::span<const TensorView> in,
                           std::span<const TensorView> out, std::span<const Request> requests) {
  size_t bytes = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] == Request::kAdd) bytes += alignedBytes(out[i]);
  }
  const ScratchBlock scratch(call.device, call.queue, bytes);
  std::vector<TensorView> targets(out.begin(), out.end());
  std::vector<Request> changed(requests.begin(), requests.end());
  size_t offset = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] != Request::kAdd) continue;
    targets[i] = denseView(scratch.data() + offset, out[i].shape, out[i].dtype, out[i].device);
    changed[i] = Request::kWrite;
    offset += alignedBytes(out[i]);
  }
  {
    RunningContext context(call, targets);
    call.kernel->run(context, in, targets, changed);
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] == Request::kAdd) accumulate(out[i], targets[i], call.device, call.queue);
  }
}

}  // namespace

void runKernel(const KernelCall& call, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  const MakerScope maker(call.attrs->op().name.c_str());
  if (!call.kernel->adds &&
      std::find(requests.begin(), requests.end(), Request::kAdd) != requests.end()) {
    runThroughTemporaries(call, in, out, requests);
    return;
  }
  RunningContext context(call, out);
  call.kernel->run(context, in, out, requests);
}

void accumulate(const TensorView& to, const TensorView& from, Device device, Queue* queue) {
  if (to.size() == 0) return;
  static const OpAttrsPtr attrs = findOp("elemwise_add").parse({});
  const Kernel* kernel = attrs->op().kernel(device.type);
  TENON_CHECK(kernel != nullptr, kUnsupported, "elemwise_add has no kernel for ",
              device.toString());
  const TensorView in[] = {to, from};
  const TensorView out[] = {to};
  const Request requests[] = {Request::kInplace};
  PreparedPtr prepared;
  if (kernel->prepare != nullptr) {
    const TensorSpec specs[] = {{to.shape, to.dtype, nullptr}, {from.shape, from.dtype, nullptr}};
    prepared = kernel->prepare(
        {.attrs = *attrs, .inputs = specs, .outputs = std::span(specs, 1), .device = device});
  }
  KernelCall call;
  call.kernel = kernel;
  call.attrs = attrs.get();
  call.prepared = prepared.get();
  call.dynamic = attrs->dynamicDefaults();
  call.device = device;
  call.queue = queue;
  RunningContext context(call, out);
  kernel->run(context, std::span(in), std::span(out), std::span(requests));
}

std::string describeCall(const OpAttrs& attrs, std::span<const TensorView> in) {
  std::string text = attrs.op().name + "(";
  for (size_t i = 0; i < in.size(); ++i) {
    if (i > 0) text += ", ";
    if (i < attrs.inputNames().size()) text += attrs.inputNames()[i] + ": ";
    text += in[i].shape.toString() + " " + std::string(nameOf(in[i].dtype));
  }
  return text + ")";
}

Error currentErrorWithin(const std::string& context) {
  try {
    throw;
  } catch (const Error& e) {
    return e.within(context);
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kOutOfMemory, context + ": the host has no memory left"};
  } catch (const std::exception& e) {
    return {ErrorKind::kInternal, context + ": " + e.what()};
  } catch (...) {
    return {ErrorKind::kInternal, context + ": an unknown exception"};
  }
}

}  // namespace tenon
