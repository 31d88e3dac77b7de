#include "engine/fence_waiter.h"

#include <utility>

namespace tenon {

FenceWaiter& FenceWaiter::get() {
  static FenceWaiter* const waiter = new FenceWaiter;
  return *waiter;
}

void FenceWaiter::add(const FenceMark& mark, Then then) {
  std::scoped_lock lock(mutex_);
  std::unique_ptr<Line>& line = lines_[mark.queue];
  if (!line) {
    line = std::make_unique<Line>();
    line->thread = std::thread([target = line.get()] { work(*target); });
  }
  {
    std::scoped_lock line_lock(line->mutex);
    line->items.push_back({mark.fence, std::move(then)});
  }
  line->changed.notify_one();
}

void FenceWaiter::work(Line& line) {
  std::unique_lock lock(line.mutex);
  for (;;) {
    line.changed.wait(lock, [&] { return line.stopping || !line.items.empty(); });
    if (line.items.empty()) return;
    Item item = std::move(line.items.front());
    line.items.pop_front();
    lock.unlock();
    std::exception_ptr error;
    try {
      item.fence->wait();
    } catch (...) {
      error = std::current_exception();
    }
    item.then(error);
    item = {};
    lock.lock();
  }
}

void FenceWaiter::stop() {
  std::map<Queue*, std::unique_ptr<Line>> lines;
  {
    std::scoped_lock lock(mutex_);
    lines.swap(lines_);
  }
  for (auto& [queue, line] : lines) {
    {
      std::scoped_lock lock(line->mutex);
      line->stopping = true;
    }
    line->changed.notify_one();
    line->thread.join();
  }
}

}  // namespace tenon
