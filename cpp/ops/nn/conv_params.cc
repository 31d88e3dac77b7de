#include "ops/nn/conv_params.h"

#include <limits>

#include "base/error.h"

namespace tenon {
namespace {

void check(const OpAttrs& attrs, std::string_view name, const Shape& given, int spatial) {
  TENON_CHECK(given.rank() <= 0 || given.rank() == spatial, kInvalidArgument, attrs.op().name, ": ",
              name, " is ", given, ", expected one value for each of the kernel's ", spatial,
              " axes");
  // Their products and sums fit into 64 bits.
  for (const int64_t value : given) {
    TENON_CHECK(value <= std::numeric_limits<int32_t>::max(), kInvalidArgument, attrs.op().name,
                ": ", name, " is ", given, ", expected values of 32 bits");
  }
}

}  // namespace

Windows windowsOf(const OpAttrs& attrs, const Shape& kernel, const Shape& stride,
                  const Shape& dilate, const Shape& pad, const Optional<DataLayout>& layout) {
  const int spatial = kernel.rank();
  TENON_CHECK(spatial >= 1 && spatial <= 3, kInvalidArgument, attrs.op().name, ": kernel is ",
              kernel, ", expected one to three extents");
  check(attrs, "kernel", kernel, spatial);
  check(attrs, "stride", stride, spatial);
  check(attrs, "dilate", dilate, spatial);
  check(attrs, "pad", pad, spatial);
  TENON_CHECK(!layout.has || spatialAxesOf(layout.value) == spatial, kInvalidArgument,
              attrs.op().name, ": the layout has ", spatialAxesOf(layout.value),
              " spatial axes, the kernel ", kernel, " has ", spatial);
  return windowsFrom(kernel, stride, dilate, pad, layout);
}

Shape imageShape(const Windows& windows, int64_t batch, int64_t channels,
                 const std::array<int64_t, 3>& extents) {
  Shape shape = Shape::ofRank(windows.spatial + 2);
  shape[0] = batch;
  shape[windows.channelAxis()] = channels;
  for (int i = 0; i < windows.spatial; ++i)
    shape[windows.spatialAxis(i)] = extents[static_cast<size_t>(i)];
  return shape;
}

void checkRank(const OpAttrs& attrs, std::string_view operand, const Shape& shape,
               const Windows& windows) {
  TENON_CHECK(!shape.rankKnown() || shape.rank() == windows.spatial + 2, kInvalidArgument,
              attrs.op().name, ": ", operand, " has shape ", shape, ", expected ",
              windows.spatial + 2, " axes for a kernel of ", windows.spatial);
}

}  // namespace tenon
