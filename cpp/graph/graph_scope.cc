#include "graph/graph_scope.h"

#include <shared_mutex>

namespace tenon {
namespace {

/// One for all graphs: they share nodes, and what is done with them is short. Leaked, as threads
/// may outlive static objects.
std::shared_mutex& graphs() {
  static auto* const mutex = new std::shared_mutex;
  return *mutex;
}

/// Scopes of this thread, one within the other: the outermost holds the lock.
thread_local int depth = 0;

}  // namespace

GraphReadScope::GraphReadScope() {
  if (depth == 0) graphs().lock_shared();
  ++depth;
}
GraphReadScope::~GraphReadScope() {
  if (--depth == 0) graphs().unlock_shared();
}

GraphWriteScope::GraphWriteScope() {
  graphs().lock();
  ++depth;
}
GraphWriteScope::~GraphWriteScope() {
  --depth;
  graphs().unlock();
}

}  // namespace tenon
