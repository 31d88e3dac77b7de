#!/usr/bin/env python3
"""Writes symbols/*.json: graphs that tests/cpp/graph/json_test.cc composes too, as MXNet 1.9.1 writes them.

    python3 make_json.py

Needs mxnet==1.9.1 and numpy<1.24.
"""
import os

os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"
import mxnet as mx  # noqa: E402

S = mx.sym
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "symbols")


def lenet():
    data = S.var("data")
    net = S.Convolution(data, kernel=(5, 5), num_filter=20, name="conv1")
    net = S.Activation(net, act_type="tanh")
    net = S.Pooling(net, pool_type="max", kernel=(2, 2), stride=(2, 2))
    net = S.Convolution(net, kernel=(5, 5), num_filter=50, name="conv2")
    net = S.Activation(net, act_type="tanh")
    net = S.Pooling(net, pool_type="max", kernel=(2, 2), stride=(2, 2))
    net = S.Flatten(net)
    net = S.FullyConnected(net, num_hidden=500, name="fc1")
    net = S.Activation(net, act_type="tanh")
    net = S.FullyConnected(net, num_hidden=10, name="fc2")
    return S.SoftmaxOutput(net, name="softmax")


def auxiliary():
    data = S.var("data")
    mean = S.var("mean")
    net = S.BatchNorm(data, moving_mean=mean, name="bn1", eps=1e-3, fix_gamma=False)
    net = S.BatchNorm(net, moving_mean=mean, name="bn2")
    net = S.Dropout(net, p=0.25)
    return S.Group([net, mean])


def attributes():
    data = S.var("data", shape=(2, 0), dtype="float16", lr_mult=0.5, init=mx.init.One())
    return S.FullyConnected(
        data, num_hidden=3, no_bias=True, name="fc", attr={"ctx_group": "a", "__text__": 'q"\\\n\r\tä/'}
    )


def wide():
    parts = S.SliceChannel(S.var("data"), num_outputs=12, name="split")
    joined = S.Concat(*list(parts), dim=1)
    return S.Group([joined] + [parts[i] for i in range(11)])


for make in (lenet, auxiliary, attributes, wide):
    mx.name.NameManager._current.value = mx.name.NameManager()  # counters from 0
    with open(os.path.join(HERE, make.__name__ + ".json"), "w") as file:
        file.write(make().tojson())
