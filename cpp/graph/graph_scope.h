// Who may read and who may change nodes. Nodes are shared between symbols, and so between threads;
// composing a symbol and setting an attribute change some that others may be reading.
#pragma once

namespace tenon {

/// Nodes stay as they are while it lives. Many threads at once, and again within itself.
class GraphReadScope {
 public:
  GraphReadScope();
  ~GraphReadScope();
  GraphReadScope(const GraphReadScope&) = delete;
  GraphReadScope& operator=(const GraphReadScope&) = delete;
};

/// This thread alone reads and changes nodes while it lives. Not to be made while reading.
class GraphWriteScope {
 public:
  GraphWriteScope();
  ~GraphWriteScope();
  GraphWriteScope(const GraphWriteScope&) = delete;
  GraphWriteScope& operator=(const GraphWriteScope&) = delete;
};

}  // namespace tenon
