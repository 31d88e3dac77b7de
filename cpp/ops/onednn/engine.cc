#include "ops/onednn/engine.h"

#include "base/parallel.h"

namespace tenon::onednn {
namespace {

thread_local bool single_thread = false;

/// The process's team as oneDNN sees it.
class TeamPool final : public dnnl::threadpool_interop::threadpool_iface {
 public:
  void setThreads(int threads) noexcept { threads_ = threads; }
  int get_num_threads() const override { return threads_; }
  bool get_in_parallel() const override { return insideParallel(); }
  void parallel_for(int n, const std::function<void(int, int)>& part) override {
    parallelEach(n, [&](int64_t i) { part(static_cast<int>(i), n); });
  }
  uint64_t get_flags() const override { return 0; }

 private:
  int threads_ = 1;
};

}  // namespace

const dnnl::engine& engine() {
  // Never destroyed: primitives in static caches may outlive any order of destruction.
  static const dnnl::engine* instance =
      guarded("opening oneDNN", [] { return new dnnl::engine(dnnl::engine::kind::cpu, 0); });
  return *instance;
}

const dnnl::stream& stream(int threads) {
  thread_local TeamPool pool;
  thread_local const dnnl::stream instance = guarded(
      "opening oneDNN", [] { return dnnl::threadpool_interop::make_stream(engine(), &pool); });
  pool.setThreads(threads);
  return instance;
}

int currentThreads() noexcept { return single_thread || insideParallel() ? 1 : threadCount(); }

SingleThread::SingleThread(bool wanted) noexcept : outer_(single_thread) {
  single_thread = outer_ || wanted;
}

SingleThread::~SingleThread() { single_thread = outer_; }

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
