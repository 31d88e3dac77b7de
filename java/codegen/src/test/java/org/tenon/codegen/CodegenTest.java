package org.tenon.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodegenTest {
  private static final String OP =
      "{\"name\":\"Some_op\",\"aliases\":[\"some_other\",\"_hidden_alias\"],\"doc\":\"Does a<b.\","
          + "\"group\":\"nn\",\"hidden\":false,"
          + "\"inputs\":[{\"name\":\"data\",\"doc\":\"\"},{\"name\":\"weight\",\"doc\":\"\"}],"
          + "\"variadic\":false,\"numArgsParam\":\"\",\"outputs\":[{\"name\":\"output\",\"doc\":\"\"}],"
          + "\"params\":[{\"name\":\"mode\",\"type\":\"enum\",\"doc\":\"\",\"options\":[\"a\",\"b_c\"],"
          + "\"default\":\"a\",\"required\":false,\"optional\":false,\"dynamic\":false},"
          + "{\"name\":\"lr\",\"type\":\"float\",\"doc\":\"Rate\",\"options\":[],"
          + "\"default\":\"0.5\",\"required\":false,\"optional\":false,\"dynamic\":true}],"
          + "\"mutatedInputs\":[],\"differentiable\":true}";

  @Test
  void namesBecomeJavas() {
    assertEquals("broadcastAdd", Names.method("broadcast_add"));
    assertEquals("fullyConnected", Names.method("FullyConnected"));
    assertEquals("svmOutput", Names.method("SVMOutput"));
    assertEquals("lrn", Names.method("LRN"));
    assertEquals("plusScalar", Names.method("_plus_scalar"));
    assertEquals("l2Normalization", Names.method("L2Normalization"));
    assertEquals("default_", Names.method("default"));
    assertEquals("FullyConnected", Names.type("FullyConnected"));
    assertEquals("ADD_RELU", Names.constant("add_relu"));
    assertEquals("N3D", Names.constant("3D"));
  }

  @Test
  void jsonIsRead() {
    Object parsed = Json.parse(" {\"a\": [1, -2.5e1, true, null, \"x\\n\\u0041\"], \"b\": {}} ");
    Map<?, ?> map = (Map<?, ?>) parsed;
    assertEquals(Map.of(), map.get("b"));
    List<?> list = (List<?>) map.get("a");
    assertEquals(-25.0, list.get(1));
    assertEquals("x\nA", list.get(4));
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> Json.parse("[1, "));
    assertEquals("JSON: expected a value at character 4", error.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Json.parse("{\"a\" 1}"));
    assertThrows(IllegalArgumentException.class, () -> Json.parse("[1] 2"));
  }

  @Test
  void optionalInputsGoIntoTheLambda() {
    OpModel op = OpModel.readAll("{\"ops\":[" + OP + "]}").get(0);
    assertTrue(op.inputs().get(0).required());
    assertFalse(op.inputs().get(1).required());
    assertEquals(Map.of("someOther", "some_other"), op.aliases());
    assertTrue(op.hasDefaults());
    String params = ParamsWriter.write(op);
    assertTrue(params.contains("public SomeOp<V> weight(V value)"), params);
    assertTrue(params.contains("public SomeOp<V> mode(Mode value)"), params);
    assertTrue(params.contains("B_C(\"b_c\")"), params);
    assertTrue(params.contains("Does a&lt;b."), params);
    String ops = OpsWriter.write(List.of(op));
    assertTrue(ops.contains("new OpSpec(\"Some_op\", \"data,weight\", \"mode,lr=0.5\")"), ops);
    assertTrue(ops.contains("public static NDArray someOp(NDArray data)"), ops);
    assertTrue(ops.contains("public static NDArray someOther(NDArray data)"), ops);
    assertTrue(ops.contains("public static Symbol someOp(String name, Symbol data)"), ops);
    assertTrue(ops.contains("OpCalls.compose(SomeOpOp.SPEC, \"Some_op\", name, null, "), ops);
    assertTrue(ops.contains("OpCalls.compose(SomeOpOp.SPEC, \"some_other\", \"\", null, "), ops);
  }

  @Test
  void unchangedFilesAreLeftAloneAndOldOnesGo(@TempDir Path folder) throws Exception {
    Path dump = folder.resolve("operators.json");
    Files.writeString(dump, "{\"ops\":[" + OP + "]}");
    Path out = folder.resolve("out");
    Main.generate(dump, out);
    Path ops = out.resolve("org/tenon/Ops.java");
    Path params = out.resolve("org/tenon/op/SomeOp.java");
    FileTime longAgo = FileTime.fromMillis(1000);
    Files.setLastModifiedTime(params, longAgo);
    Main.generate(dump, out);
    assertEquals(longAgo, Files.getLastModifiedTime(params));
    Files.writeString(dump, "{\"ops\":[]}");
    Main.generate(dump, out);
    assertFalse(Files.exists(params));
    assertTrue(Files.exists(ops));
  }

  @Test
  void namesThatCollideAreRefused(@TempDir Path folder) throws Exception {
    Path dump = folder.resolve("operators.json");
    Files.writeString(dump, "{\"ops\":[" + OP + "," + OP.replace("Some_op", "_some_op") + "]}");
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> Main.generate(dump, folder.resolve("out")));
    assertEquals(
        "operators Some_op and _some_op would both be the method someOp", error.getMessage());
  }
}
