// Handles: how Java names native objects.
//
// A handle is a slot and a generation. Closing raises the slot's generation, so a handle that was
// closed is known to be stale for ever (for 2^30 uses of a slot), and the object itself lives until
// calls that hold it have returned. Taking hold and letting go are one atomic operation each and
// take no lock.
//
//   bit 63: "please collect", set in new handles only and taken off by Java
//   bit 62: an array of little memory; for Java, not looked at here
//   bits 32-61: generation    bits 28-31: kind    bits 0-27: slot
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/prefetch.h"
#include "exec/executor.h"
#include "graph/symbol.h"
#include "io/data_iter.h"
#include "kvstore/kvstore.h"
#include "tensor/ndarray.h"

namespace tenon::jni {

using Handle = int64_t;

/// Kinds of objects; part of handles.
enum class Kind : uint32_t { kArray = 0, kSymbol = 1, kExecutor = 2, kIter = 3, kKVStore = 4 };

/// What a kind's objects are called in messages.
const char* nameOf(Kind kind) noexcept;

/// Slots of one kind. Objects live inside their slots. Never destroyed: threads may outlive static
/// objects.
template <class T, Kind kKind>
class HandleTable {
 public:
  static HandleTable& get() {
    static HandleTable& table = *new HandleTable;
    return table;
  }

  /// A new handle, which owns `value`.
  Handle create(T&& value) {
    const uint32_t index = takeFree();
    Slot& slot = slotAt(index);
    new (slot.bytes) T(std::move(value));
    const uint64_t generation = slot.state.load(std::memory_order_relaxed) >> 32;
    slot.state.store(generation << 32 | 1, std::memory_order_release);
    open_.fetch_add(1, std::memory_order_relaxed);
    return static_cast<Handle>(generation << 32 | static_cast<uint64_t>(kKind) << 28 | index);
  }

  /// The object, retained until `release` of the same handle; null if the handle is stale.
  T* retain(Handle handle) noexcept {
    Slot* slot = find(handle);
    if (!slot) return nullptr;
    uint64_t state = slot->state.load(std::memory_order_relaxed);
    do {
      if (state >> 32 != generationOf(handle) || refs(state) == 0) return nullptr;
      // In one order with what changes objects and asks for holders.
    } while (!slot->state.compare_exchange_weak(state, state + 1, std::memory_order_seq_cst,
                                                std::memory_order_relaxed));
    return slot->object();
  }

  /// Whether a retained object's slot is held by nobody but its handle and the caller, `holds`
  /// times.
  bool heldOnlyBy(Handle handle, uint64_t holds) noexcept {
    const uint64_t state = slotAt(indexOf(handle)).state.load(std::memory_order_seq_cst);
    return state >> 32 == generationOf(handle) && refs(state) == holds + 1;
  }

  void release(Handle handle) noexcept {
    const uint32_t index = indexOf(handle);
    Slot& slot = slotAt(index);
    if (refs(slot.state.fetch_sub(1, std::memory_order_acq_rel)) == 1) dispose(slot, index);
  }

  /// Makes the handle stale; false if it was.
  bool close(Handle handle) noexcept {
    Slot* slot = find(handle);
    if (!slot) return false;
    uint64_t state = slot->state.load(std::memory_order_relaxed);
    uint64_t next;
    do {
      if (state >> 32 != generationOf(handle) || refs(state) == 0) return false;
      const uint64_t generation = (generationOf(handle) + 1) & kGenerationMask;
      next = (generation == 0 ? 1 : generation) << 32 | (refs(state) - 1);
    } while (!slot->state.compare_exchange_weak(state, next, std::memory_order_acq_rel,
                                                std::memory_order_relaxed));
    open_.fetch_sub(1, std::memory_order_relaxed);
    if (refs(next) == 0) dispose(*slot, indexOf(handle));
    return true;
  }

  /// Tells that `close(handle)` comes soon.
  void expectClose(Handle handle) noexcept {
    if (Slot* slot = find(handle)) prefetchForWriting(slot, 64);
  }
  /// The object, if the handle is open; for hints, as it may be closed at any time.
  const T* peek(Handle handle) noexcept {
    Slot* slot = isOpen(handle) ? find(handle) : nullptr;
    return slot ? slot->object() : nullptr;
  }

  bool isOpen(Handle handle) noexcept {
    Slot* slot = find(handle);
    return slot && slot->state.load(std::memory_order_acquire) >> 32 == generationOf(handle);
  }

  int64_t openHandles() const noexcept { return open_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kChunkBits = 14;
  static constexpr uint32_t kChunkSlots = 1u << kChunkBits;
  static constexpr uint32_t kChunks = 1u << 14;
  static constexpr uint64_t kGenerationMask = 0x3fffffff;
  static constexpr size_t kBatch = 64;

  struct Slot {
    /// Generation above, references below. A free slot has no references and the generation of its
    /// next use.
    std::atomic<uint64_t> state{uint64_t{1} << 32};
    alignas(T) std::byte bytes[sizeof(T)];
    T* object() noexcept { return std::launder(reinterpret_cast<T*>(bytes)); }
    /// For a slot that has lain idle: gets it on its way.
    void prefetch() noexcept { prefetchForWriting(this, sizeof(Slot)); }
  };

  /// A thread's few free slots.
  struct Cache {
    std::vector<uint32_t> slots;
    ~Cache() { HandleTable::get().giveBack(slots, 0); }
  };

  static uint64_t refs(uint64_t state) noexcept { return state & 0xffffffff; }
  static uint64_t generationOf(Handle handle) noexcept {
    return static_cast<uint64_t>(handle) >> 32 & kGenerationMask;
  }
  static uint32_t indexOf(Handle handle) noexcept {
    return static_cast<uint32_t>(handle) & 0xfffffff;
  }

  static Cache& cache() {
    thread_local Cache cache;
    return cache;
  }

  Slot& slotAt(uint32_t index) noexcept {
    return chunks_[index >> kChunkBits].load(std::memory_order_acquire)[index & (kChunkSlots - 1)];
  }

  /// Null for what cannot be a handle of this table.
  Slot* find(Handle handle) noexcept {
    if ((static_cast<uint32_t>(handle) >> 28) != static_cast<uint32_t>(kKind)) return nullptr;
    const uint32_t index = indexOf(handle);
    Slot* chunk = chunks_[index >> kChunkBits].load(std::memory_order_acquire);
    return chunk ? &chunk[index & (kChunkSlots - 1)] : nullptr;
  }

  void dispose(Slot& slot, uint32_t index) noexcept {
    slot.object()->~T();
    std::vector<uint32_t>& slots = cache().slots;
    slots.push_back(index);
    if (slots.size() >= 2 * kBatch) giveBack(slots, kBatch);
  }

  void giveBack(std::vector<uint32_t>& slots, size_t keep) {
    const std::lock_guard lock(mutex_);
    free_.insert(free_.end(), slots.begin() + static_cast<std::ptrdiff_t>(keep), slots.end());
    slots.resize(keep);
  }

  uint32_t takeFree() {
    std::vector<uint32_t>& slots = cache().slots;
    if (slots.empty()) refill(slots);
    const uint32_t index = slots.back();
    slots.pop_back();
    if (!slots.empty()) slotAt(slots.back()).prefetch();
    return index;
  }

  void refill(std::vector<uint32_t>& slots) {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      const uint32_t chunk = fresh_chunks_;
      TENON_CHECK(chunk < kChunks, kInvalidState, "more than ", uint64_t{kChunks} * kChunkSlots,
                  " open ", nameOf(kKind), " objects");
      chunks_[chunk].store(new Slot[kChunkSlots], std::memory_order_release);
      ++fresh_chunks_;
      free_.reserve(kChunkSlots);
      for (uint32_t i = kChunkSlots; i-- > 0;) free_.push_back(chunk << kChunkBits | i);
    }
    const size_t count = std::min(kBatch, free_.size());
    slots.insert(slots.end(), free_.end() - static_cast<std::ptrdiff_t>(count), free_.end());
    free_.resize(free_.size() - count);
  }

  std::atomic<Slot*> chunks_[kChunks] = {};
  std::atomic<int64_t> open_{0};
  std::mutex mutex_;
  std::vector<uint32_t> free_;
  uint32_t fresh_chunks_ = 0;
};

/// What an array's slot holds: the array, with the bytes that its handle answers for.
///
/// While other calls hold the slot, the array is never changed: what gives it another place on the
/// tape puts a new version in front. Old versions go when a call finds itself alone with the slot,
/// or with the slot's use.
class HeldArray {
 public:
  explicit HeldArray(NDArray&& a);
  /// Of one that nobody shares yet.
  HeldArray(HeldArray&& other) noexcept
      : bytes_(std::exchange(other.bytes_, 0)), first_(std::move(other.first_)) {}
  HeldArray& operator=(HeldArray&&) = delete;
  ~HeldArray();

  int64_t bytes() const noexcept { return bytes_; }
  /// Where its memory is described, also of an array that is just being closed: for hints.
  const void* hint() const noexcept { return first_.storage().get(); }
  /// Stays as it is for as long as the caller holds the slot.
  const NDArray& array() const noexcept {
    const Version* newest = newest_.load(std::memory_order_seq_cst);
    return newest ? newest->array : first_;
  }
  /// Puts a version in front; `alone` then says whether no other call holds the slot, and is asked
  /// afterwards: whoever takes hold later sees the new version.
  template <class Alone>
  void replace(NDArray&& array, Alone alone) {
    const std::lock_guard lock(versionsMutex());
    auto* next = new Version{std::move(array), newest_.load(std::memory_order_relaxed)};
    newest_.store(next, std::memory_order_seq_cst);
    if (!alone()) return;
    drop(std::exchange(next->older, nullptr));
    first_ = NDArray();
  }

 private:
  struct Version {
    NDArray array;
    Version* older;
  };

  static std::mutex& versionsMutex() noexcept;
  static void drop(Version* versions) noexcept;

  int64_t bytes_;
  NDArray first_;
  std::atomic<Version*> newest_{nullptr};
};

using ArrayTable = HandleTable<HeldArray, Kind::kArray>;
using SymbolTable = HandleTable<Symbol, Kind::kSymbol>;
using ExecutorTable = HandleTable<std::shared_ptr<Executor>, Kind::kExecutor>;
using IterTable = HandleTable<std::unique_ptr<DataIter>, Kind::kIter>;
using KVStoreTable = HandleTable<std::unique_ptr<KVStore>, Kind::kKVStore>;

/// An object held for the length of a call. Throws kInvalidState for a stale handle.
template <class Table>
class Held {
 public:
  explicit Held(Handle handle);
  ~Held() { Table::get().release(handle_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  auto& operator*() const noexcept { return *object_; }
  auto* operator->() const noexcept { return object_; }

 private:
  Handle handle_;
  decltype(Table::get().retain(0)) object_;
};

[[noreturn]] void failStale(Handle handle);

template <class Table>
Held<Table>::Held(Handle handle) : handle_(handle), object_(Table::get().retain(handle)) {
  if (!object_) [[unlikely]]
    failStale(handle);
}

/// Arrays held for the length of a call.
class HeldArrays {
 public:
  HeldArrays() = default;
  ~HeldArrays();
  HeldArrays(const HeldArrays&) = delete;
  HeldArrays& operator=(const HeldArrays&) = delete;

  void reserve(size_t count);
  /// Throws kInvalidState for a stale handle.
  void add(Handle handle);
  const std::vector<const NDArray*>& pointers() const noexcept { return pointers_; }

 private:
  std::vector<Handle> handles_;
  std::vector<const NDArray*> pointers_;
};

/// A new handle for an array, with bits 62 and 63 as above.
Handle newArray(NDArray&& array);

bool closeHandle(Handle handle) noexcept;
/// Gives a handle's array the place on the tape that `written`, a copy of it, has. The caller holds
/// the handle `holds` times, and uses what it has of the array no more.
void keepPlace(NDArray&& written, Handle handle, HeldArray& held, uint64_t holds = 1);
/// Closes many; zeros and stale ones are skipped.
void closeHandles(std::span<const Handle> handles) noexcept;
/// Tells that they will be closed soon.
void expectCloses(std::span<const Handle> handles) noexcept;
/// The bytes that an array's handle answers for; 0 if it is stale.
int64_t heldBytesOf(Handle array) noexcept;
bool isHandleOpen(Handle handle) noexcept;
int64_t openHandles() noexcept;

}  // namespace tenon::jni
