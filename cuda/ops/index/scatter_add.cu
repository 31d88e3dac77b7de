// Adding and putting rows to where indices point: the gradients of take, Embedding and gather_nd,
// and the scatters.
//
// Indices are sorted with their positions (order.cu), so that the terms of one row are neighbours,
// in their order. The sorted list is cut into chunks; a thread sums one column of a chunk's terms,
// run by run. Runs inside a chunk are done then. A run that goes beyond leaves a sum in each of its
// chunks, which a second kernel adds up in order. What is added to what depends on the indices
// alone: results are the same from run to run, and short runs are summed as on the CPU.
//
// Chunks are half as long as the square root of the count, so that a row that all indices name (the
// padding of texts) takes no more than about three square roots of steps, one after the other.
// Cost: the sort of the indices, by as many bits as the rows' numbers have; then each term is read
// once and the output written once before (zeros) and once where terms go.
#include <cmath>

#include "device/unit.cuh"
#include "ops/elementwise/map.cuh"
#include "ops/index/params.h"
#include "ops/index/places.cuh"
#include "ops/index/scatter_add.h"
#include "ops/index/sorted.h"
#include "ops/init/fill.cuh"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

template <class P>
__global__ void __launch_bounds__(kThreads) placesKernel(const Tuples tuples, P* places) {
  forEachItem(tuples.count, [&](int64_t i) { places[i] = static_cast<P>(placeAt(tuples, i)); });
}

/// Sorts the tuples by their places, below `extent`; see withSorted.
template <class P, class F>
void withPlaces(Context& context, const Tuples& tuples, int64_t extent, size_t more, F&& body) {
  withSorted<P>(
      context, tuples.count, extent, more,
      [&](P* places, char*) {
        launchItems(context, placesKernel<P>, tuples.count, tuples, places);
      },
      body);
}

template <class C, class P>
struct AddArgs {
  Sorted<P> sorted;
  int64_t chunk;  ///< terms of a chunk
  int64_t chunks;
  int64_t extent;
  int64_t inner;
  int64_t width;  ///< outer · inner: columns that a place has
  const void* rows;
  void* out;
  DType dtype;
  bool adds;
  C* heads;  ///< [chunk][column]: sums of runs that began before
  C* tails;  ///< [chunk][column]: sums of runs that begin here and go on
};

/// One column of the places, and of the terms.
template <class C, class P>
struct Column {
  const AddArgs<C, P>& args;
  int64_t outer;
  int64_t inner;
  __device__ __forceinline__ Column(const AddArgs<C, P>& all, int64_t column)
      : args(all), outer(column / all.inner), inner(column % all.inner) {}

  __device__ __forceinline__ int64_t target(int64_t place) const {
    return (outer * args.extent + place) * args.inner + inner;
  }
  __device__ __forceinline__ C begin(int64_t place) const {
    return args.adds ? loadOne<C>(args.out, args.dtype, target(place)) : C{};
  }
  __device__ __forceinline__ C term(int64_t i) const {
    const int64_t row = outer * args.sorted.count + args.sorted.from[i];
    return loadOne<C>(args.rows, args.dtype, row * args.inner + inner);
  }
  __device__ __forceinline__ void finish(int64_t place, C sum) const {
    storeOne(args.out, args.dtype, target(place), sum);
  }
};

template <class C, class P>
__global__ void __launch_bounds__(kThreads) sumChunksKernel(const AddArgs<C, P> args) {
  const P* const places = args.sorted.places;
  const int64_t count = args.sorted.count;
  forEachItem(args.chunks * args.width, [&](int64_t item) {
    const Column<C, P> column(args, item % args.width);
    const int64_t begin = item / args.width * args.chunk;
    const int64_t end = begin + args.chunk < count ? begin + args.chunk : count;
    P place = places[begin];
    bool began_before = begin > 0 && places[begin - 1] == place;
    C sum = began_before ? C{} : column.begin(place);
    for (int64_t i = begin; i < end; ++i) {
      if (places[i] != place) {
        if (began_before) {
          args.heads[item] = sum;
        } else {
          column.finish(place, sum);
        }
        began_before = false;
        place = places[i];
        sum = column.begin(place);
      }
      sum = static_cast<C>(sum + column.term(i));
    }
    if (began_before) {
      args.heads[item] = sum;
    } else if (end < count && places[end] == place) {
      args.tails[item] = sum;
    } else {
      column.finish(place, sum);
    }
  });
}

/// Completes the runs that go beyond the chunk where they begin.
template <class C, class P>
__global__ void __launch_bounds__(kThreads) joinChunksKernel(const AddArgs<C, P> args) {
  const P* const places = args.sorted.places;
  forEachItem((args.chunks - 1) * args.width, [&](int64_t item) {
    const int64_t begin = item / args.width * args.chunk;
    int64_t end = begin + args.chunk;
    const P place = places[end];
    if (places[end - 1] != place || (begin > 0 && places[begin - 1] == place)) return;
    C sum = args.tails[item];
    for (int64_t next = item; end < args.sorted.count && places[end] == place; end += args.chunk) {
      next += args.width;
      sum = static_cast<C>(sum + args.heads[next]);
    }
    Column<C, P>(args, item % args.width).finish(place, sum);
  });
}

template <class C, class P>
void add(Context& context, const TensorView& rows, const Tuples& tuples, int64_t outer,
         int64_t extent, int64_t inner, const TensorView& out, bool adds) {
  const auto root = static_cast<uint64_t>(std::sqrt(static_cast<double>(tuples.count)) / 2);
  const auto chunk = static_cast<int64_t>(std::bit_ceil(std::max<uint64_t>(root, 16)));
  const int64_t chunks = (tuples.count + chunk - 1) / chunk;
  const int64_t sums = chunks * outer * inner;
  withPlaces<P>(context, tuples, extent, 2 * static_cast<size_t>(sums) * sizeof(C),
                [&](const Sorted<P>& sorted, char* more) {
                  C* const heads = reinterpret_cast<C*>(more);
                  const AddArgs<C, P> args{.sorted = sorted,
                                           .chunk = chunk,
                                           .chunks = chunks,
                                           .extent = extent,
                                           .inner = inner,
                                           .width = outer * inner,
                                           .rows = rows.data,
                                           .out = out.data,
                                           .dtype = out.dtype,
                                           .adds = adds,
                                           .heads = heads,
                                           .tails = heads + sums};
                  launchItems(context, sumChunksKernel<C, P>, sums, args);
                  launchItems(context, joinChunksKernel<C, P>, sums - args.width, args);
                });
}

void scatterAdd(Context& context, const TensorView& rows, const Tuples& tuples, int64_t outer,
                int64_t extent, int64_t inner, const TensorView& out, Request request) {
  const bool adds = request == Request::kAdd;
  if (!adds) fill(context, out, 0);
  if (tuples.count == 0 || out.size() == 0) return;
  withCompute<true>(out.dtype, [&]<class C>(C) {
    withPlaceType(tuples.count, extent, [&]<class P>(P) {
      add<C, P>(context, rows, tuples, outer, extent, inner, out, adds);
    });
  });
}

/// The last slice of each place goes there.
template <class U, class P>
__global__ void __launch_bounds__(kThreads)
    putLastKernel(const Sorted<P> sorted, int64_t units, const U* slices, U* out) {
  forEachItem(sorted.count * units, [&](int64_t item) {
    const int64_t i = item / units;
    if (i + 1 < sorted.count && sorted.places[i + 1] == sorted.places[i]) return;
    out[sorted.places[i] * units + item % units] = slices[sorted.from[i] * units + item % units];
  });
}

// head, indices[, data] -> data's shape
void runTakeBack(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.params<TakeParams>();
  const Shape& shape = out[0].shape;
  const int axis = shape.axis(p.axis, "take");
  const int64_t extent = shape[axis];
  scatterAdd(context, in[0], tuplesOf(in[1], extent, p.mode), shape.product(0, axis), extent,
             shape.product(axis + 1, shape.rank()), out[0], requests[0]);
}

void runEmbeddingBack(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  scatterAdd(context, in[0], tuplesOf(in[1], out[0].shape[0], IndexMode::kClip), 1, out[0].shape[0],
             out[0].shape[1], out[0], requests[0]);
}

const KernelRegistration kKernels = {
    {"_backward_take", {.run = runTakeBack}},
    {"_backward_Embedding", {.run = runEmbeddingBack}},
};

}  // namespace

void scatterAddSlices(Context& context, const TensorView& slices, const TensorView& indices,
                      const TensorView& out, Request request) {
  const Tuples tuples = tuplesOf(indices, out.shape);
  scatterAdd(context, slices, tuples, 1, out.shape.product(0, tuples.axes),
             out.shape.product(tuples.axes, out.shape.rank()), out, request);
}

void scatterSlices(Context& context, const TensorView& slices, const TensorView& indices,
                   const TensorView& out) {
  const Tuples tuples = tuplesOf(indices, out.shape);
  if (tuples.count == 0 || out.size() == 0) return;
  const int64_t extent = out.shape.product(0, tuples.axes);
  const int64_t bytes =
      out.shape.product(tuples.axes, out.shape.rank()) * static_cast<int64_t>(sizeOf(out.dtype));
  withPlaceType(tuples.count, extent, [&]<class P>(P) {
    withPlaces<P>(context, tuples, extent, 0, [&](const Sorted<P>& sorted, char*) {
      withUnit(bytes, {slices.data, out.data}, [&]<class U>(U) {
        const int64_t units = bytes / int64_t{sizeof(U)};
        launchItems(context, putLastKernel<U, P>, sorted.count * units, sorted, units,
                    slices.as<const U>(), out.as<U>());
      });
    });
  });
}

}  // namespace tenon::cuda
