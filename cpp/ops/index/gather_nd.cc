// Operators over index tuples: gather_nd, scatter_nd, _scatter_set_nd and the accumulating scatter
// that is the gradient of the first.
//
// indices has shape (m, …): its columns are tuples that name a slice of the first m axes.
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/index/index_values.h"
#include "ops/index/scatter_add.h"
#include "ops/registry/builder.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct ScatterParams {
  Shape shape;

  static void describe(ParamSchema<ScatterParams>& s) {
    s.field("shape", &ScatterParams::shape, "Shape of the result.");
  }
};

constexpr std::string_view kTuplesDoc =
    "An array of shape (m, …); negative indices count from the end. One outside is an error, on a "
    "gpu the nearest place.";

/// indices.shape[1:] + whole.shape[m:]
Shape slicesShape(const Shape& whole, const Shape& indices, std::string_view who) {
  TENON_CHECK(indices.rank() > 0, kInvalidArgument, who,
              ": indices is a scalar, expected shape (m,…)");
  if (indices[0] < 0) return Shape();
  TENON_CHECK(indices[0] <= whole.rank(), kInvalidArgument, who, ": indices of shape ", indices,
              " name ", indices[0], " axes of an array of shape ", whole);
  Shape result = Shape::scalar();
  for (int i = 1; i < indices.rank(); ++i) result.append(indices[i]);
  for (int i = static_cast<int>(indices[0]); i < whole.rank(); ++i) result.append(whole[i]);
  // One element alone has shape (1,) among the classic operators.
  if (result.rank() == 0) result.append(1);
  return result;
}

void gatherNdShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  if (in[0].rankKnown() && in[1].rankKnown())
    out[0] = merge(out[0], slicesShape(in[0], in[1], "gather_nd"));
}

void indexedType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (in[0] == DType::kUnknown) in[0] = out[0];
  out[0] = in[0];
  if (in[1] == DType::kUnknown) in[1] = in[0];
}

/// The number of each tuple's slice, counted over the first m axes of `whole`. Negative indices
/// count from the end; others outside throw.
void slicePlaces(const Shape& whole, const TensorView& indices, std::string_view who,
                 int64_t* places) {
  const int axes = static_cast<int>(indices.shape[0]);
  const int64_t count = indices.shape.product(1, indices.shape.rank());
  std::fill_n(places, count, 0);
  withType(indices.dtype, [&]<class I>(I) {
    for (int axis = 0; axis < axes; ++axis) {
      const I* index = indices.as<const I>() + axis * count;
      parallelFor(count, 16384, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t at =
              placed(convertTo<int64_t>(index[i]), whole[axis], IndexMode::kRaise, who);
          places[i] = places[i] * whole[axis] + at;
        }
      });
    }
  });
}

void runGatherNd(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int axes = static_cast<int>(in[1].shape[0]);
  const int64_t count = in[1].shape.product(1, in[1].shape.rank());
  const int64_t width = in[0].shape.product(axes, in[0].shape.rank());
  auto* places =
      static_cast<int64_t*>(context.workspace(static_cast<size_t>(count) * sizeof(int64_t)));
  slicePlaces(in[0].shape, in[1], "gather_nd", places);
  const size_t bytes = static_cast<size_t>(width) * sizeOf(in[0].dtype);
  parallelFor(count, std::max<int64_t>(16384 / std::max<int64_t>(width, 1), 1),
              [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i) {
                  std::memcpy(out[0].as<char>() + static_cast<size_t>(i) * bytes,
                              in[0].as<const char>() + static_cast<size_t>(places[i]) * bytes,
                              bytes);
                }
              });
}

/// Replaces slices of `whole`, in the order of the tuples: the last of those that name one slice
/// wins.
void scatterSlices(KernelContext& context, const TensorView& slices, const TensorView& indices,
                   std::string_view who, const TensorView& whole) {
  const int64_t count = indices.shape.product(1, indices.shape.rank());
  const int axes = static_cast<int>(indices.shape[0]);
  const size_t bytes =
      static_cast<size_t>(whole.shape.product(axes, whole.shape.rank())) * sizeOf(whole.dtype);
  auto* places =
      static_cast<int64_t*>(context.workspace(static_cast<size_t>(count) * sizeof(int64_t)));
  slicePlaces(whole.shape, indices, who, places);
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(whole.as<char>() + static_cast<size_t>(places[i]) * bytes,
                slices.as<const char>() + static_cast<size_t>(i) * bytes, bytes);
  }
}

void scatterNdShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  out[0] = merge(out[0], attrs.params<ScatterParams>().shape);
  if (in[1].rankKnown()) in[0] = merge(in[0], slicesShape(out[0], in[1], attrs.op().name));
}

void runScatterNd(KernelContext& context, std::span<const TensorView> in,
                  std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  zeroFill(out[0]);
  scatterSlices(context, in[0], in[1], "scatter_nd", out[0]);
}

void scatterSetShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  in[0] = out[0] = merge(in[0], out[0]);
  if (in[0].rankKnown() && in[2].rankKnown())
    in[1] = merge(in[1], slicesShape(in[0], in[2], "_scatter_set_nd"));
}

void scatterSetType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  const DType type = in[0] != DType::kUnknown ? in[0] : in[1] != DType::kUnknown ? in[1] : out[0];
  in[0] = in[1] = out[0] = type;
  if (in[2] == DType::kUnknown) in[2] = type;
}

void runScatterSet(KernelContext& context, std::span<const TensorView> in,
                   std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  copyBytes(in[0].data, out[0].data, out[0].bytes());
  scatterSlices(context, in[1], in[2], "_scatter_set_nd", out[0]);
}

/// Adds slices onto zeros.
void runScatterAdd(KernelContext& context, std::span<const TensorView> in,
                   std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int axes = static_cast<int>(in[1].shape[0]);
  const Shape& whole = out[0].shape;
  const int64_t count = in[1].shape.product(1, in[1].shape.rank());
  std::vector<int64_t> places(static_cast<size_t>(count));
  slicePlaces(whole, in[1], context.attrs().op().name, places.data());
  TensorView indices = denseView(places.data(), Shape{count}, DType::kInt64, out[0].device);
  scatterAddRows(context, in[0], indices, 1, whole.product(0, axes),
                 whole.product(axes, whole.rank()), IndexMode::kClip, out[0],
                 requests[0] == Request::kAdd);
}

/// (slices, indices, whole) -> whole's shape.
void gatherNdBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[2] = merge(in[2], out[0]);
}

void gatherNdBackType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (out[0] == DType::kUnknown) out[0] = in[0];
  in[0] = in[2] = out[0];
}

std::vector<Value> gatherNdGradient(GradientBuilder& g) {
  return {g.needs(0) ? g.apply("_gather_nd_gradient", {g.outputGradient(0), g.input(1), g.input(0)})
                     : Value{},
          Value{}};
}

std::vector<Value> gatherNdBackGradient(GradientBuilder& g) {
  return {g.apply("gather_nd", {g.outputGradient(0), g.input(1)}), Value{}, Value{}};
}

/// Of a scatter, whether it adds or replaces: what the gather reads. Tuples that name one slice
/// twice are not differentiable where the last wins.
std::vector<Value> scatterNdGradient(GradientBuilder& g) {
  return {g.needs(0) ? g.apply("gather_nd", {g.outputGradient(0), g.input(1)}) : Value{}, Value{}};
}

const OpRegistration kGatherNd =
    OpBuilder("gather_nd")
        .doc(
            "Takes the slices that index tuples name: result[y…] = data[indices[0, y…], …, "
            "indices[m - 1, y…]].")
        .group("index")
        .input("data", "The array to take from.")
        .input("indices", kTuplesDoc)
        .shape(gatherNdShape)
        .type(indexedType)
        .gradient(gatherNdGradient)
        .cpu({.prepare = nullptr, .run = runGatherNd, .adds = false});

const OpRegistration kGatherNdBack =
    OpBuilder("_gather_nd_gradient")
        .doc("The gradient of gather_nd: the head's slices, each added to where it came from.")
        .input("head", "The gradient of the result.")
        .input("indices", "As in the operator.")
        .input("data", "An array of the shape taken from; its elements are not used.")
        .shape(gatherNdBackShape)
        .type(gatherNdBackType)
        .gradient(gatherNdBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runScatterAdd});

const OpRegistration kScatterNd =
    OpBuilder("scatter_nd")
        .doc(
            "Puts slices where index tuples say, zero elsewhere. Of two for one place the last "
            "wins.")
        .group("index")
        .params<ScatterParams>()
        .input("data", "The slices.")
        .input("indices", kTuplesDoc)
        .shape(scatterNdShape)
        .type(indexedType)
        .gradient(scatterNdGradient)
        .cpu({.prepare = nullptr, .run = runScatterNd, .adds = false});

const OpRegistration kScatterAddNd = OpBuilder("_backward_gather_nd")
                                         .doc("Adds slices where index tuples say, onto zeros.")
                                         .group("index")
                                         .params<ScatterParams>()
                                         .input("data", "The slices.")
                                         .input("indices", kTuplesDoc)
                                         .shape(scatterNdShape)
                                         .type(indexedType)
                                         .gradient(scatterNdGradient)
                                         .cpu({.prepare = nullptr, .run = runScatterAdd});

const OpRegistration kScatterSetNd =
    OpBuilder("_scatter_set_nd")
        .doc("A copy of lhs whose slices named by index tuples are replaced by rhs.")
        .group("index")
        .params<ScatterParams>()
        .input("lhs", "The array to change.")
        .input("rhs", "The new slices.")
        .input("indices", kTuplesDoc)
        .shape(scatterSetShape)
        .type(scatterSetType)
        .inplace({{0, 0}})
        .cpu({.prepare = nullptr, .run = runScatterSet, .adds = false});

}  // namespace
}  // namespace tenon
