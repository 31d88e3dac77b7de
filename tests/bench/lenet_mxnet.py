"""LeNet's training step at a batch of 100 in MXNet 1.9.1 from Python: the median of nine rounds, in milliseconds.

    "$(.ci/mxnet.sh)" tests/bench/lenet_mxnet.py

The network, the metric and the batch are those of tests/bench/java's LeNetBenchmark.
"""

import statistics
import time

import mxnet as mx
import numpy as np

ROUNDS, STEPS, BATCH = 9, 50, 100


def convolved(data, filters):
    conv = mx.sym.Convolution(data, kernel=(5, 5), num_filter=filters)
    tanh = mx.sym.Activation(conv, act_type="tanh")
    return mx.sym.Pooling(tanh, pool_type="max", kernel=(2, 2), stride=(2, 2))


hidden = mx.sym.FullyConnected(mx.sym.flatten(convolved(convolved(mx.sym.var("data"), 20), 50)), num_hidden=500)
scores = mx.sym.FullyConnected(mx.sym.Activation(hidden, act_type="tanh"), num_hidden=10)
module = mx.mod.Module(mx.sym.SoftmaxOutput(scores, name="softmax"), context=mx.cpu())
module.bind([("data", (BATCH, 1, 28, 28))], [("softmax_label", (BATCH,))])
module.init_params(mx.init.Xavier())
module.init_optimizer(optimizer="sgd", optimizer_params={"learning_rate": 0.1})
batch = mx.io.DataBatch(
    [mx.nd.random.uniform(shape=(BATCH, 1, 28, 28))], [mx.nd.array(np.arange(BATCH) % 10)]
)
accuracy = mx.metric.create("acc")


def milliseconds(steps):
    start = time.perf_counter()
    for _ in range(steps):
        module.forward_backward(batch)
        module.update()
        module.update_metric(accuracy, batch.label)
    mx.nd.waitall()
    return (time.perf_counter() - start) / steps * 1e3


milliseconds(STEPS)
print(f"{statistics.median(milliseconds(STEPS) for _ in range(ROUNDS)):.1f} ms")
