#include "jni/handles.h"

#include <algorithm>

#include "jni/pressure.h"

namespace tenon::jni {

const char* nameOf(Kind kind) noexcept {
  switch (kind) {
    case Kind::kArray:
      return "NDArray";
    case Kind::kSymbol:
      return "Symbol";
    case Kind::kExecutor:
      return "Executor";
    case Kind::kIter:
      return "DataIter";
    case Kind::kKVStore:
      return "KVStore";
  }
  return "object";
}

HeldArray::HeldArray(NDArray&& a) : bytes_(a.bytes() + Pressure::kOverhead), first_(std::move(a)) {}

HeldArray::~HeldArray() {
  if (bytes_ != 0) Pressure::get().remove(bytes_);
  drop(newest_.load(std::memory_order_acquire));
}

std::mutex& HeldArray::versionsMutex() noexcept {
  static std::mutex& mutex = *new std::mutex;
  return mutex;
}

void HeldArray::drop(Version* versions) noexcept {
  while (versions != nullptr) {
    const std::unique_ptr<Version> last(versions);
    versions = last->older;
  }
}

void keepPlace(NDArray&& written, Handle handle, HeldArray& held, uint64_t holds) {
  if (written.extension() == held.array().extension()) return;
  held.replace(std::move(written), [&] { return ArrayTable::get().heldOnlyBy(handle, holds); });
}

void failStale(Handle handle) {
  const auto kind = static_cast<Kind>(static_cast<uint32_t>(handle) >> 28);
  fail(ErrorKind::kInvalidState, "this ", nameOf(kind),
       " is closed: by close(), or with the NDScope or the object that it belonged to");
}

HeldArrays::~HeldArrays() {
  for (const Handle handle : handles_) ArrayTable::get().release(handle);
}

void HeldArrays::reserve(size_t count) {
  handles_.reserve(count);
  pointers_.reserve(count);
}

void HeldArrays::add(Handle handle) {
  reserve(handles_.size() + 1);
  HeldArray* held = ArrayTable::get().retain(handle);
  if (!held) failStale(handle);
  handles_.push_back(handle);
  pointers_.push_back(&held->array());
}

Handle newArray(NDArray&& array) {
  constexpr size_t kLittle = 1024;
  const bool little = array.storage()->bytes() <= kLittle;
  HeldArray held(std::move(array));
  const bool due = Pressure::get().add(held.bytes());
  const Handle handle = ArrayTable::get().create(std::move(held));
  return handle | (due ? INT64_MIN : 0) | (little ? int64_t{1} << 62 : 0);
}

bool closeHandle(Handle handle) noexcept {
  switch (static_cast<Kind>(static_cast<uint32_t>(handle) >> 28)) {
    case Kind::kArray:
      return ArrayTable::get().close(handle);
    case Kind::kSymbol:
      return SymbolTable::get().close(handle);
    case Kind::kExecutor:
      return ExecutorTable::get().close(handle);
    case Kind::kIter:
      return IterTable::get().close(handle);
    case Kind::kKVStore:
      return KVStoreTable::get().close(handle);
  }
  return false;
}

void closeHandles(std::span<const Handle> handles) noexcept {
  // Mostly arrays, and what nobody closed has long left the processor's caches: first the slots are
  // sent for, then the storages that they name, as many at a time as are on their way at once.
  constexpr size_t kAtOnce = 16;
  ArrayTable& arrays = ArrayTable::get();
  while (!handles.empty()) {
    const auto some = handles.first(std::min(handles.size(), kAtOnce));
    expectCloses(some);
    for (const Handle handle : some) {
      if (const HeldArray* soon = arrays.peek(handle)) prefetchForWriting(soon->hint(), 2 * 64);
    }
    for (const Handle handle : some) {
      if (handle != 0) closeHandle(handle);
    }
    handles = handles.subspan(some.size());
  }
}

void expectCloses(std::span<const Handle> handles) noexcept {
  for (const Handle handle : handles) ArrayTable::get().expectClose(handle);
}

int64_t heldBytesOf(Handle array) noexcept {
  ArrayTable& arrays = ArrayTable::get();
  const HeldArray* held = arrays.retain(array);
  const int64_t bytes = held ? held->bytes() : 0;
  if (held) arrays.release(array);
  return bytes;
}

bool isHandleOpen(Handle handle) noexcept {
  switch (static_cast<Kind>(static_cast<uint32_t>(handle) >> 28)) {
    case Kind::kArray:
      return ArrayTable::get().isOpen(handle);
    case Kind::kSymbol:
      return SymbolTable::get().isOpen(handle);
    case Kind::kExecutor:
      return ExecutorTable::get().isOpen(handle);
    case Kind::kIter:
      return IterTable::get().isOpen(handle);
    case Kind::kKVStore:
      return KVStoreTable::get().isOpen(handle);
  }
  return false;
}

int64_t openHandles() noexcept {
  return ArrayTable::get().openHandles() + SymbolTable::get().openHandles() +
         ExecutorTable::get().openHandles() + IterTable::get().openHandles() +
         KVStoreTable::get().openHandles();
}

}  // namespace tenon::jni
