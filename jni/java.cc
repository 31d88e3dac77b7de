#include "jni/java.h"

#include <exception>
#include <new>
#include <string>

#include "jni/convert.h"

namespace tenon::jni {
namespace {

Java lookups;

/// Classes of exceptions, and the constructors of the one that is made in two steps.
struct Exceptions {
  jclass illegal_argument, illegal_state, index, unchecked_io, io, out_of_memory, unsupported,
      tenon, null_pointer, java_out_of_memory;
  jmethodID unchecked_io_new, io_new;
} exceptions;

jclass globalClass(JNIEnv* env, const char* name) {
  jclass local = env->FindClass(name);
  if (!local) return nullptr;
  auto global = static_cast<jclass>(env->NewGlobalRef(local));
  env->DeleteLocalRef(local);
  return global;
}

void raise(JNIEnv* env, jclass type, const std::string& message) {
  jmethodID constructor = env->GetMethodID(type, "<init>", "(Ljava/lang/String;)V");
  if (!constructor) return;
  auto exception = static_cast<jthrowable>(env->NewObject(type, constructor, toJava(env, message)));
  if (exception) env->Throw(exception);
}

void raiseIo(JNIEnv* env, const std::string& message) {
  jstring text = toJava(env, message);
  jobject cause = env->NewObject(exceptions.io, exceptions.io_new, text);
  if (!cause) return;
  auto exception = static_cast<jthrowable>(
      env->NewObject(exceptions.unchecked_io, exceptions.unchecked_io_new, text, cause));
  if (exception) env->Throw(exception);
}

void raise(JNIEnv* env, const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kInvalidArgument:
      return raise(env, exceptions.illegal_argument, error.message());
    case ErrorKind::kInvalidState:
      return raise(env, exceptions.illegal_state, error.message());
    case ErrorKind::kIndex:
      return raise(env, exceptions.index, error.message());
    case ErrorKind::kIo:
      return raiseIo(env, error.message());
    case ErrorKind::kOutOfMemory:
      return raise(env, exceptions.out_of_memory, error.message());
    case ErrorKind::kUnsupported:
      return raise(env, exceptions.unsupported, error.message());
    case ErrorKind::kInternal:
      return raise(env, exceptions.tenon, error.message());
  }
}

void throwCurrent(JNIEnv* env) {
  try {
    throw;
  } catch (const Error& error) {
    raise(env, error);
  } catch (const NullArgument& argument) {
    raise(env, exceptions.null_pointer, std::string(argument.name) + " is null");
  } catch (const std::bad_alloc&) {
    raise(env, exceptions.java_out_of_memory, "native memory is exhausted");
  } catch (const std::exception& error) {
    raise(env, exceptions.tenon, error.what());
  }
}

}  // namespace

const Java& java() noexcept { return lookups; }

bool findJava(JavaVM* vm, JNIEnv* env) {
  lookups.vm = vm;
  const struct {
    jclass* to;
    const char* name;
  } classes[] = {
      {&lookups.string, "java/lang/String"},
      {&lookups.long_array, "[J"},
      {&lookups.long_array_array, "[[J"},
      {&lookups.int_array, "[I"},
      {&lookups.collector, "org/tenon/internal/Collector"},
      {&lookups.call_site, "org/tenon/internal/CallSite"},
      {&exceptions.illegal_argument, "java/lang/IllegalArgumentException"},
      {&exceptions.illegal_state, "java/lang/IllegalStateException"},
      {&exceptions.index, "java/lang/IndexOutOfBoundsException"},
      {&exceptions.unchecked_io, "java/io/UncheckedIOException"},
      {&exceptions.io, "java/io/IOException"},
      {&exceptions.out_of_memory, "org/tenon/OutOfDeviceMemoryError"},
      {&exceptions.unsupported, "java/lang/UnsupportedOperationException"},
      {&exceptions.tenon, "org/tenon/TenonException"},
      {&exceptions.null_pointer, "java/lang/NullPointerException"},
      {&exceptions.java_out_of_memory, "java/lang/OutOfMemoryError"},
  };
  for (const auto& [to, name] : classes) {
    *to = globalClass(env, name);
    if (!*to) return false;
  }
  jclass monitor = env->FindClass("org/tenon/internal/ExecutorNatives$Monitor");
  if (!monitor) return false;
  lookups.monitor_accept = env->GetMethodID(monitor, "accept", "(Ljava/lang/String;J)V");
  jclass updater = env->FindClass("org/tenon/internal/KVStoreNatives$Updater");
  if (!updater) return false;
  lookups.updater_update = env->GetMethodID(updater, "update", "(Ljava/lang/String;JJ)V");
  lookups.collector_reclaim = env->GetStaticMethodID(lookups.collector, "reclaim", "()V");
  lookups.call_site_current =
      env->GetStaticMethodID(lookups.call_site, "current", "()Ljava/lang/String;");
  exceptions.io_new = env->GetMethodID(exceptions.io, "<init>", "(Ljava/lang/String;)V");
  exceptions.unchecked_io_new = env->GetMethodID(exceptions.unchecked_io, "<init>",
                                                 "(Ljava/lang/String;Ljava/io/IOException;)V");
  return lookups.monitor_accept && lookups.updater_update && lookups.collector_reclaim &&
         lookups.call_site_current && exceptions.io_new && exceptions.unchecked_io_new;
}

void throwToJava(JNIEnv* env) noexcept {
  try {
    throwCurrent(env);
  } catch (...) {
    // Nothing is left to do: a Java exception is pending (JavaPending), or making one failed, which
    // left another.
    if (!env->ExceptionCheck()) env->ThrowNew(exceptions.tenon, "an error of unknown kind");
  }
}

}  // namespace tenon::jni
