// oneDNN's memory descriptors as Layouts, and views and specs as memory descriptors.
#pragma once

#include "ops/onednn/engine.h"
#include "ops/registry/kernel.h"

namespace tenon::onednn {

using Desc = dnnl::memory::desc;
using Dims = dnnl::memory::dims;

/// Throws kUnsupported for dtypes that oneDNN does not know.
dnnl::memory::data_type typeOf(DType dtype);

/// Extents as oneDNN wants them; a scalar counts as one element.
Dims dimsOf(const Shape& shape);
/// Dense and row-major.
Desc rowMajor(const Dims& dims, DType dtype);
/// Dense, with the extents named by `order` from the slowest to the fastest.
Desc permuted(const Dims& dims, const std::vector<int>& order, DType dtype);
/// Channels last: axis 1 is the fastest. Row-major for less than three axes.
Desc channelsLast(const Dims& dims, DType dtype);
/// No format yet: a primitive chooses.
Desc anyFormat(const Dims& dims, DType dtype);

/// A physical format of oneDNN's.
class DnnlLayout final : public Layout {
 public:
  explicit DnnlLayout(Desc desc) : desc_(std::move(desc)) {}
  size_t bytes() const override { return desc_.get_size(); }
  bool equals(const Layout& other) const override;
  const Desc& desc() const { return desc_; }

 private:
  Desc desc_;
};

/// The layout that describes `desc`; null if its elements lie as in a row-major array.
LayoutPtr layoutOf(const Desc& desc);
/// True if elements lie as in a row-major array; axes of one element do not count.
bool isRowMajor(const Desc& desc);

/// How an operand comes in: its layout's descriptor, or row-major.
Desc descOf(const Shape& shape, DType dtype, const Layout* layout);
inline Desc descOf(const TensorSpec& spec) {
  return descOf(spec.shape, spec.dtype, spec.layout.get());
}

/// Copies between formats of one array; this is what plans insert between layers.
void reorder(const TensorView& from, const TensorView& to, Queue* queue);

}  // namespace tenon::onednn
