// Waits for devices on the host's behalf, so that no worker does: one thread per queue of a device,
// started when first needed. Fences of one queue are reached in order, so waiting for them in turn
// delays none.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/inline_function.h"
#include "engine/variable_record.h"

namespace tenon {

class FenceWaiter {
 public:
  /// Called on the waiting thread when the fence is reached, with its error or null; must not
  /// throw.
  using Then = InlineFunction<void(const std::exception_ptr&), 64>;

  /// The process's; never destroyed.
  static FenceWaiter& get();

  void add(const FenceMark& mark, Then then);
  /// Returns when nothing is waited for and the threads have ended; `add` starts them again.
  void stop();

 private:
  struct Item {
    Ref<Fence> fence;
    Then then;
  };
  struct Line {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Item> items;
    bool stopping = false;
    std::thread thread;
  };

  static void work(Line& line);

  std::mutex mutex_;
  std::map<Queue*, std::unique_ptr<Line>> lines_;
};

}  // namespace tenon
