#include "ops/onednn/engine.h"

#include "base/parallel.h"

namespace tenon::onednn {

const dnnl::engine& engine() {
  // Never destroyed: primitives in static caches may outlive any order of destruction.
  static const dnnl::engine* instance =
      guarded("opening oneDNN", [] { return new dnnl::engine(dnnl::engine::kind::cpu, 0); });
  return *instance;
}

const dnnl::stream& stream() {
  thread_local const dnnl::stream instance =
      guarded("opening oneDNN", [] { return dnnl::stream(engine()); });
  return instance;
}

int currentThreads() noexcept { return insideParallel() ? 1 : threadCount(); }

void rethrow(std::string_view what, const dnnl::error& error) {
  switch (error.status) {
    case dnnl_out_of_memory:
      fail(ErrorKind::kOutOfMemory, what, ": oneDNN is out of memory");
    case dnnl_unimplemented:
      fail(ErrorKind::kUnsupported, what,
           ": oneDNN has no implementation for this processor, dtype and shape");
    default:
      fail(ErrorKind::kInternal, what, ": oneDNN says: ", error.what(), " (status ",
           static_cast<int>(error.status), ")");
  }
}

}  // namespace tenon::onednn
