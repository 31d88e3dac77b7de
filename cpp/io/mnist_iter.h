// The MNIST data set in its original files (IDX, plain or gzip): MXNet's MNISTIter.
#pragma once

#include <filesystem>
#include <memory>

#include "base/params.h"
#include "io/data_iter.h"

namespace tenon {

struct MnistOptions {
  std::filesystem::path image;
  std::filesystem::path label;
  int64_t batch_size = 128;
  bool shuffle = true;
  bool flat = false;  ///< data is (batch, rows * columns) instead of (batch, 1, rows, columns)
  uint64_t seed = 0;
  int64_t num_parts = 1;   ///< the data set is divided between workers …
  int64_t part_index = 0;  ///< … of which this is one
  int64_t prefetch_buffer = 4;
};

/// Pixels are scaled to [0, 1) by 1/256; labels are float32. A last batch that is not full is left
/// out, as MXNet does. Throws kIo for files that are missing, cut or no IDX files, kInvalidArgument
/// for bad options.
std::unique_ptr<DataIter> makeMnistIter(const MnistOptions& options);
/// The same from MXNet's attribute strings (`image`, `label`, `batch_size`, `shuffle`, `flat`,
/// `seed`, `num_parts`, `part_index`, `prefetch_buffer`, `silent`).
MnistOptions parseMnistOptions(const AttrMap& attrs);

}  // namespace tenon
