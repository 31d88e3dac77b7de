/**
 * Arrays, symbols and executors: what every program with Tenon uses.
 *
 * <p>{@link org.tenon.NDArray} computes at once, {@link org.tenon.Symbol} describes a computation
 * that {@link org.tenon.Executor} runs later, and {@link org.tenon.Ops} holds every operator for
 * both. Native memory is freed by {@code close()}, by a {@link org.tenon.NDScope}, or, failing
 * both, by the garbage collector.
 */
package org.tenon;
