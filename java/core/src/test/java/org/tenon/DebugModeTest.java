package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.module.Module;

/** In debug mode an error that surfaces later names the line that issued the call. */
class DebugModeTest {
  /** A program that makes errors; for each it prints the line at fault and the message. */
  static final class Faulty {
    private Faulty() {}

    public static void main(String[] args) {
      System.out.println("debug mode " + Tenon.isDebug());
      NDArray negative = NDArray.of(new float[][] {{2, -1}});
      Symbol draw = Ops.sampleMultinomial("draw", Symbol.variable("data"));

      int line = here() + 1;
      NDArray drawn = Ops.sampleMultinomial(negative);
      report("imperative", line, drawn.add(1));

      line = here() + 1;
      NDArray byName = List.of(negative).stream().map(Ops::sampleMultinomial).toList().get(0);
      report("stream", line, byName);

      Executor executor =
          draw.bind(Device.cpu(), Map.of("data", negative), Map.of(), Map.of(), Map.of());
      line = here() + 1;
      List<NDArray> outputs = executor.forward(false);
      report("executor", line, outputs.get(0));

      try (Module module = Module.of(draw)) {
        module.bind(List.of(DataDesc.of("data", 1, 2)), List.of(), false);
        module.initParams();
        line = here() + 1;
        module.forward(DataBatch.of(negative));
        report("module", line, module.outputs().get(0));
        line = here() + 1;
        report("predict", line, module.predict(DataBatch.of(negative)).get(0));
      }

      Tenon.debug(false);
      report("off", 0, Ops.sampleMultinomial(negative));
    }

    private static int here() {
      return new Throwable().getStackTrace()[1].getLineNumber();
    }

    private static void report(String what, int line, NDArray bad) {
      try {
        bad.toFloatArray();
        System.out.println(what + " gave no error");
      } catch (IllegalArgumentException e) {
        System.out.println(what + " at " + line + ": " + e.getMessage());
      }
    }
  }

  @Test
  void errorsThatSurfaceLaterNameTheJavaLineThatIssuedTheCall() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of("-Dtenon.debug=true", ChildJvm.libraryOption()), Faulty.class);
    assertEquals(0, result.status(), result.output());
    assertTrue(result.output().contains("debug mode true"), result.output());
    assertNamesItsLine(result, "imperative", "_sample_multinomial(data: (1,2) float32) issued at ");
    assertNamesItsLine(result, "stream", "_sample_multinomial(data: (1,2) float32) issued at ");
    assertNamesItsLine(result, "executor", "in forward of draw (_sample_multinomial) issued at ");
    assertNamesItsLine(result, "module", "in forward of draw (_sample_multinomial) issued at ");
    assertNamesItsLine(result, "predict", "in forward of draw (_sample_multinomial) issued at ");
    String off = lineOf(result, "off");
    assertTrue(off.contains("_sample_multinomial(data: (1,2) float32): "), off);
    assertFalse(off.contains("issued"), off);
  }

  private static void assertNamesItsLine(ChildJvm.Result result, String what, String context) {
    String found = lineOf(result, what);
    String line = found.substring(found.indexOf(" at ") + 4, found.indexOf(": "));
    String place = Faulty.class.getName() + ".main(DebugModeTest.java:" + line + "): ";
    assertTrue(found.contains(": " + context + place), found);
  }

  private static String lineOf(ChildJvm.Result result, String what) {
    return result
        .output()
        .lines()
        .filter(text -> text.startsWith(what + " "))
        .findFirst()
        .orElseThrow(() -> new AssertionError(result.output()));
  }

  @Test
  void debugModeIsOffUntilSwitchedOn() {
    assertFalse(Tenon.isDebug());
    assertTrue(Tenon.info().contains("TENON_DEBUG=0"), Tenon.info());
    Tenon.debug(true);
    try {
      assertTrue(Tenon.isDebug());
    } finally {
      Tenon.debug(false);
    }
    assertFalse(Tenon.isDebug());
  }
}
