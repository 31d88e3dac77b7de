#include "ops/linalg/through_float.h"

#include <algorithm>
#include <memory>
#include <new>

#include "base/half.h"
#include "base/parallel.h"
#include "ops/registry/op.h"

namespace tenon {
namespace {

constexpr int64_t kFloor = 16384;

template <class Half>
void widen(const Half* from, float* to, int64_t count) {
  parallelFor(count, kFloor, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] = from[i];
  });
}

template <class Half>
void narrow(const float* from, Half* to, int64_t count) {
  parallelFor(count, kFloor, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] = Half(from[i]);
  });
}

/// Float copies of half operands, made and given back together.
class FloatViews {
 public:
  explicit FloatViews(std::span<const TensorView> views)
      : views_(views.begin(), views.end()), copies_(views.size()) {}

  void convert(size_t index, bool load) {
    TensorView& view = views_[index];
    if (!isHalf(view.dtype) || view.data == nullptr) return;
    const auto count = static_cast<size_t>(view.size());
    copies_[index].reset(static_cast<float*>(
        ::operator new(std::max<size_t>(count, 1) * sizeof(float), kAlignment)));
    if (load) halvesToFloat(view.dtype, view.data, copies_[index].get(), view.size());
    view = denseView(copies_[index].get(), view.shape, DType::kFloat32, view.device);
  }
  void store(size_t index, const TensorView& original) const {
    if (copies_[index])
      floatToHalves(original.dtype, copies_[index].get(), original.data, original.size());
  }
  std::span<const TensorView> views() const { return views_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Release {
    void operator()(float* data) const { ::operator delete(data, kAlignment); }
  };
  std::vector<TensorView> views_;
  std::vector<std::unique_ptr<float, Release>> copies_;
};

/// The caller's context, seen by the inner kernel.
class InnerContext final : public KernelContext {
 public:
  explicit InnerContext(KernelContext& outer) : KernelContext(outer), outer_(outer) {}
  void* workspace(size_t bytes) override { return outer_.workspace(bytes); }
  TensorView allocateOutput(int index, const Shape& shape) override {
    return outer_.allocateOutput(index, shape);
  }

 private:
  KernelContext& outer_;
};

bool anyHalf(std::span<const TensorView> views) {
  return std::any_of(views.begin(), views.end(),
                     [](const TensorView& v) { return isHalf(v.dtype); });
}

std::vector<TensorSpec> asFloat(std::span<const TensorSpec> specs) {
  std::vector<TensorSpec> result(specs.begin(), specs.end());
  for (TensorSpec& spec : result) {
    if (isHalf(spec.dtype)) spec.dtype = DType::kFloat32;
    spec.layout = nullptr;
  }
  return result;
}

}  // namespace

void halvesToFloat(DType dtype, const void* from, float* to, int64_t count) {
  if (dtype == DType::kFloat16) {
    widen(static_cast<const Float16*>(from), to, count);
  } else {
    widen(static_cast<const BFloat16*>(from), to, count);
  }
}

void floatToHalves(DType dtype, const float* from, void* to, int64_t count) {
  if (dtype == DType::kFloat16) {
    narrow(from, static_cast<Float16*>(to), count);
  } else {
    narrow(from, static_cast<BFloat16*>(to), count);
  }
}

namespace through_float_detail {

PreparedPtr prepare(const PrepareContext& context, PrepareFunction inner) {
  const auto half = [](const TensorSpec& spec) { return isHalf(spec.dtype); };
  if (std::none_of(context.inputs.begin(), context.inputs.end(), half) &&
      std::none_of(context.outputs.begin(), context.outputs.end(), half)) {
    return inner(context);
  }
  const std::vector<TensorSpec> inputs = asFloat(context.inputs);
  const std::vector<TensorSpec> outputs = asFloat(context.outputs);
  return inner({.attrs = context.attrs,
                .inputs = inputs,
                .outputs = outputs,
                .device = context.device,
                .training = context.training,
                .layouts_free = false});
}

void run(KernelContext& context, std::span<const TensorView> in, std::span<const TensorView> out,
         std::span<const Request> requests, RunFunction inner) {
  if (!anyHalf(in) && !anyHalf(out)) {
    inner(context, in, out, requests);
    return;
  }
  FloatViews inputs(in), outputs(out);
  std::vector<Request> inner_requests(requests.begin(), requests.end());
  for (size_t i = 0; i < in.size(); ++i) inputs.convert(i, true);
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] == Request::kNull) continue;
    outputs.convert(i, requests[i] == Request::kAdd);
    if (requests[i] == Request::kInplace && isHalf(out[i].dtype))
      inner_requests[i] = Request::kWrite;
  }
  InnerContext inner_context(context);
  inner(inner_context, inputs.views(), outputs.views(), inner_requests);
  for (size_t i = 0; i < in.size(); ++i) {
    if (context.attrs().mutates(static_cast<int>(i))) inputs.store(i, in[i]);
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] != Request::kNull) outputs.store(i, out[i]);
  }
}

}  // namespace through_float_detail
}  // namespace tenon
