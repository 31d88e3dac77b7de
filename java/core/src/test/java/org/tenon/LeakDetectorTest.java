package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LeakDetectorTest {
  /** Makes arrays and loses them; ends once the leak was printed, or after many collections. */
  static final class Leaky {
    private Leaky() {}

    public static void main(String[] args) throws Exception {
      AtomicBoolean printed = watchErrors();
      NDArray.zeros(3).close();
      try (NDScope scope = NDScope.open()) {
        NDArray.zeros(3);
      }
      for (int i = 0; i < Integer.parseInt(args[0]); i++) {
        leakHere();
      }
      // Each collection and the registrations after it free what was found before.
      int most = System.getProperty("tenon.leakDetection").equals("off") ? 20 : 1000;
      for (int i = 0; i < most && !printed.get(); i++) {
        System.gc();
        for (int j = 0; j < 1000; j++) {
          NDArray.empty(Shape.of(1), DType.FLOAT32, Device.cpu()).close();
        }
      }
    }

    /** Becomes true once something was printed to standard error, where logs go. */
    private static AtomicBoolean watchErrors() {
      AtomicBoolean printed = new AtomicBoolean();
      PrintStream errors = System.err;
      System.setErr(
          new PrintStream(errors, true) {
            @Override
            public void write(byte[] bytes, int from, int count) {
              super.write(bytes, from, count);
              flush();
              printed.set(true);
            }
          });
      return printed;
    }

    private static void leakHere() {
      NDArray.zeros(3);
    }
  }

  private static String output(String level, int leaks) throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            List.of(ChildJvm.libraryOption(), "-Dtenon.leakDetection=" + level),
            Leaky.class,
            Integer.toString(leaks));
    if (!level.equals("some")) {
      assertEquals(0, result.status(), result.output());
    }
    return result.output();
  }

  @Test
  void paranoidTellsWhereTheArrayWasMade() throws Exception {
    String output = output("paranoid", 1);
    assertTrue(output.contains("NDArray was never closed; made by thread main at"), output);
    assertTrue(output.contains("leakHere(LeakDetectorTest.java:"), output);
    assertEquals(1, output.split("was never closed", -1).length - 1, output);
  }

  @Test
  void simpleTellsOfSome() throws Exception {
    String output = output("simple", 5000);
    assertTrue(output.contains("leakHere(LeakDetectorTest.java:"), output);
  }

  @Test
  void silentByDefault() throws Exception {
    assertEquals("", output("off", 100));
  }

  @Test
  void otherLevelsAreRefused() throws Exception {
    String output = output("some", 1);
    assertTrue(
        output.contains("tenon.leakDetection is 'some', expected off, simple or paranoid"), output);
    assertFalse(output.contains("was never closed"), output);
  }
}
