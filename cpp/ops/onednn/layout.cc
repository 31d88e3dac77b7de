#include "ops/onednn/layout.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/parallel.h"
#include "ops/onednn/primitive.h"

namespace tenon::onednn {

dnnl::memory::data_type typeOf(DType dtype) {
  using Type = dnnl::memory::data_type;
  switch (dtype) {
    case DType::kFloat32:
      return Type::f32;
    case DType::kFloat64:
      return Type::f64;
    case DType::kFloat16:
      return Type::f16;
    case DType::kBFloat16:
      return Type::bf16;
    case DType::kUInt8:
      return Type::u8;
    case DType::kInt8:
      return Type::s8;
    case DType::kInt32:
      return Type::s32;
    default:
      fail(ErrorKind::kUnsupported, "oneDNN has no dtype ", nameOf(dtype));
  }
}

Dims dimsOf(const Shape& shape) {
  if (shape.rank() == 0) return {1};
  return {shape.begin(), shape.end()};
}

Desc permuted(const Dims& dims, const std::vector<int>& order, DType dtype) {
  Dims strides(dims.size());
  int64_t stride = 1;
  for (auto axis = order.rbegin(); axis != order.rend(); ++axis) {
    strides[static_cast<size_t>(*axis)] = stride;
    stride *= std::max<int64_t>(dims[static_cast<size_t>(*axis)], 1);
  }
  return {dims, typeOf(dtype), strides};
}

Desc rowMajor(const Dims& dims, DType dtype) {
  std::vector<int> order(dims.size());
  std::iota(order.begin(), order.end(), 0);
  return permuted(dims, order, dtype);
}

Desc channelsLast(const Dims& dims, DType dtype) {
  std::vector<int> order(dims.size());
  std::iota(order.begin(), order.end(), 0);
  if (dims.size() > 2) std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return permuted(dims, order, dtype);
}

Desc anyFormat(const Dims& dims, DType dtype) {
  return {dims, typeOf(dtype), dnnl::memory::format_tag::any};
}

bool DnnlLayout::equals(const Layout& other) const {
  const auto* layout = dynamic_cast<const DnnlLayout*>(&other);
  return layout != nullptr && layout->desc_ == desc_;
}

bool isRowMajor(const Desc& desc) {
  if (desc.get_format_kind() != dnnl::memory::format_kind::blocked || desc.get_inner_nblks() != 0)
    return false;
  const Dims dims = desc.get_dims();
  const Dims strides = desc.get_strides();
  int64_t expected = 1;
  for (size_t axis = dims.size(); axis-- > 0;) {
    if (dims[axis] == 1) continue;
    if (strides[axis] != expected) return false;
    expected *= dims[axis];
  }
  return desc.get_padded_dims() == dims;
}

LayoutPtr layoutOf(const Desc& desc) {
  return isRowMajor(desc) ? nullptr : std::make_shared<DnnlLayout>(desc);
}

Desc descOf(const Shape& shape, DType dtype, const Layout* layout) {
  if (layout == nullptr) return rowMajor(dimsOf(shape), dtype);
  const auto* known = dynamic_cast<const DnnlLayout*>(layout);
  TENON_CHECK(known != nullptr, kInternal, "an array of shape ", shape,
              " has a layout that is not oneDNN's");
  return known->desc();
}

namespace {

/// The few pairs of formats that a thread meets again and again: plans repeat their reorders in
/// every run.
class ReorderCache {
 public:
  const Primitive& find(const Desc& from, const Desc& to) {
    const int threads = currentThreads();
    for (const auto& entry : entries_) {
      if (entry->threads == threads && entry->from == from && entry->to == to)
        return entry->primitive;
    }
    auto entry = std::make_unique<Entry>(Entry{threads, from, to, makeReorder(from, to)});
    if (entries_.size() < kCapacity) {
      entries_.push_back(std::move(entry));
      return entries_.back()->primitive;
    }
    next_ = (next_ + 1) % kCapacity;
    entries_[next_] = std::move(entry);
    return entries_[next_]->primitive;
  }

 private:
  static constexpr size_t kCapacity = 64;
  struct Entry {
    int threads;
    Desc from, to;
    Primitive primitive;
  };
  std::vector<std::unique_ptr<Entry>> entries_;
  size_t next_ = 0;
};

}  // namespace

void reorder(const TensorView& from, const TensorView& to, Queue*) {
  if (from.size() == 0) return;
  Desc source = descOf(from.shape, from.dtype, from.layout);
  Desc target = descOf(to.shape, to.dtype, to.layout);
  // A layout may see more axes than the array has (groups of weights): the row-major side follows.
  if (source.get_dims() != target.get_dims()) {
    if (from.layout == nullptr)
      source = rowMajor(target.get_dims(), from.dtype);
    else
      target = rowMajor(source.get_dims(), to.dtype);
  }
  thread_local ReorderCache cache;
  const Primitive& primitive = cache.find(source, target);
  std::vector<std::byte> scratch(primitive.scratchBytes() + 64);
  const auto address = reinterpret_cast<uintptr_t>(scratch.data());
  primitive.run(std::array{from.data, to.data}, scratch.data() + (aligned(address) - address));
}

namespace {
const bool kRegistered = (registerReorder(DeviceType::kCpu, &reorder), true);
}  // namespace

}  // namespace tenon::onednn
