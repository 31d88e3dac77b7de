package org.tenon.module;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.tenon.NDArray;
import org.tenon.io.DataBatch;
import org.tenon.io.DataIter;

/**
 * A module's outputs batch by batch; those of a batch are closed when the next one is asked for.
 */
final class Predictions implements Iterator<Prediction> {
  private final Module module;
  private final DataIter iter;
  private final List<NDArray> made = new ArrayList<>();
  private long index;

  Predictions(Module module, DataIter iter) {
    this.module = module;
    this.iter = iter;
  }

  @Override
  public boolean hasNext() {
    release();
    return iter.hasNext();
  }

  @Override
  public Prediction next() {
    release();
    DataBatch batch = iter.next();
    made.addAll(batch.data());
    made.addAll(batch.label());
    module.forward(batch, false);
    List<NDArray> all = module.outputs();
    List<NDArray> real = Outputs.withoutPad(all, batch.pad());
    if (module.deviceCount() > 1) {
      made.addAll(all);
    }
    if (real != all) {
      made.addAll(real);
    }
    return new Prediction(real, index++, batch);
  }

  private void release() {
    made.forEach(NDArray::close);
    made.clear();
  }
}
