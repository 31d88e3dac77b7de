package org.tenon.internal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Where libraries of jars are unpacked, in folders that are named by their contents. */
final class LibraryCache {
  private LibraryCache() {}

  /** What puts files into a folder. */
  interface Filler {
    void fill(Path folder) throws IOException;
  }

  static Path folder() {
    String given = System.getProperty("tenon.cache");
    if (given != null) {
      return Path.of(given);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isEmpty()) {
      return Path.of(xdg, "tenon");
    }
    return Path.of(System.getProperty("user.home"), ".cache", "tenon");
  }

  /**
   * The folder of that key, filled if it is not there: beside its place, then renamed, under a
   * lock, so that other processes see nothing or everything.
   */
  static Path get(String key, Filler filler) throws IOException {
    Path target = folder().resolve(key);
    if (Files.isDirectory(target)) {
      return target;
    }
    Path cache = target.getParent();
    Files.createDirectories(cache);
    try (RandomAccessFile lockFile = new RandomAccessFile(cache.resolve("lock").toFile(), "rw");
        FileLock lock = lockFile.getChannel().lock()) {
      if (!lock.isValid() || Files.isDirectory(target)) {
        return target;
      }
      Path fresh = Files.createTempDirectory(cache, "unpacking");
      filler.fill(fresh);
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
      return target;
    }
  }
}
