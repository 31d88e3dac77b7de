// Pieces that both engines use: the mark of being inside a task, tokens, the first unreported
// error.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "engine/engine.h"
#include "engine/inline_task.h"
#include "engine/task_error.h"

namespace tenon {

/// Throws kInvalidState inside a task: "waitToRead cannot be called inside a task ...".
void checkMayWait(const char* function);

/// What a token completes, once.
class Completion {
 public:
  virtual ~Completion() = default;
  /// `error` may be null.
  virtual void complete(std::exception_ptr error) = 0;
};

/// Makes and opens tokens.
class TaskAccess {
 public:
  static TaskToken makeToken(std::shared_ptr<Completion> completion);
};

/// Errors that no wait has thrown yet, in the order of their happening.
class UnreportedErrors {
 public:
  void add(const Ref<TaskError>& error);
  /// Throws the first that is still unreported and counts the others as reported; they stay on
  /// their variables.
  void throwFirst();

 private:
  static constexpr size_t kKept = 64;
  std::mutex mutex_;
  std::deque<Ref<TaskError>> errors_;
};

/// The exception being handled as the error of a task; an Error that does not name the task is put
/// within its name.
Ref<TaskError> currentError(const TaskOptions& options);

/// The queue that a task of these options issues to; null on the host's threads.
Queue* queueFor(const TaskOptions& options);

}  // namespace tenon
