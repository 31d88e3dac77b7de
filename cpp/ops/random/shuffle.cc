// _shuffle: the rows of an array in random order.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/parallel.h"
#include "base/philox.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

/// Fisher and Yates' shuffle of 0 … rows - 1.
void permutation(RandomState random, int64_t rows, int64_t* to) {
  for (int64_t i = 0; i < rows; ++i) to[i] = i;
  for (int64_t i = rows - 1; i > 0; --i) {
    const Philox4 r = philox(random.seed, random.offset + static_cast<uint64_t>(i));
    const double u = unitDouble(r.x[0], r.x[1]);
    std::swap(to[i], to[std::min(i, static_cast<int64_t>(u * static_cast<double>(i + 1)))]);
  }
}

void runShuffle(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const int64_t rows = in[0].shape.rank() > 0 ? in[0].shape[0] : 1;
  const size_t row_bytes = static_cast<size_t>(in[0].bytes() / rows);
  auto* order =
      static_cast<int64_t*>(context.workspace(static_cast<size_t>(rows) * sizeof(int64_t)));
  permutation(context.random(), rows, order);
  parallelFor(rows, std::max<int64_t>(65536 / static_cast<int64_t>(row_bytes), 1),
              [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i) {
                  std::memcpy(out[0].as<char>() + static_cast<size_t>(i) * row_bytes,
                              in[0].as<const char>() + static_cast<size_t>(order[i]) * row_bytes,
                              row_bytes);
                }
              });
}

const OpRegistration kShuffle =
    OpBuilder("_shuffle")
        .doc("Puts the rows of an array in random order. The rows themselves stay as they are.")
        .group("random")
        .alias("shuffle")
        .input("data", "The array to shuffle along its first axis.")
        .shape(allSame)
        .type(allSame)
        .random()
        .cpu({.prepare = nullptr, .run = runShuffle, .adds = false});

}  // namespace
}  // namespace tenon
