// org.tenon.internal.ExecutorNatives
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"

namespace tenon::jni {
namespace {

/// The executor of a handle, shared: it lives on if it is closed while it runs.
std::shared_ptr<Executor> executorOf(jlong handle) { return *Held<ExecutorTable>(handle); }

Handle newExecutor(std::shared_ptr<Executor> executor) {
  return ExecutorTable::get().create(std::move(executor));
}

jlong bind(JNIEnv* env, jclass, jlong symbol, jlong device, jobjectArray argument_names,
           jlongArray arguments, jobjectArray gradient_names, jlongArray gradients,
           jintArray requests, jobjectArray auxiliary_names, jlongArray auxiliary) {
  return call(env, [&] {
    const std::vector<std::string> wanted = toStrings(env, gradient_names, "gradient");
    std::vector<jint> codes(wanted.size());
    env->GetIntArrayRegion(requests, 0, static_cast<jsize>(codes.size()), codes.data());
    checkJava(env);
    std::map<std::string, Request> requested;
    for (size_t i = 0; i < wanted.size(); ++i)
      requested[wanted[i]] = static_cast<Request>(codes[i]);
    const Symbol graph = *Held<SymbolTable>(symbol);
    return newExecutor(Executor::bind(
        graph, toDevice(device), toNamedArrays(env, argument_names, arguments, "argument"),
        toNamedArrays(env, gradient_names, gradients, "gradient"), requested,
        toNamedArrays(env, auxiliary_names, auxiliary, "auxiliary state")));
  });
}

void forward(JNIEnv* env, jclass, jlong executor, jboolean training) {
  call(env, [&] { executorOf(executor)->forward(training); });
}

void backward(JNIEnv* env, jclass, jlong executor, jlongArray head_gradients) {
  call(env,
       [&] { executorOf(executor)->backward(toArrays(env, head_gradients, "head gradient")); });
}

jlongArray outputs(JNIEnv* env, jclass, jlong executor) {
  return call(env, [&] {
    std::vector<NDArray> arrays = executorOf(executor)->outputs();
    return newArrays(env, arrays);
  });
}

jlong reshape(JNIEnv* env, jclass, jlong executor, jobjectArray names, jobjectArray shapes) {
  return call(env, [&] {
    return newExecutor(executorOf(executor)->reshape(toShapes(env, names, shapes)));
  });
}

jlongArray arrays(JNIEnv* env, jclass, jlong executor, jint role, jobjectArray names) {
  return call(env, [&] {
    const std::shared_ptr<Executor> bound = executorOf(executor);
    const std::map<std::string, NDArray>& all = role == 0   ? bound->arguments()
                                                : role == 1 ? bound->gradients()
                                                            : bound->auxiliary();
    std::vector<NDArray> wanted;
    for (const std::string& name : toStrings(env, names, "array")) {
      const auto found = all.find(name);
      TENON_CHECK(found != all.end(), kInvalidArgument, "nothing is bound as ", name);
      wanted.push_back(found->second);
    }
    return newArrays(env, wanted);
  });
}

/// A Java monitor, kept for as long as the executor keeps the function that holds it.
class JavaMonitor {
 public:
  JavaMonitor(JNIEnv* env, jobject monitor) : monitor_(env->NewGlobalRef(monitor)) {
    checkJava(env);
  }
  ~JavaMonitor() {
    JNIEnv* env = nullptr;
    JavaVM* vm = java().vm;
    if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) == JNI_OK) {
      env->DeleteGlobalRef(monitor_);
    } else if (vm->AttachCurrentThreadAsDaemon(reinterpret_cast<void**>(&env), nullptr) == JNI_OK) {
      env->DeleteGlobalRef(monitor_);
      vm->DetachCurrentThread();
    }
  }
  JavaMonitor(const JavaMonitor&) = delete;
  JavaMonitor& operator=(const JavaMonitor&) = delete;

  /// On the thread that called forward, which is Java's.
  void accept(const std::string& name, const NDArray& array) const {
    JNIEnv* env = nullptr;
    const jint found = java().vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8);
    TENON_CHECK(found == JNI_OK, kInternal, "a monitor was called on a thread that is not Java's");
    const LocalFrame frame(env, 2);
    env->CallVoidMethod(monitor_, java().monitor_accept, toJava(env, name),
                        newArray(NDArray(array)));
    checkJava(env);
  }

 private:
  jobject monitor_;
};

void setMonitor(JNIEnv* env, jclass, jlong executor, jobject monitor) {
  call(env, [&] {
    if (!monitor) return executorOf(executor)->setMonitor(nullptr);
    auto shared = std::make_shared<const JavaMonitor>(env, monitor);
    executorOf(executor)->setMonitor(
        [shared](const std::string& name, const NDArray& array) { shared->accept(name, array); });
  });
}

jlongArray memoryReport(JNIEnv* env, jclass, jlong executor) {
  return call(env, [&] {
    const MemoryReport report = executorOf(executor)->memoryReport();
    const int64_t figures[] = {report.arena_bytes, report.unshared_bytes};
    return toJava(env, figures);
  });
}

const JNINativeMethod kMethods[] = {
    method("bind", "(JJ[Ljava/lang/String;[J[Ljava/lang/String;[J[I[Ljava/lang/String;[J)J", bind),
    method("forward", "(JZ)V", forward),
    method("backward", "(J[J)V", backward),
    method("outputs", "(J)[J", outputs),
    method("reshape", "(J[Ljava/lang/String;[[J)J", reshape),
    method("arrays", "(JI[Ljava/lang/String;)[J", arrays),
    method("setMonitor", "(JLorg/tenon/internal/ExecutorNatives$Monitor;)V", setMonitor),
    method("memoryReport", "(J)[J", memoryReport),
};

}  // namespace

NativeClass executorNatives() { return {"org/tenon/internal/ExecutorNatives", kMethods}; }

}  // namespace tenon::jni
