package org.tenon.module;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tenon.NDArray;
import org.tenon.Symbol;
import org.tenon.internal.Given;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;

/** A module's inputs: which variables take data and labels, and in which shapes they come. */
final class Inputs {
  private static final String LABEL_ENDING = "_label";

  private final List<String> arguments;
  private final List<String> dataNames;
  private final List<String> labelNames;
  private List<DataDesc> data = List.of();
  private List<DataDesc> labels = List.of();

  Inputs(Symbol symbol, ModuleConfig config) {
    arguments = symbol.listArguments();
    dataNames = config.dataNames;
    for (String name : dataNames) {
      if (!arguments.contains(name)) {
        throw new IllegalArgumentException(
            "the symbol has no variable '" + name + "' for data; it has " + arguments);
      }
    }
    List<String> losses =
        arguments.stream()
            .filter(name -> name.endsWith(LABEL_ENDING) && !dataNames.contains(name))
            .toList();
    labelNames = config.labelNames.isEmpty() ? losses : config.labelNames;
    // Else a label would be taken for a parameter, and trained.
    if (!labelNames.containsAll(losses)) {
      throw new IllegalArgumentException(
          "the symbol's labels are " + losses + ", labelNames says " + labelNames);
    }
  }

  List<String> dataNames() {
    return dataNames;
  }

  List<String> labelNames() {
    return labelNames;
  }

  /** What {@link #set} was given. */
  List<DataDesc> data() {
    return data;
  }

  /** What {@link #set} was given, under the symbol's names. */
  List<DataDesc> labels() {
    return labels;
  }

  /** Whether a variable takes data or labels, and so is no parameter. */
  boolean contains(String name) {
    return dataNames.contains(name) || labelNames.contains(name);
  }

  /** Takes the shapes of whole batches; gives those that the symbol uses. */
  List<DataDesc> set(List<DataDesc> newData, List<DataDesc> newLabels) {
    List<DataDesc> whole = Given.list("data", newData);
    List<String> given = whole.stream().map(DataDesc::name).toList();
    if (!given.equals(dataNames)) {
      throw new IllegalArgumentException("data is " + given + ", expected " + dataNames);
    }
    labels = named(Given.list("labels", newLabels));
    data = whole;
    return used(data, labels);
  }

  /** Labels under the symbol's names: an only label is the symbol's only one, however named. */
  private List<DataDesc> named(List<DataDesc> given) {
    List<String> wanted = labelNames.stream().filter(arguments::contains).toList();
    List<String> names = given.stream().map(DataDesc::name).toList();
    if (given.isEmpty() || names.containsAll(wanted)) {
      return List.copyOf(given);
    }
    if (given.size() == 1 && wanted.size() == 1) {
      DataDesc only = given.get(0);
      return List.of(new DataDesc(wanted.get(0), only.shape(), only.dtype()));
    }
    throw new IllegalArgumentException("labels are " + names + ", expected " + wanted);
  }

  private List<DataDesc> used(List<DataDesc> someData, List<DataDesc> someLabels) {
    List<DataDesc> inputs = new ArrayList<>(someData);
    someLabels.stream().filter(label -> arguments.contains(label.name())).forEach(inputs::add);
    return inputs;
  }

  /** The shapes of a batch that the symbol uses; puts its arrays into {@code given}, by name. */
  List<DataDesc> of(DataBatch batch, Map<String, NDArray> given) {
    if (batch.data().size() != data.size()) {
      throw new IllegalArgumentException(
          "a batch has " + batch.data().size() + " data arrays, expected " + dataNames);
    }
    List<DataDesc> newData = describe(data, batch.data(), given);
    boolean unlabelled = batch.label().isEmpty() || labels.isEmpty();
    return used(newData, unlabelled ? resized(newData) : describe(labels, batch.label(), given));
  }

  private static List<DataDesc> describe(
      List<DataDesc> bound, List<NDArray> arrays, Map<String, NDArray> given) {
    if (arrays.size() != bound.size()) {
      throw new IllegalArgumentException("a batch has " + arrays.size() + " arrays for " + bound);
    }
    List<DataDesc> described = new ArrayList<>();
    for (int i = 0; i < arrays.size(); i++) {
      DataDesc desc = bound.get(i);
      if (arrays.get(i).shape().rank() == 0) {
        throw new IllegalArgumentException(
            "a batch has a scalar as '" + desc.name() + "', expected rows as " + desc.shape());
      }
      described.add(new DataDesc(desc.name(), arrays.get(i).shape(), desc.dtype()));
      given.put(desc.name(), arrays.get(i));
    }
    return described;
  }

  /** Labels for a batch that came without: of the data's batch size. */
  private List<DataDesc> resized(List<DataDesc> newData) {
    return labels.stream()
        .map(
            label ->
                new DataDesc(
                    label.name(), label.shape().with(0, newData.get(0).batchSize()), label.dtype()))
        .toList();
  }
}
