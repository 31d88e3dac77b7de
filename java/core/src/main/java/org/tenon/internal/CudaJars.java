package org.tenon.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * NVIDIA's libraries in redistributable jars on the class path: those of {@code
 * org.bytedeco:cuda-redist-cublas} and {@code cuda-redist-cudnn}. They are large, so each set is
 * unpacked once, and only where there is a device of NVIDIA's.
 */
final class CudaJars {
  private static final String FOLDER = "org/bytedeco/cuda/linux-x86_64/";

  /** What the CUDA library opens, and what those open in turn. */
  private static final String[] NAMES = {
    "libcublasLt.so.13",
    "libcublas.so.13",
    "libcudnn.so.9",
    "libcudnn_adv.so.9",
    "libcudnn_cnn.so.9",
    "libcudnn_engines_precompiled.so.9",
    "libcudnn_engines_runtime_compiled.so.9",
    "libcudnn_engines_tensor_ir.so.9",
    "libcudnn_ext.so.9",
    "libcudnn_graph.so.9",
    "libcudnn_heuristic.so.9",
    "libcudnn_ops.so.9",
    "libnvrtc.so.13",
    "libnvrtc-builtins.so.13.0",
  };

  private final Map<String, URL> libraries = new LinkedHashMap<>();
  private final String key;

  private CudaJars(ClassLoader loader) throws IOException {
    CRC32 hash = new CRC32();
    for (String name : NAMES) {
      URL url = loader.getResource(FOLDER + name);
      if (url != null) {
        libraries.put(name, url);
        hash.update((name + mark(url)).getBytes(StandardCharsets.UTF_8));
      }
    }
    key = "cuda-" + Long.toHexString(hash.getValue());
  }

  /** Null where there are none, or no use for them. */
  static CudaJars find(ClassLoader loader) throws IOException {
    boolean wanted =
        Boolean.getBoolean("tenon.cuda.unpack")
            || Files.exists(Path.of("/dev/nvidiactl"))
            || Files.exists(Path.of("/dev/dxg"));
    CudaJars found = wanted ? new CudaJars(loader) : null;
    return found == null || found.libraries.isEmpty() ? null : found;
  }

  /** What tells one content from another without reading it. */
  private static String mark(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    if (connection instanceof JarURLConnection jar) {
      return " " + jar.getJarEntry().getSize() + " " + jar.getJarEntry().getCrc() + "\n";
    }
    try (InputStream in = connection.getInputStream()) {
      return " " + connection.getContentLengthLong() + " " + connection.getLastModified() + "\n";
    }
  }

  String key() {
    return key;
  }

  /** Unpacks them, unless that has been done. */
  Path unpacked() throws IOException {
    return LibraryCache.get(
        key,
        folder -> {
          for (Map.Entry<String, URL> library : libraries.entrySet()) {
            try (InputStream in = library.getValue().openStream()) {
              Files.copy(in, folder.resolve(library.getKey()));
            }
          }
        });
  }

  /** Links to them, so that they lie in one folder with what opens them. */
  void linkFrom(Path folder, Path unpacked) throws IOException {
    for (String name : libraries.keySet()) {
      Files.createSymbolicLink(folder.resolve(name), unpacked.resolve(name).toAbsolutePath());
    }
  }
}
