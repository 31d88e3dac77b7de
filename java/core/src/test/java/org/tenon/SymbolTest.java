package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tenon.op.Activation;

class SymbolTest {
  private static Symbol mlp() {
    Symbol data = Symbol.variable("data");
    Symbol fc1 = Ops.fullyConnected("fc1", data, p -> p.numHidden(4));
    Symbol act = Ops.activation("act", fc1, p -> p.actType(Activation.ActType.TANH));
    Symbol fc2 = Ops.fullyConnected("fc2", act, p -> p.numHidden(3).noBias(true));
    return Ops.softmaxOutput("softmax", fc2);
  }

  @Test
  void missingInputsBecomeVariables() {
    Symbol net = mlp();
    assertEquals(
        List.of("data", "fc1_weight", "fc1_bias", "fc2_weight", "softmax_label"),
        net.listArguments());
    assertEquals(List.of("softmax_output"), net.listOutputs());
    assertEquals(List.of(), net.listAuxiliaryStates());
    assertEquals("softmax", net.name());
    assertEquals("<Symbol softmax>", net.toString());
  }

  @Test
  void givenInputsTakeTheirPlaces() {
    Symbol shared = Symbol.variable("shared");
    Symbol fc =
        Ops.fullyConnected(
            "fc", Symbol.variable("data"), p -> p.numHidden(2).weight(shared).noBias(true));
    assertEquals(List.of("data", "shared"), fc.listArguments());
  }

  @Test
  void namesAreMadeUpWhereNoneAreGiven() {
    Symbol first = Ops.flatten(Symbol.variable("x"));
    Symbol second = Ops.flatten(Symbol.variable("x"));
    assertTrue(first.name().startsWith("flatten"), first.name());
    assertFalse(first.name().equals(second.name()));
  }

  @Test
  void shapesAreInferred() {
    Symbol.Shapes shapes = mlp().inferShapes(Map.of("data", Shape.of(8, 5)));
    assertTrue(shapes.complete());
    assertEquals(Shape.of(4, 5), shapes.arguments().get("fc1_weight"));
    assertEquals(Shape.of(4), shapes.arguments().get("fc1_bias"));
    assertEquals(Shape.of(8, 3), shapes.outputs().get("softmax_output"));
    assertFalse(mlp().inferShapes(Map.of()).complete());
  }

  @Test
  void clashingShapesNameTheNode() {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> mlp().inferShapes(Map.of("data", Shape.of(8, 5), "fc1_weight", Shape.of(4, 6))));
    assertTrue(error.getMessage().contains("fc1"), error.getMessage());
    assertTrue(error.getMessage().contains("(4,6)"), error.getMessage());
  }

  @Test
  void typesAreInferred() {
    Symbol.Types types = mlp().inferTypes(Map.of("data", DType.FLOAT64));
    assertEquals(DType.FLOAT64, types.arguments().get("fc1_weight"));
    assertEquals(DType.FLOAT64, types.outputs().get("softmax_output"));
  }

  @Test
  void jsonGoesThereAndBack(@TempDir Path folder) {
    Symbol net = mlp();
    Symbol again = Symbol.fromJson(net.toJson());
    assertEquals(net.listArguments(), again.listArguments());
    assertEquals(net.toJson(), again.toJson());
    Path file = folder.resolve("net-symbol.json");
    net.save(file);
    assertEquals(net.toJson(), Symbol.load(file).toJson());
  }

  @Test
  void badJsonIsAnError(@TempDir Path folder) throws Exception {
    assertThrows(UncheckedIOException.class, () -> Symbol.fromJson("{\"nodes\": ["));
    Path file = folder.resolve("cut-symbol.json");
    String json = mlp().toJson();
    Files.writeString(file, json.substring(0, json.length() / 2));
    UncheckedIOException error = assertThrows(UncheckedIOException.class, () -> Symbol.load(file));
    assertTrue(error.getMessage().contains("cut-symbol.json"), error.getMessage());
    assertThrows(UncheckedIOException.class, () -> Symbol.load(folder.resolve("none.json")));
  }

  @Test
  void partsAreFound() {
    Symbol net = mlp();
    Symbol internals = net.internals();
    Symbol fc1 = internals.get("fc1_output");
    assertEquals("fc1", fc1.name());
    List<String> names = new ArrayList<>();
    for (Symbol output : internals) {
      names.add(output.name());
    }
    assertEquals(internals.numOutputs(), names.size());
    assertTrue(names.contains("act"));
    assertEquals(Optional.empty(), Symbol.variable("x").children());
    assertEquals(List.of("act_output", "fc2_weight"), fc2(net).children().get().listOutputs());
    IndexOutOfBoundsException index =
        assertThrows(IndexOutOfBoundsException.class, () -> net.get(1));
    assertFalse(index.getMessage().isEmpty());
    IllegalArgumentException name =
        assertThrows(IllegalArgumentException.class, () -> net.get("softmaks_output"));
    assertTrue(name.getMessage().contains("softmaks_output"), name.getMessage());
  }

  private static Symbol fc2(Symbol net) {
    return net.internals().get("fc2_output");
  }

  @Test
  void groupsAndComposition() {
    Symbol group = Symbol.group(Symbol.variable("a"), mlp());
    assertEquals(List.of("a", "softmax_output"), group.listOutputs());
    assertEquals("", group.name());
    Symbol outer = Ops.flatten("flat", Symbol.variable("inner"));
    Symbol composed = outer.compose(Map.of("inner", mlp()));
    assertTrue(composed.listArguments().contains("fc1_weight"));
    assertEquals(List.of("inner"), outer.listArguments());
  }

  @Test
  void attributesAreKept() {
    Symbol x = Symbol.variable("x", Map.of("__lr_mult__", "2"));
    assertEquals(Optional.of("2"), x.attribute("__lr_mult__"));
    assertEquals(Optional.empty(), x.attribute("__wd_mult__"));
    x.setAttribute("__wd_mult__", "0");
    assertEquals("0", x.attributes().get("x").get("__wd_mult__"));
    Symbol fc = Ops.fullyConnected("fc", x, p -> p.numHidden(7).attr("__layer__", "last"));
    assertEquals("7", fc.attributes().get("fc").get("num_hidden"));
    assertEquals("last", fc.attributes().get("fc").get("__layer__"));
  }

  @Test
  void operatorsByNameAreChecked() {
    Symbol x = Symbol.variable("x");
    Symbol fc = Symbol.apply("FullyConnected", "fc", Map.of("num_hidden", "3"), x);
    assertEquals(List.of("x", "fc_weight", "fc_bias"), fc.listArguments());
    IllegalArgumentException unknown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Symbol.apply("FullyConected", "fc", Map.of("num_hidden", "3"), x));
    assertTrue(unknown.getMessage().contains("FullyConected"), unknown.getMessage());
    IllegalArgumentException attribute =
        assertThrows(
            IllegalArgumentException.class,
            () -> Symbol.apply("FullyConnected", "fc", Map.of("num_hidden", "many"), x));
    assertTrue(attribute.getMessage().contains("many"), attribute.getMessage());
    IllegalArgumentException required =
        assertThrows(
            IllegalArgumentException.class,
            () -> Symbol.apply("FullyConnected", "fc", Map.of(), x));
    assertTrue(required.getMessage().contains("num_hidden"), required.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Symbol.apply("FullyConnected", "fc", Map.of("num_hiden", "3"), x));
  }

  @Test
  void symbolsHaveNoMemoryToWriteTo() {
    Symbol x = Symbol.variable("x");
    assertThrows(
        IllegalArgumentException.class,
        () -> Ops.fullyConnected("fc", x, p -> p.numHidden(3).out(x)));
  }

  @Test
  void closedSymbolsAndNullsAreRefused() {
    Symbol x = Symbol.variable("x");
    Symbol flat = Ops.flatten("flat", x);
    x.close();
    assertEquals(List.of("x"), flat.listArguments());
    IllegalStateException error = assertThrows(IllegalStateException.class, x::listArguments);
    assertTrue(error.getMessage().startsWith("this Symbol is closed"), error.getMessage());
    assertEquals("<Symbol, closed>", x.toString());
    NullPointerException name =
        assertThrows(NullPointerException.class, () -> Symbol.variable(null));
    assertEquals("name is null", name.getMessage());
    assertThrows(NullPointerException.class, () -> Symbol.fromJson(null));
    assertThrows(NullPointerException.class, () -> Ops.flatten((Symbol) null).listArguments());
  }

  @Test
  void deepGraphsNeedNoStack() {
    Symbol deep = Symbol.variable("x");
    for (int i = 0; i < 20_000; i++) {
      deep = Ops.flatten(deep);
    }
    assertEquals(List.of("x"), deep.listArguments());
    assertEquals(List.of("x"), Symbol.fromJson(deep.toJson()).listArguments());
  }
}
