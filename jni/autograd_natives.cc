// org.tenon.internal.AutogradNatives
#include "exec/autograd.h"
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"

namespace tenon::jni {
namespace {

jboolean switchRecording(JNIEnv*, jclass, jboolean on) { return setRecording(on); }
jboolean switchTraining(JNIEnv*, jclass, jboolean on) { return setTraining(on); }
jboolean recording(JNIEnv*, jclass) { return isRecording(); }
jboolean training(JNIEnv*, jclass) { return isTraining(); }

void mark(JNIEnv* env, jclass, jlong array, jlong gradient, jint request) {
  call(env, [&] {
    const Held<ArrayTable> leaf(array);
    const Held<ArrayTable> to(gradient);
    NDArray marked = leaf->array();
    markVariable(marked, to->array(), static_cast<Request>(request));
    keepPlace(std::move(marked), array, *leaf, array == gradient ? 2 : 1);
  });
}

jlong gradient(JNIEnv* env, jclass, jlong array) {
  return call(env, [&] {
    NDArray found = gradientOf(Held<ArrayTable>(array)->array());
    return found.defined() ? newArray(std::move(found)) : Handle{0};
  });
}

void differentiate(JNIEnv* env, jclass, jlongArray heads, jlongArray head_gradients,
                   jboolean retain_graph, jboolean train_mode) {
  call(env, [&] {
    const std::vector<NDArray> of = toArrays(env, heads, "head");
    const std::vector<NDArray> with = toArrays(env, head_gradients, "head gradient", true);
    TENON_CHECK(with.empty() || with.size() == of.size(), kInvalidArgument, "backward: ", of.size(),
                " heads, but ", with.size(), " head gradients");
    backward(of, with, retain_graph, train_mode);
  });
}

const JNINativeMethod kMethods[] = {
    method("setRecording", "(Z)Z", switchRecording), method("setTraining", "(Z)Z", switchTraining),
    method("isRecording", "()Z", recording),         method("isTraining", "()Z", training),
    method("markVariable", "(JJI)V", mark),          method("gradientOf", "(J)J", gradient),
    method("backward", "([J[JZZ)V", differentiate),
};

}  // namespace

NativeClass autogradNatives() { return {"org/tenon/internal/AutogradNatives", kMethods}; }

}  // namespace tenon::jni
