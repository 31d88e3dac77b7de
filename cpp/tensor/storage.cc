#include <algorithm>

#include "base/error.h"
#include "tensor/ndarray.h"

namespace tenon {

Storage::Storage(Device device, Block block, size_t bytes, std::function<void()> release)
    : device_(device), block_(block), bytes_(bytes), release_(std::move(release)) {}

Ref<Storage> Storage::allocate(Device device, size_t bytes) {
  MemoryPool& pool = poolOf(device);
  const Block block = pool.allocate(std::max<size_t>(bytes, 1));
  Ref<Storage> storage(new Storage(device, block, bytes, nullptr));
  storage->pool_ = &pool;
  adoptBlock(storage->variable_, block);
  return storage;
}

Ref<Storage> Storage::wrap(Device device, void* data, size_t bytes, std::function<void()> release) {
  TENON_CHECK(data != nullptr, kInvalidArgument, "cannot wrap a null pointer as memory of ",
              device.toString());
  return Ref<Storage>(new Storage(device, Block{data, bytes}, bytes, std::move(release)));
}

Storage::~Storage() {
  if (pool_ != nullptr) {
    releaseAfterUse(variable_, block_, *pool_);
  } else if (release_) {
    release_();
  }
}

}  // namespace tenon
