#include <vector>

#include "kvstore/kvstore.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

NDArray arrayOf(const std::vector<float>& values, Device device = Device::cpu()) {
  NDArray array = NDArray::empty({static_cast<int64_t>(values.size())}, DType::kFloat32, device);
  array.copyFromHost(values.data(), array.bytes());
  return array;
}

std::vector<float> valuesOf(const NDArray& array) {
  std::vector<float> values(static_cast<size_t>(array.size()));
  array.copyToHost(values.data(), array.bytes());
  return values;
}

std::vector<float> pulled(KVStore& store, const std::string& key) {
  const NDArray out = arrayOf({0, 0});
  store.pull(key, std::span(&out, 1), 0);
  return valuesOf(out);
}

TEST(LocalStoreTest, keepsACopyOfWhatItIsInitialisedWith) {
  const auto store = KVStore::create("local");
  const NDArray value = arrayOf({1, 2});
  store->init("w", value);
  arrayOf({9, 9}).copyTo(value);
  EXPECT_EQ(pulled(*store, "w"), (std::vector<float>{1, 2}));
}

TEST(LocalStoreTest, sumsWhatTheDevicesPush) {
  const auto store = KVStore::create("local");
  store->init("w", arrayOf({0, 0}));
  const std::vector<NDArray> pushed{arrayOf({1, 2}, Device::cpu(0)),
                                    arrayOf({10, 20}, Device::cpu(1)),
                                    arrayOf({100, 200}, Device::cpu(2))};
  for (int round = 0; round < 3; ++round) {
    store->push("w", pushed, 0);
    const std::vector<NDArray> outs{arrayOf({0, 0}, Device::cpu(0)),
                                    arrayOf({0, 0}, Device::cpu(1))};
    store->pull("w", outs, 0);
    for (const NDArray& out : outs) EXPECT_EQ(valuesOf(out), (std::vector<float>{111, 222}));
  }
}

TEST(LocalStoreTest, givesTheSumToTheUpdater) {
  const auto store = KVStore::create("local");
  store->init("w", arrayOf({5, 5}));
  store->setUpdater([](const std::string& key, const NDArray& sum, NDArray& stored) {
    EXPECT_EQ(key, "w");
    std::vector<float> next = valuesOf(stored);
    const std::vector<float> added = valuesOf(sum);
    for (size_t i = 0; i < next.size(); ++i) next[i] += 2 * added[i];
    stored.copyFromHost(next.data(), stored.bytes());
  });
  const std::vector<NDArray> pushed{arrayOf({1, 2}), arrayOf({3, 4})};
  store->push("w", pushed, 0);
  EXPECT_EQ(pulled(*store, "w"), (std::vector<float>{13, 17}));
}

TEST(LocalStoreTest, anUpdaterMaySetTheNextOne) {
  const auto store = KVStore::create("local");
  store->init("w", arrayOf({0, 0}));
  const auto marker = std::make_shared<int>(7);
  store->setUpdater([&store, marker](const std::string&, const NDArray& sum, NDArray& stored) {
    store->setUpdater(nullptr);
    EXPECT_EQ(*marker, 7);  // this function is still there
    sum.copyTo(stored);
  });
  const std::vector<NDArray> pushed{arrayOf({1, 2})};
  store->push("w", pushed, 0);
  EXPECT_EQ(pulled(*store, "w"), (std::vector<float>{1, 2}));
  EXPECT_EQ(marker.use_count(), 1);
}

TEST(LocalStoreTest, errorsNameTheKey) {
  const auto store = KVStore::create("local");
  const NDArray two = arrayOf({1, 2});
  const NDArray three = arrayOf({1, 2, 3});
  expectError(ErrorKind::kInvalidState, "key 'w' is not initialised",
              [&] { store->push("w", std::span(&two, 1), 0); });
  expectError(ErrorKind::kInvalidState, "key 'w' is not initialised",
              [&] { store->pull("w", std::span(&two, 1), 0); });
  store->init("w", two);
  expectError(ErrorKind::kInvalidState, "key 'w' is already initialised",
              [&] { store->init("w", two); });
  expectError(ErrorKind::kInvalidArgument, "key 'w' holds float32(2,), given float32(3,)",
              [&] { store->push("w", std::span(&three, 1), 0); });
  expectError(ErrorKind::kInvalidArgument, "push of key 'w' got no arrays",
              [&] { store->push("w", {}, 0); });
  expectError(ErrorKind::kUnsupported, "type 'dist_sync' is not offered",
              [] { KVStore::create("dist_sync"); });
}

}  // namespace
}  // namespace tenon
