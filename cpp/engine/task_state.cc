#include "engine/task_state.h"

#include "base/error.h"

namespace tenon {

constinit thread_local int InsideTask::depth = 0;

bool Engine::insideTask() noexcept { return InsideTask::depth > 0; }

void checkMayWait(const char* function) {
  TENON_CHECK(!Engine::insideTask(), kInvalidState, function,
              " was called inside a task, which could wait for itself: wait outside, or push a "
              "task that depends on "
              "the data");
}

TaskToken TaskAccess::makeToken(std::shared_ptr<Completion> completion) {
  TaskToken token;
  token.state_ = std::move(completion);
  return token;
}

void TaskToken::complete() const { static_cast<Completion*>(state_.get())->complete(nullptr); }

void TaskToken::fail(const std::exception_ptr& error) const {
  TENON_CHECK(error != nullptr, kInternal, "a task's token fails without an error");
  static_cast<Completion*>(state_.get())->complete(error);
}

void UnreportedErrors::add(const Ref<TaskError>& error) {
  std::scoped_lock lock(mutex_);
  std::erase_if(errors_, [](const Ref<TaskError>& kept) { return kept->reported(); });
  if (errors_.size() < kKept) errors_.push_back(error);
}

void UnreportedErrors::throwFirst() {
  std::deque<Ref<TaskError>> errors;
  {
    std::scoped_lock lock(mutex_);
    errors.swap(errors_);
  }
  Ref<TaskError> first;
  for (const Ref<TaskError>& error : errors) {
    if (!first && !error->reported()) first = error;
    error->markReported();
  }
  if (first) first->report();
}

Ref<TaskError> currentError(const TaskOptions& options) {
  try {
    throw;
  } catch (const Error& error) {
    const std::string name = options.name == nullptr ? "" : options.name;
    if (name.empty() || error.message().rfind(name + ":", 0) == 0) {
      return makeRef<TaskError>(std::current_exception());
    }
    return makeRef<TaskError>(std::make_exception_ptr(error.within(name)));
  } catch (...) {
    return makeRef<TaskError>(std::current_exception());
  }
}

Queue* queueFor(const TaskOptions& options) {
  if (options.device.type == DeviceType::kCpu || options.lane == Lane::kIo ||
      options.lane == Lane::kCallback) {
    return nullptr;
  }
  const QueueKind kind = options.lane == Lane::kCompute   ? QueueKind::kCompute
                         : options.lane == Lane::kCopyOut ? QueueKind::kCopyOut
                                                          : QueueKind::kCopyIn;
  return runtimeOf(options.device.type).queue(options.device.id, kind);
}

}  // namespace tenon
