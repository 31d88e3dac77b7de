"""MXNet's side of the exchange of checkpoints. Runs under MXNet 1.9.1, in a process of its own.

usage: checkpoint_exchange.py predict PREFIX EPOCH INPUT OUTPUT
           loads a checkpoint and writes what it says of the images in INPUT
       checkpoint_exchange.py make PREFIX EPOCH INPUT OUTPUT
           makes a LeNet with random weights, saves it as a checkpoint, and writes what it says of the images in INPUT

INPUT holds raw float32 images of 1 x 28 x 28; OUTPUT gets raw float32 probabilities, ten for each image.
"""

import sys

import mxnet as mx
import numpy as np


def lenet():
    data = mx.sym.Variable("data")
    conv1 = mx.sym.Convolution(data=data, kernel=(5, 5), num_filter=20, name="conv1")
    tanh1 = mx.sym.Activation(data=conv1, act_type="tanh", name="tanh1")
    pool1 = mx.sym.Pooling(data=tanh1, pool_type="max", kernel=(2, 2), stride=(2, 2), name="pool1")
    conv2 = mx.sym.Convolution(data=pool1, kernel=(5, 5), num_filter=50, name="conv2")
    tanh2 = mx.sym.Activation(data=conv2, act_type="tanh", name="tanh2")
    pool2 = mx.sym.Pooling(data=tanh2, pool_type="max", kernel=(2, 2), stride=(2, 2), name="pool2")
    fc1 = mx.sym.FullyConnected(data=mx.sym.Flatten(data=pool2), num_hidden=500, name="fc1")
    tanh3 = mx.sym.Activation(data=fc1, act_type="tanh", name="tanh3")
    fc2 = mx.sym.FullyConnected(data=tanh3, num_hidden=10, name="fc2")
    return mx.sym.SoftmaxOutput(data=fc2, name="softmax")


def bound(symbol, images, for_training):
    module = mx.mod.Module(symbol)
    module.bind(
        [("data", images.shape)],
        [("softmax_label", (images.shape[0],))],
        for_training=for_training,
    )
    return module


def write_predictions(module, images, output):
    batch = mx.io.DataBatch([mx.nd.array(images)], [mx.nd.zeros((images.shape[0],))])
    module.forward(batch, is_train=False)
    module.get_outputs()[0].asnumpy().astype("<f4").tofile(output)


def main():
    mode, prefix, epoch, source, output = sys.argv[1:]
    images = np.fromfile(source, dtype="<f4").reshape(-1, 1, 28, 28)
    if mode == "make":
        module = bound(lenet(), images, True)
        mx.random.seed(3)
        module.init_params(mx.init.Xavier())
        module.save_checkpoint(prefix, int(epoch))
    elif mode == "predict":
        symbol, arguments, auxiliary = mx.model.load_checkpoint(prefix, int(epoch))
        module = bound(symbol, images, False)
        module.set_params(arguments, auxiliary)
    else:
        sys.exit(__doc__)
    write_predictions(module, images, output)


if __name__ == "__main__":
    main()
