// Running one operator by name on host buffers, without engine or exec: parses the attributes,
// infers shapes and dtypes, prepares and runs the kernel with the requests asked for, on the CPU or
// on copies in a device's memory.
//
//   HostArray a = HostArray::of({2, 2}, {1, 2, 3, 4});
//   EXPECT_THAT(runOp("_plus_scalar", {a}, {{"scalar", "1"}})[0].values(), ElementsAre(2, 3, 4,
//   5));
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/dtype.h"
#include "base/error.h"
#include "base/half.h"
#include "base/shape.h"
#include "ops/registry/registry.h"
#include "support/device_mirror.h"

namespace tenon {

/// Where operators run that have a kernel for its type; all others run on cpu(0). Executables that
/// test a device library set it.
inline Device run_device = Device::cpu();

/// Calls f(T{}) with the element type of `dtype` (uint8_t for bool, which is stored as 0 or 1).
template <class F>
decltype(auto) visitElementType(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kFloat32:
      return f(float{});
    case DType::kFloat64:
      return f(double{});
    case DType::kFloat16:
      return f(Float16{});
    case DType::kBFloat16:
      return f(BFloat16{});
    case DType::kUInt8:
      return f(uint8_t{});
    case DType::kInt8:
      return f(int8_t{});
    case DType::kInt32:
      return f(int32_t{});
    case DType::kInt64:
      return f(int64_t{});
    case DType::kBool:
      return f(uint8_t{});
    case DType::kUnknown:
      break;
  }
  fail(ErrorKind::kInternal, "the test array has no dtype");
}

/// A dense array in the test's memory. Copies are deep. `misalign` shifts its first element by so
/// many elements away from a 64-byte boundary.
class HostArray {
 public:
  HostArray() = default;
  HostArray(const Shape& shape, DType dtype, int misalign = 0)
      : shape_(shape),
        dtype_(dtype),
        offset_(static_cast<size_t>(misalign) * sizeOf(dtype)),
        bytes_(static_cast<size_t>(shape.size()) * sizeOf(dtype)),
        memory_(bytes_ + offset_ + 128) {}

  static HostArray of(const Shape& shape, const std::vector<double>& values,
                      DType dtype = DType::kFloat32, int misalign = 0) {
    HostArray array(shape, dtype, misalign);
    TENON_CHECK(static_cast<int64_t>(values.size()) == shape.size(), kInternal, values.size(),
                " values for shape ", shape);
    for (size_t i = 0; i < values.size(); ++i) array.set(static_cast<int64_t>(i), values[i]);
    return array;
  }

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  int64_t size() const { return shape_.size(); }
  void* data() { return begin(); }
  template <class T>
  T* as() {
    return static_cast<T*>(data());
  }
  TensorView view() { return denseView(data(), shape_, dtype_, Device::cpu()); }

  double get(int64_t i) const {
    return visitElementType(dtype_, [&](auto type) {
      using T = decltype(type);
      T value;
      std::memcpy(&value,
                  const_cast<HostArray*>(this)->begin() + static_cast<size_t>(i) * sizeof(T),
                  sizeof(T));
      return static_cast<double>(value);
    });
  }
  void set(int64_t i, double number) {
    visitElementType(dtype_, [&](auto type) {
      using T = decltype(type);
      T value;
      if constexpr (sizeof(T) == 2) {
        value = T(static_cast<float>(number));
      } else {
        value = static_cast<T>(dtype_ == DType::kBool ? (number != 0) : number);
      }
      std::memcpy(begin() + static_cast<size_t>(i) * sizeof(T), &value, sizeof(T));
    });
  }
  std::vector<double> values() const {
    std::vector<double> all;
    for (int64_t i = 0; i < size(); ++i) all.push_back(get(i));
    return all;
  }

 private:
  std::byte* begin() {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    return memory_.data() + ((64 - address % 64) % 64 + offset_);
  }

  // The alignment depends on the address, so a copied array copies element by element.
 public:
  HostArray(const HostArray& other) : HostArray(other.shape_, other.dtype_) { *this = other; }
  HostArray& operator=(const HostArray& other) {
    if (this == &other) return *this;
    shape_ = other.shape_;
    dtype_ = other.dtype_;
    offset_ = other.offset_;
    bytes_ = other.bytes_;
    memory_.assign(other.memory_.size(), std::byte{0});
    if (bytes_ > 0) std::memcpy(begin(), const_cast<HostArray&>(other).begin(), bytes_);
    return *this;
  }

 private:
  Shape shape_ = Shape({0});
  DType dtype_ = DType::kFloat32;
  size_t offset_ = 0;
  size_t bytes_ = 0;
  std::vector<std::byte> memory_;
};

/// How `runOp` runs the operator. What is empty is as in a plain call.
struct RunOptions {
  bool training = false;
  RandomState random = {};
  /// Per output; kWrite by default. kAdd adds to `previous`, kNull leaves it as it is.
  std::vector<Request> requests = {};
  /// What the outputs hold before the run; else every byte is 0xA5.
  std::vector<HostArray> previous = {};
  /// (input, output) pairs that share memory; their request should be kInplace.
  std::vector<std::pair<int, int>> shared = {};
  /// In place of the dynamic parameters' values in the attributes.
  std::vector<double> dynamics = {};
  /// Written data begins so many elements after a 64-byte boundary.
  int misalign = 0;
};

namespace op_runner_detail {

class Context final : public KernelContext {
 public:
  Context(const OpAttrs& attrs, const RunOptions& options, const Prepared* prepared, Device device,
          std::vector<HostArray>& outputs)
      : outputs_(outputs), mirror_(device) {
    attrs_ = &attrs;
    dynamic_ = options.dynamics.empty() ? attrs.dynamicDefaults()
                                        : std::span<const double>(options.dynamics);
    prepared_ = prepared;
    random_ = options.random;
    training_ = options.training;
    device_ = device;
    queue_ = mirror_.queue();
  }
  void* workspace(size_t bytes) override {
    TENON_CHECK(workspace_.empty(), kInternal, "workspace is asked for twice in one run");
    workspace_.assign(bytes + 64, std::byte{0xA5});
    char* const begin = reinterpret_cast<char*>(workspace_.data());
    return mirror_.to(begin + (64 - reinterpret_cast<uintptr_t>(begin) % 64) % 64, bytes);
  }
  TensorView allocateOutput(int index, const Shape& shape) override {
    HostArray& output = outputs_[static_cast<size_t>(index)];
    output = HostArray(shape, output.dtype());
    return mirror_.to(output.view());
  }
  DeviceMirror& mirror() { return mirror_; }

 private:
  std::vector<HostArray>& outputs_;
  DeviceMirror mirror_;
  std::vector<std::byte> workspace_;
};

}  // namespace op_runner_detail

/// Runs the operator; the inputs it mutates change in `inputs`. Returns all outputs, hidden ones
/// included.
inline std::vector<HostArray> runOpOn(std::vector<HostArray>& inputs, std::string_view name,
                                      const AttrMap& dict = {}, const RunOptions& options = {}) {
  const Op& op = findOp(name);
  const OpAttrsPtr attrs = op.parse(dict, static_cast<int>(inputs.size()));
  const auto count = static_cast<size_t>(attrs->numOutputs());

  std::vector<Shape> in_shapes, out_shapes(count);
  std::vector<DType> in_types, out_types(count, DType::kUnknown);
  for (HostArray& input : inputs) {
    in_shapes.push_back(input.shape());
    in_types.push_back(input.dtype());
  }
  op.infer_shape(*attrs, in_shapes, out_shapes);
  op.infer_type(*attrs, in_types, out_types);

  std::vector<TensorSpec> in_specs, out_specs;
  for (size_t i = 0; i < inputs.size(); ++i)
    in_specs.push_back({in_shapes[i], in_types[i], nullptr});
  for (size_t i = 0; i < count; ++i) out_specs.push_back({out_shapes[i], out_types[i], nullptr});

  const Device device = op.kernel(run_device.type) == nullptr ? Device::cpu() : run_device;
  const Kernel* kernel = op.kernel(device.type);
  TENON_CHECK(kernel, kUnsupported, "operator ", name, " has no CPU kernel");
  PreparedPtr prepared;
  if (kernel->prepare) {
    prepared = kernel->prepare({*attrs, in_specs, out_specs, device, options.training, false});
  }

  std::vector<Request> requests(count, Request::kWrite);
  for (size_t i = 0; i < options.requests.size(); ++i) requests[i] = options.requests[i];
  std::vector<HostArray> outputs;
  for (size_t i = 0; i < count; ++i) {
    HostArray output(out_shapes[i].known() ? out_shapes[i] : Shape({0}), out_types[i],
                     options.misalign);
    if (output.size() > 0)
      std::memset(output.data(), 0xA5, static_cast<size_t>(output.view().bytes()));
    if (i < options.previous.size()) output = options.previous[i];
    outputs.push_back(output);
  }

  std::vector<TensorView> in_views, out_views;
  for (HostArray& input : inputs) in_views.push_back(input.view());
  std::vector<HostArray> before;  // to add to, for kernels that do not add
  for (size_t i = 0; i < count; ++i) {
    out_views.push_back(outputs[i].view());
    for (const auto& [from, to] : options.shared) {
      if (static_cast<size_t>(to) == i)
        out_views[i].data = in_views[static_cast<size_t>(from)].data;
    }
  }
  std::vector<Request> passed = requests;
  if (!kernel->adds) {
    before = outputs;
    for (Request& request : passed) {
      if (request == Request::kAdd) request = Request::kWrite;
    }
  }
  {
    op_runner_detail::Context context(*attrs, options, prepared.get(), device, outputs);
    for (TensorView& view : in_views) view = context.mirror().to(view);
    for (TensorView& view : out_views) view = context.mirror().to(view);
    kernel->run(context, in_views, out_views, passed);
    context.mirror().readBack();
  }
  for (size_t i = 0; i < before.size(); ++i) {
    if (requests[i] != Request::kAdd) continue;
    for (int64_t j = 0; j < outputs[i].size(); ++j)
      outputs[i].set(j, before[i].get(j) + outputs[i].get(j));
  }
  for (const auto& [from, to] : options.shared)
    outputs[static_cast<size_t>(to)] = inputs[static_cast<size_t>(from)];
  return outputs;
}

inline std::vector<HostArray> runOp(std::string_view name, std::vector<HostArray> inputs,
                                    const AttrMap& dict = {}, const RunOptions& options = {}) {
  return runOpOn(inputs, name, dict, options);
}

}  // namespace tenon
