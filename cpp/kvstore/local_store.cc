// The store of one process: values live on the CPU, sums are made there.
#include <map>
#include <mutex>

#include "base/error.h"
#include "exec/invoke.h"
#include "kvstore/kvstore.h"

namespace tenon {
namespace {

constexpr Device kHome = Device::cpu(0);

class LocalStore final : public KVStore {
 public:
  const std::string& type() const override { return type_; }
  int rank() const override { return 0; }
  int numWorkers() const override { return 1; }

  void init(const std::string& key, const NDArray& value) override {
    const std::lock_guard lock(mutex_);
    TENON_CHECK(value.defined(), kInvalidArgument, "KVStore: key '", key,
                "' cannot be initialised with no array");
    TENON_CHECK(!entries_.contains(key), kInvalidState, "KVStore: key '", key,
                "' is already initialised");
    NDArray stored = NDArray::empty(value.shape(), value.dtype(), kHome);
    value.copyTo(stored);
    entries_.emplace(key, Entry{stored, {}});
  }

  void push(const std::string& key, std::span<const NDArray> values, int /*priority*/) override {
    const std::lock_guard lock(mutex_);
    Entry& entry = entryOf(key);
    TENON_CHECK(!values.empty(), kInvalidArgument, "KVStore: push of key '", key,
                "' got no arrays");
    for (const NDArray& value : values) checkFits(key, entry, value);
    const NDArray sum = sumOf(entry, values);
    if (const Updater updater = updater_) {  // which may set another
      updater(key, sum, entry.stored);
    } else {
      sum.copyTo(entry.stored);
    }
  }

  void pull(const std::string& key, std::span<const NDArray> outputs, int /*priority*/) override {
    const std::lock_guard lock(mutex_);
    Entry& entry = entryOf(key);
    for (const NDArray& output : outputs) {
      checkFits(key, entry, output);
      entry.stored.copyTo(output);
    }
  }

  void setUpdater(Updater updater) override {
    const std::lock_guard lock(mutex_);
    updater_ = std::move(updater);
  }

 private:
  struct Entry {
    NDArray stored;
    std::vector<NDArray> staged;  ///< by pusher: its value on the CPU, where it lives elsewhere
  };

  Entry& entryOf(const std::string& key) {
    const auto found = entries_.find(key);
    TENON_CHECK(found != entries_.end(), kInvalidState, "KVStore: key '", key,
                "' is not initialised: call init first");
    return found->second;
  }

  static void checkFits(const std::string& key, const Entry& entry, const NDArray& value) {
    TENON_CHECK(value.defined(), kInvalidArgument, "KVStore: key '", key, "' got no array");
    TENON_CHECK(value.shape() == entry.stored.shape() && value.dtype() == entry.stored.dtype(),
                kInvalidArgument, "KVStore: key '", key, "' holds ", nameOf(entry.stored.dtype()),
                entry.stored.shape(), ", given ", nameOf(value.dtype()), value.shape());
  }

  /// The sum on the CPU, in the order of the values: the same result each time.
  static NDArray sumOf(Entry& entry, std::span<const NDArray> values) {
    std::vector<NDArray> local;
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i].device() == kHome) {
        local.push_back(values[i]);
        continue;
      }
      while (entry.staged.size() <= i) entry.staged.emplace_back();
      NDArray& stage = entry.staged[i];
      if (!stage.defined())
        stage = NDArray::empty(entry.stored.shape(), entry.stored.dtype(), kHome);
      values[i].copyTo(stage);
      local.push_back(stage);
    }
    if (local.size() == 1) return local.front();
    return invoke("add_n", {{"num_args", std::to_string(local.size())}}, local).front();
  }

  const std::string type_ = "local";
  // Recursive, because an updater may look at the store.
  std::recursive_mutex mutex_;
  std::map<std::string, Entry> entries_;
  Updater updater_;
};

}  // namespace

std::unique_ptr<KVStore> KVStore::create(const std::string& type) {
  TENON_CHECK(type == "local" || type == "local_update_cpu" || type == "local_allreduce_cpu",
              kUnsupported, "KVStore: type '", type,
              "' is not offered by this version, expected local");
  return std::make_unique<LocalStore>();
}

}  // namespace tenon
