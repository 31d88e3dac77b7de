// The JVM's entry points.
#include <jni.h>

#include "jni/java.h"
#include "jni/natives.h"
#include "memory/pool.h"

namespace tenon::jni {
namespace {

/// Asks Java's collector to let go of arrays; called by a memory pool about to fail, on any thread.
bool reclaim(Device, size_t) {
  JNIEnv* env = nullptr;
  JavaVM* vm = java().vm;
  const bool attached = vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) == JNI_OK;
  if (!attached &&
      vm->AttachCurrentThreadAsDaemon(reinterpret_cast<void**>(&env), nullptr) != JNI_OK)
    return false;
  // Under a pending exception no Java code may run.
  if (env->ExceptionCheck()) return false;
  const bool freed =
      env->CallStaticBooleanMethod(java().collector, java().collector_reclaim) == JNI_TRUE;
  env->ExceptionClear();
  if (!attached) vm->DetachCurrentThread();
  return freed;
}

bool registerAll(JNIEnv* env) {
  for (const NativeClass& natives :
       {arrayNatives(), autogradNatives(), executorNatives(), graphNatives(), handleNatives(),
        iterNatives(), kvstoreNatives(), opNatives(), runtimeNatives(), symbolNatives()}) {
    jclass type = env->FindClass(natives.name);
    if (!type) return false;
    const auto count = static_cast<jint>(natives.methods.size());
    if (env->RegisterNatives(type, natives.methods.data(), count) != JNI_OK) return false;
    env->DeleteLocalRef(type);
  }
  return true;
}

}  // namespace
}  // namespace tenon::jni

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {
  JNIEnv* env = nullptr;
  if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) != JNI_OK) return JNI_ERR;
  if (!tenon::jni::findJava(vm, env) || !tenon::jni::registerAll(env)) return JNI_ERR;
  tenon::setReclaimer(tenon::jni::reclaim);
  return JNI_VERSION_1_8;
}
