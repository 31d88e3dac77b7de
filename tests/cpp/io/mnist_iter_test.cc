#include "io/mnist_iter.h"

#include <fstream>
#include <set>

#include "support/expect_error.h"
#include "support/test_data.h"

namespace tenon {
namespace {

/// Writes IDX files of `count` images of 2 x 3 whose pixels and labels say which image they are.
class MnistIterTest : public testing::Test {
 protected:
  static void bigEndian(std::ofstream& out, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.put(static_cast<char>(value >> shift));
  }
  void write(uint32_t images, uint32_t labels, uint32_t magic = 0x803) {
    std::ofstream image(folder_ / "image", std::ios::binary);
    for (uint32_t word : {magic, images, 2u, 3u}) bigEndian(image, word);
    for (uint32_t i = 0; i < images * 6; ++i) image.put(static_cast<char>(i / 6));
    std::ofstream label(folder_ / "label", std::ios::binary);
    for (uint32_t word : {0x801u, labels}) bigEndian(label, word);
    for (uint32_t i = 0; i < labels; ++i) label.put(static_cast<char>(i));
  }
  MnistOptions options(int64_t batch) const {
    MnistOptions o;
    o.image = folder_ / "image";
    o.label = folder_ / "label";
    o.batch_size = batch;
    o.shuffle = false;
    return o;
  }
  static std::vector<float> values(const NDArray& array) {
    std::vector<float> result(static_cast<size_t>(array.size()));
    array.copyToHost(result.data(), array.bytes());
    return result;
  }
  static std::vector<float> allLabels(DataIter& iter) {
    std::vector<float> labels;
    for (DataBatch batch; iter.next(&batch);) {
      for (float label : values(batch.label.at(0))) labels.push_back(label);
    }
    return labels;
  }

  TemporaryFolder folder_;
};

TEST_F(MnistIterTest, givesScaledImagesInOrder) {
  write(10, 10);
  const auto iter = makeMnistIter(options(4));
  EXPECT_EQ(iter->provideData().at(0).shape, (Shape{4, 1, 2, 3}));
  EXPECT_EQ(iter->provideLabel().at(0).name, "softmax_label");
  EXPECT_EQ(iter->batches(), 2);
  DataBatch batch;
  ASSERT_TRUE(iter->next(&batch));
  ASSERT_TRUE(iter->next(&batch));
  EXPECT_EQ(batch.data.at(0).shape(), (Shape{4, 1, 2, 3}));
  EXPECT_EQ(values(batch.data.at(0)).at(6), 5.0f / 256.0f);
  EXPECT_EQ(values(batch.label.at(0)), (std::vector<float>{4, 5, 6, 7}));
  EXPECT_EQ(batch.index, (std::vector<int64_t>{4, 5, 6, 7}));
  EXPECT_FALSE(iter->next(&batch));  // two images are left, fewer than a batch
  EXPECT_FALSE(iter->next(&batch));
}

TEST_F(MnistIterTest, resetStartsAgainAtAnyMoment) {
  write(12, 12);
  for (int64_t depth : {0, 1, 3}) {
    MnistOptions o = options(3);
    o.prefetch_buffer = depth;
    const auto iter = makeMnistIter(o);
    for (int taken = 0; taken <= 5; ++taken) {
      DataBatch batch;
      for (int i = 0; i < taken; ++i) iter->next(&batch);
      iter->reset();
      EXPECT_EQ(allLabels(*iter), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))
          << taken;
      iter->reset();
    }
  }
}

TEST_F(MnistIterTest, shufflingVisitsEveryImageInAnOrderThatTheSeedFixes) {
  write(200, 200);
  MnistOptions o = options(10);
  o.shuffle = true;
  o.seed = 5;
  const auto a = makeMnistIter(o);
  const auto b = makeMnistIter(o);
  const auto first = allLabels(*a);
  EXPECT_EQ(first, allLabels(*b));
  EXPECT_EQ(std::set<float>(first.begin(), first.end()).size(), 200u);
  a->reset();
  EXPECT_NE(allLabels(*a), first);
  o.seed = 6;
  EXPECT_NE(allLabels(*makeMnistIter(o)), first);
}

TEST_F(MnistIterTest, partsDivideTheImages) {
  write(10, 10);
  MnistOptions o = options(5);
  o.num_parts = 2;
  o.part_index = 1;
  o.flat = true;
  const auto iter = makeMnistIter(o);
  EXPECT_EQ(iter->provideData().at(0).shape, (Shape{5, 6}));
  EXPECT_EQ(allLabels(*iter), (std::vector<float>{5, 6, 7, 8, 9}));
}

TEST_F(MnistIterTest, badFilesAndOptionsAreErrors) {
  write(10, 9);
  expectError(ErrorKind::kIo, "has 10 images, but", [&] { makeMnistIter(options(2)); });
  write(10, 10, 0x802);
  expectError(ErrorKind::kIo, "its magic number is 2050, expected 2051",
              [&] { makeMnistIter(options(2)); });
  write(10, 10);
  expectError(ErrorKind::kInvalidArgument, "batch_size is 0", [&] { makeMnistIter(options(0)); });
  expectError(ErrorKind::kInvalidArgument, "there are only 10 images",
              [&] { makeMnistIter(options(11)); });
  MnistOptions o = options(2);
  o.part_index = 1;
  expectError(ErrorKind::kInvalidArgument, "part_index is 1 of 1 parts", [&] { makeMnistIter(o); });
  o = options(2);
  o.image = folder_ / "missing";
  expectError(ErrorKind::kIo, "does not exist", [&] { makeMnistIter(o); });
  std::filesystem::resize_file(folder_ / "image", 40);
  expectError(ErrorKind::kIo, "is cut or corrupt", [&] { makeMnistIter(options(2)); });
}

TEST_F(MnistIterTest, aHugeCountInTheHeaderTakesNoMemory) {
  std::ofstream image(folder_ / "image", std::ios::binary);
  for (uint32_t word : {0x803u, 0x7fffffffu, 1000u, 1000u}) bigEndian(image, word);
  image.close();
  expectError(ErrorKind::kIo, "is cut or corrupt", [&] { makeMnistIter(options(2)); });
}

TEST_F(MnistIterTest, optionsComeFromStringsToo) {
  const MnistOptions o = parseMnistOptions({{"image", "a"},
                                            {"label", "b"},
                                            {"batch_size", "7"},
                                            {"shuffle", "False"},
                                            {"flat", "1"},
                                            {"silent", "0"}});
  EXPECT_EQ(o.batch_size, 7);
  EXPECT_FALSE(o.shuffle);
  EXPECT_TRUE(o.flat);
  expectError(ErrorKind::kInvalidArgument, "batch_size is '7x', expected a whole number", [] {
    parseMnistOptions({{"batch_size", "7x"}});
  });
  expectError(ErrorKind::kInvalidArgument, "option 'bach_size' is not known", [] {
    parseMnistOptions({{"bach_size", "7"}});
  });
}

TEST(MnistFilesTest, theOriginalFilesLoadFromGzip) {
  const auto folder = sharedData("mnist");
  if (!folder) GTEST_SKIP() << "the shared MNIST files are not there";
  MnistOptions o;
  o.image = *folder / "t10k-images-idx3-ubyte.gz";
  o.label = *folder / "t10k-labels-idx1-ubyte.gz";
  o.batch_size = 5;
  o.shuffle = false;
  const auto iter = makeMnistIter(o);
  DataBatch batch;
  ASSERT_TRUE(iter->next(&batch));
  float labels[5];
  batch.label.at(0).copyToHost(labels, sizeof labels);
  EXPECT_EQ(std::vector<float>(labels, labels + 5), (std::vector<float>{7, 2, 1, 0, 4}));
}

}  // namespace
}  // namespace tenon
