/**
 * The way into the native library: its loader, native methods, handles and their collection. Not
 * exported.
 *
 * <p>{@link org.tenon.internal.Loader} looks for the library in this order and stops at the first
 * that is there:
 *
 * <ol>
 *   <li>the system property {@code tenon.library.path}: a file, or a folder that holds {@code
 *       libtenon.so}; if it is given, nothing else is tried;
 *   <li>the folders of {@code java.library.path};
 *   <li>the jar {@code tenon-native} with the platform's classifier on the class path, whose
 *       libraries are unpacked once into a cache (system property {@code tenon.cache}, else {@code
 *       $XDG_CACHE_HOME/tenon}, else {@code ~/.cache/tenon}), keyed by their content.
 * </ol>
 *
 * <p>The CUDA library lies beside it: with the jar, where the jar with the classifier {@code
 * linux-x86_64-cuda13} is on the class path, too. NVIDIA's own libraries may then come from {@code
 * org.bytedeco}'s redistributable jars, {@code cuda-redist-cublas} and {@code cuda-redist-cudnn};
 * they are unpacked where there is a device of NVIDIA's, or with {@code -Dtenon.cuda.unpack=true},
 * and used after all other places ({@code TENON_CUDA_HOME}, the system, Python's packages).
 */
package org.tenon.internal;
