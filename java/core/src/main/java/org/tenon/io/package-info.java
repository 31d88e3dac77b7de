/** Where batches come from: arrays, MNIST, iterators that read ahead. */
package org.tenon.io;
