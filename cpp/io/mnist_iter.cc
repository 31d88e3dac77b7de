#include "io/mnist_iter.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <random>

#include "base/error.h"
#include "io/idx_file.h"

namespace tenon {
namespace {

class MnistIter final : public DataIter {
 public:
  explicit MnistIter(const MnistOptions& options) : options_(options), random_(options.seed) {
    TENON_CHECK(options.batch_size >= 1, kInvalidArgument, "MNISTIter: batch_size is ",
                options.batch_size, ", expected at least 1");
    TENON_CHECK(
        options.num_parts >= 1 && options.part_index >= 0 && options.part_index < options.num_parts,
        kInvalidArgument, "MNISTIter: part_index is ", options.part_index, " of ",
        options.num_parts, " parts");
    IdxBytes images = readIdx(options.image, 3);
    IdxBytes labels = readIdx(options.label, 1);
    TENON_CHECK(images.shape[0] == labels.shape[0], kIo, "MNISTIter: '", options.image.string(),
                "' has ", images.shape[0], " images, but '", options.label.string(), "' has ",
                labels.shape[0], " labels");
    rows_ = images.shape[1];
    columns_ = images.shape[2];
    images_ = std::move(images.values);
    labels_ = std::move(labels.values);
    const int64_t each = images.shape[0] / options.num_parts;
    order_.resize(static_cast<size_t>(each));
    std::iota(order_.begin(), order_.end(), each * options.part_index);
    TENON_CHECK(options.batch_size <= each, kInvalidArgument, "MNISTIter: batch_size is ",
                options.batch_size, ", but there are only ", each, " images");
    reset();
  }

  std::vector<DataDesc> provideData() const override {
    return {{"data", dataShape(), DType::kFloat32}};
  }
  std::vector<DataDesc> provideLabel() const override {
    return {{"softmax_label", Shape{options_.batch_size}, DType::kFloat32}};
  }

  int64_t batches() const override {
    return static_cast<int64_t>(order_.size()) / options_.batch_size;
  }

  bool next(DataBatch* batch) override {
    const auto count = static_cast<size_t>(options_.batch_size);
    if (at_ + count > order_.size()) return false;
    // The arrays are new and nobody else knows them: they may be written without asking the engine.
    const NDArray data = NDArray::empty(dataShape(), DType::kFloat32, Device::cpu());
    const NDArray label = NDArray::empty({options_.batch_size}, DType::kFloat32, Device::cpu());
    float* pixels = data.view().as<float>();
    float* classes = label.view().as<float>();
    const int64_t area = rows_ * columns_;
    for (size_t i = 0; i < count; ++i) {
      const int64_t example = order_[at_ + i];
      const unsigned char* image = images_.data() + example * area;
      for (int64_t p = 0; p < area; ++p) *pixels++ = static_cast<float>(image[p]) * (1.0f / 256.0f);
      classes[i] = labels_[static_cast<size_t>(example)];
    }
    batch->data = {data};
    batch->label = {label};
    batch->pad = 0;
    batch->index.assign(order_.begin() + static_cast<int64_t>(at_),
                        order_.begin() + static_cast<int64_t>(at_ + count));
    at_ += count;
    return true;
  }

  void reset() override {
    at_ = 0;
    if (options_.shuffle) {
      // Written out because std::shuffle's order is the library's own affair, and a seed must mean
      // the same everywhere.
      for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random_() % i]);
    }
  }

 private:
  Shape dataShape() const {
    if (options_.flat) return {options_.batch_size, rows_ * columns_};
    return {options_.batch_size, 1, rows_, columns_};
  }

  const MnistOptions options_;
  std::mt19937_64 random_;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  std::vector<unsigned char> images_;
  std::vector<unsigned char> labels_;
  std::vector<int64_t> order_;
  size_t at_ = 0;
};

[[noreturn]] void badOption(const std::string& key, const std::string& value,
                            const char* expected) {
  fail(ErrorKind::kInvalidArgument, "MNISTIter: ", key, " is '", value, "', expected ", expected);
}

int64_t parseNumber(const std::string& key, const std::string& value) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size())
    badOption(key, value, "a whole number");
  return number;
}

bool parseFlag(const std::string& key, const std::string& value) {
  if (value == "1" || value == "True" || value == "true") return true;
  if (value == "0" || value == "False" || value == "false") return false;
  badOption(key, value, "True or False");
}

}  // namespace

std::unique_ptr<DataIter> makeMnistIter(const MnistOptions& options) {
  auto iter = std::make_unique<MnistIter>(options);
  if (options.prefetch_buffer == 0) return iter;
  return prefetch(std::move(iter), static_cast<int>(options.prefetch_buffer));
}

MnistOptions parseMnistOptions(const AttrMap& attrs) {
  MnistOptions options;
  for (const auto& [key, value] : attrs) {
    if (key == "image") {
      options.image = value;
    } else if (key == "label") {
      options.label = value;
    } else if (key == "batch_size") {
      options.batch_size = parseNumber(key, value);
    } else if (key == "shuffle") {
      options.shuffle = parseFlag(key, value);
    } else if (key == "flat") {
      options.flat = parseFlag(key, value);
    } else if (key == "seed") {
      options.seed = static_cast<uint64_t>(parseNumber(key, value));
    } else if (key == "num_parts") {
      options.num_parts = parseNumber(key, value);
    } else if (key == "part_index") {
      options.part_index = parseNumber(key, value);
    } else if (key == "prefetch_buffer") {
      options.prefetch_buffer = parseNumber(key, value);
    } else if (key != "silent") {
      fail(ErrorKind::kInvalidArgument, "MNISTIter: option '", key,
           "' is not known, expected image, label, batch_size, shuffle, flat, seed, num_parts, "
           "part_index, "
           "prefetch_buffer or silent");
    }
  }
  TENON_CHECK(options.prefetch_buffer >= 0 && options.prefetch_buffer <= 1024, kInvalidArgument,
              "MNISTIter: prefetch_buffer is ", options.prefetch_buffer, ", expected 0 to 1024");
  return options;
}

}  // namespace tenon
