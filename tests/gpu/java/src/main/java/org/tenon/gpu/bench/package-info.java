/** First speed readings on a GPU; {@code tests/gpu/bench.py} takes PyTorch's in the same run. */
package org.tenon.gpu.bench;
