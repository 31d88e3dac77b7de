#include <algorithm>
#include <new>

#include "base/error.h"
#include "tensor/ndarray.h"

namespace tenon {
namespace {

/// Room for a storage before its data, which stays aligned to 64 bytes.
constexpr size_t kHeader = 128;
/// Up to this, data follows the storage itself.
constexpr size_t kSmall = 4096;

}  // namespace

Ref<Storage> Storage::allocate(Device device, size_t bytes) {
  static_assert(sizeof(Storage) <= kHeader);
  MemoryPool& pool = poolOf(device);
  Ref<Storage> storage;
  if (device.type == DeviceType::kCpu && bytes <= kSmall) {
    const Block block = pool.allocate(kHeader + std::max<size_t>(bytes, 1));
    storage = Ref<Storage>(
        new (block.data) Storage(device, static_cast<std::byte*>(block.data) + kHeader, bytes));
    storage->block_ = block;
  } else {
    const Block block = pool.allocate(std::max<size_t>(bytes, 1));
    storage = Ref<Storage>(new Storage(device, block.data, bytes));
    storage->block_ = block;
  }
  storage->pool_ = &pool;
  adoptBlock(storage->variable_, storage->block_);
  return storage;
}

Ref<Storage> Storage::wrap(Device device, void* data, size_t bytes, std::function<void()> release) {
  TENON_CHECK(data != nullptr, kInvalidArgument, "cannot wrap a null pointer as memory of ",
              device.toString());
  Ref<Storage> storage(new Storage(device, data, bytes));
  storage->release_ = std::move(release);
  return storage;
}

void Storage::dispose() noexcept {
  if (!insideBlock()) {
    delete this;
    return;
  }
  releaseAfterUse(
      variable_, block_, *pool_, [](void* self) { static_cast<Storage*>(self)->~Storage(); }, this);
}

Storage::~Storage() {
  if (insideBlock()) return;
  if (pool_ != nullptr) {
    releaseAfterUse(variable_, block_, *pool_);
  } else if (release_) {
    release_();
  }
}

}  // namespace tenon
