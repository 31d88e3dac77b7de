package org.tenon.module;

import java.util.List;
import org.tenon.NDArray;
import org.tenon.io.DataBatch;

/**
 * What a module says about one batch.
 *
 * @param outputs without the examples that only fill the batch up; valid until the next batch
 * @param index of the batch, from 0
 * @param batch that was given
 */
public record Prediction(List<NDArray> outputs, long index, DataBatch batch) {}
