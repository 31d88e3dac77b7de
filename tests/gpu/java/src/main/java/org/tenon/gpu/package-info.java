/** Programs that {@code tests/gpu/run.sh} runs on a machine with a GPU. */
package org.tenon.gpu;
