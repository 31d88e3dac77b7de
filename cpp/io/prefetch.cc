#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "io/data_iter.h"

namespace tenon {
namespace {

/// The thread fills `ready_`; the consumer empties it. `reset` first lets the thread come to rest,
/// so that the source is only ever touched by one of the two.
class PrefetchIter final : public DataIter {
 public:
  PrefetchIter(std::unique_ptr<DataIter> source, int depth)
      : source_(std::move(source)),
        depth_(static_cast<size_t>(depth)),
        thread_([this] { produce(); }) {}

  ~PrefetchIter() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  std::vector<DataDesc> provideData() const override { return source_->provideData(); }
  std::vector<DataDesc> provideLabel() const override { return source_->provideLabel(); }

  int64_t batches() const override { return source_->batches(); }

  bool next(DataBatch* batch) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty() || finished_; });
    if (!ready_.empty()) {
      *batch = std::move(ready_.front());
      ready_.pop_front();
      lock.unlock();
      changed_.notify_all();
      return true;
    }
    if (error_) std::rethrow_exception(error_);
    return false;
  }

  void reset() override {
    std::unique_lock lock(mutex_);
    paused_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !producing_; });
    ready_.clear();
    error_ = nullptr;
    finished_ = false;
    try {
      source_->reset();
    } catch (...) {
      finished_ = true;
      error_ = std::current_exception();
    }
    paused_ = false;
    lock.unlock();
    changed_.notify_all();
  }

 private:
  void produce() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(
          lock, [&] { return stopping_ || (!paused_ && !finished_ && ready_.size() < depth_); });
      if (stopping_) return;
      producing_ = true;
      lock.unlock();
      DataBatch batch;
      bool more = false;
      std::exception_ptr error;
      try {
        more = source_->next(&batch);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      producing_ = false;
      if (more) {
        ready_.push_back(std::move(batch));
      } else {
        finished_ = true;
        error_ = error;
      }
      changed_.notify_all();
    }
  }

  const std::unique_ptr<DataIter> source_;
  const size_t depth_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<DataBatch> ready_;
  std::exception_ptr error_;
  bool finished_ = false;   ///< the source has no more batches, or failed
  bool paused_ = false;     ///< reset wants the source for itself
  bool producing_ = false;  ///< the thread is inside the source
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<DataIter> prefetch(std::unique_ptr<DataIter> source, int depth) {
  TENON_CHECK(depth >= 1, kInvalidArgument, "an iterator cannot prefetch ", depth,
              " batches, expected at least 1");
  return std::make_unique<PrefetchIter>(std::move(source), depth);
}

}  // namespace tenon
