package org.tenon.module;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.metric.Metric;

/** Joins what devices and batches give. */
final class Outputs {
  private Outputs() {}

  /**
   * Arrays of the whole batch from the devices' parts of each: the parts themselves if there is one
   * device, else new arrays on the CPU.
   */
  static List<NDArray> join(List<List<NDArray>> parts) {
    return parts.stream().map(Outputs::join).toList();
  }

  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  private static NDArray join(Collection<NDArray> ofDevices) {
    if (ofDevices.size() == 1) {
      return ofDevices.iterator().next();
    }
    try (NDScope scope = NDScope.open()) {
      return scope.keep(
          concatenatePieces(ofDevices.stream().map(part -> part.to(Device.cpu())).toList()));
    }
  }

  /** Updates a metric by each device's outputs and its part of the labels. */
  static void measure(DeviceGroup group, Metric metric, List<NDArray> labels) {
    long begin = 0;
    for (int device = 0; device < group.size(); device++) {
      List<NDArray> outputs = group.outputs(device);
      if (group.size() == 1) {
        metric.update(labels, outputs);
        return;
      }
      List<NDArray> mine = new ArrayList<>();
      long end = begin;
      for (NDArray label : labels) {
        long batch = label.shape().dim(0);
        end = batch * (device + 1) / group.size();
        mine.add(label.slice(begin, end));
      }
      metric.update(mine, outputs);
      mine.forEach(NDArray::close);
      begin = end;
    }
  }

  /** The same arrays, or views of all rows but the last {@code pad}. */
  static List<NDArray> withoutPad(List<NDArray> arrays, int pad) {
    if (pad == 0) {
      return arrays;
    }
    return arrays.stream().map(array -> array.slice(0, array.shape().dim(0) - pad)).toList();
  }

  /** Output by output, all batches' rows; closes the pieces. */
  static List<NDArray> concatenate(List<List<NDArray>> batches) {
    List<NDArray> joined = new ArrayList<>();
    if (batches.isEmpty()) {
      return joined;
    }
    for (int output = 0; output < batches.get(0).size(); output++) {
      int which = output;
      List<NDArray> pieces = batches.stream().map(batch -> batch.get(which)).toList();
      joined.add(concatenatePieces(pieces));
    }
    batches.forEach(batch -> batch.forEach(NDArray::close));
    return joined;
  }

  /** All pieces' rows in one new array, by copies, which every device can do. */
  private static NDArray concatenatePieces(List<NDArray> pieces) {
    NDArray first = pieces.get(0);
    long rows = pieces.stream().mapToLong(piece -> piece.shape().dim(0)).sum();
    NDArray joined = NDArray.empty(first.shape().with(0, rows), first.dtype(), first.device());
    long row = 0;
    for (NDArray piece : pieces) {
      long end = row + piece.shape().dim(0);
      try (NDArray place = joined.slice(row, end)) {
        piece.copyTo(place);
      }
      row = end;
    }
    return joined;
  }
}
