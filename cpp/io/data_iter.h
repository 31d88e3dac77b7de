// Data iterators: batches of arrays, one after the other. An iterator is used by one thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tensor/ndarray.h"

namespace tenon {

/// What an iterator provides under a name.
struct DataDesc {
  std::string name;
  Shape shape;  ///< of a batch: the first extent is the batch size
  DType dtype = DType::kFloat32;
};

struct DataBatch {
  std::vector<NDArray> data;
  std::vector<NDArray> label;
  int64_t pad = 0;             ///< how many examples at the end only fill the batch up
  std::vector<int64_t> index;  ///< number of each example in the source
};

class DataIter {
 public:
  virtual ~DataIter() = default;
  virtual std::vector<DataDesc> provideData() const = 0;
  virtual std::vector<DataDesc> provideLabel() const = 0;
  /// Batches from reset to end; -1 if that is not known.
  virtual int64_t batches() const { return -1; }
  /// The next batch, in arrays of its own; false at the end. Throws what reading the source throws.
  virtual bool next(DataBatch* batch) = 0;
  /// Back to the beginning; shuffling iterators take a new order.
  virtual void reset() = 0;
};

/// Makes the batches of `source` ahead of their use, on a thread of its own: `depth` of them at
/// most wait. An error of the source is thrown by the `next` that would have given its batch.
std::unique_ptr<DataIter> prefetch(std::unique_ptr<DataIter> source, int depth);

}  // namespace tenon
