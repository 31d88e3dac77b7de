package org.tenon.module;

/**
 * How a training ended.
 *
 * @param epochs number of the epoch after the last whole one
 * @param interrupted whether the training's thread was interrupted; its flag is still set
 */
public record FitResult(int epochs, boolean interrupted) {}
