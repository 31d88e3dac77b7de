// _shuffle: the rows of an array in random order, the same order as on the CPU.
//
// The CPU shuffles by Fisher and Yates: for i from the last row down to the first, rows i and j(i)
// change places, j(i) <= i drawn for i alone. So row i of the result is what lay at j(i) then,
// which can be told without the exchanges. A place x was last changed by the smallest step s > i
// with j(s) = x, and then received what had lain at place s, which again was last changed by the
// smallest step above s that drew s, and so on, until a place that no step had drawn: it holds its
// own row.
//
// The steps are sorted by the places drawn (equal ones by step). Then the step after i with the
// same place is i's neighbour, and the first step that drew s begins s's run. Chains multiply a
// step's number by e on average, so they are no longer than some ln(rows). Cost: the sort of as
// many numbers as there are rows, a few reads from anywhere for each, one read and write of all
// rows.
#include "base/philox.h"
#include "device/unit.cuh"
#include "ops/index/sorted.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

template <class P>
struct Steps {
  P* next;   ///< the step after one with the same place; -1: none
  P* first;  ///< the first step above a place that drew it; -1: none
  P* order;  ///< the row that comes to each place
};

template <class P>
__global__ void __launch_bounds__(kThreads)
    drawKernel(const RandomState random, int64_t rows, P* places, const Steps<P> steps) {
  forEachItem(rows, [&](int64_t i) {
    const Philox4 r = philox(random.seed, random.offset + static_cast<uint64_t>(i));
    const double u = unitDouble(r.x[0], r.x[1]);
    const auto place = static_cast<int64_t>(u * static_cast<double>(i + 1));
    places[i] = static_cast<P>(place < i ? place : i);
    steps.first[i] = -1;
  });
}

template <class P>
__global__ void __launch_bounds__(kThreads)
    linkKernel(const Sorted<P> sorted, const Steps<P> steps) {
  forEachItem(sorted.count, [&](int64_t i) {
    const P place = sorted.places[i];
    const bool last = i + 1 == sorted.count || sorted.places[i + 1] != place;
    steps.next[sorted.from[i]] = last ? P{-1} : sorted.from[i + 1];
    if (i == 0 || sorted.places[i - 1] != place) steps.first[place] = sorted.from[i];
  });
}

template <class P>
__global__ void __launch_bounds__(kThreads)
    followKernel(const Sorted<P> sorted, const Steps<P> steps) {
  forEachItem(sorted.count, [&](int64_t i) {
    const P step = sorted.from[i];
    P place = sorted.places[i];
    for (P s = steps.next[step]; s >= 0; s = steps.first[place]) place = s;
    steps.order[step] = place;
  });
}

template <class U, class P>
__global__ void __launch_bounds__(kThreads)
    arrangeKernel(const U* data, const P* order, int64_t units, U* out, int64_t size) {
  forEachItem(size, [&](int64_t i) { out[i] = data[order[i / units] * units + i % units]; });
}

template <class P>
void shuffle(Context& context, const TensorView& in, int64_t rows, const TensorView& out) {
  const size_t bytes = static_cast<size_t>(rows) * sizeof(P);
  Steps<P> steps{};
  const auto draw = [&](P* places, char* memory) {
    steps.next = reinterpret_cast<P*>(memory);
    steps.first = reinterpret_cast<P*>(memory + bytes);
    steps.order = reinterpret_cast<P*>(memory + 2 * bytes);
    launchItems(context, drawKernel<P>, rows, context.random(), rows, places, steps);
  };
  withSorted<P>(context, rows, rows, 3 * bytes, draw, [&](const Sorted<P>& sorted, char*) {
    launchItems(context, linkKernel<P>, rows, sorted, steps);
    launchItems(context, followKernel<P>, rows, sorted, steps);
  });
  const int64_t row_bytes = in.bytes() / rows;
  withUnit(row_bytes, {in.data, out.data}, [&]<class U>(U) {
    const int64_t units = row_bytes / int64_t{sizeof(U)};
    launchItems(context, arrangeKernel<U, P>, rows * units, in.as<const U>(), steps.order, units,
                out.as<U>(), rows * units);
  });
}

void runShuffle(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const int64_t rows = in[0].shape.rank() > 0 ? in[0].shape[0] : 1;
  withPlaceType(rows, rows, [&]<class P>(P) { shuffle<P>(context, in[0], rows, out[0]); });
}

const KernelRegistration kKernels = {{"_shuffle", {.run = runShuffle, .adds = false}}};

}  // namespace
}  // namespace tenon::cuda
