"""Writes symbol_name_goldens.txt: how MXNet's Python front end names nodes that are given no name. Run with
mxnet 1.9.1 and NumPy below 1.24.

A line is an expression of the variables x and y, a tab, and the outputs of all its nodes.
"""
import mxnet as mx

x = mx.sym.Variable('x')
y = mx.sym.Variable('y')
EXPRESSIONS = [
    'x + y',
    'x + 1',
    'x - y',
    'x - 1',
    '1 - x',
    'x * y',
    'x * 2',
    'x / y',
    'x / 2',
    '2 / x',
    'x % y',
    'x % 2',
    '2 % x',
    'x ** y',
    'x ** 2',
    'mx.sym.pow(2, x)',
    '-x',
    'x == y',
    'x == 1',
    'x != y',
    'x != 1',
    'x > y',
    'x > 1',
    'x >= y',
    'x >= 1',
    'x < y',
    'x < 1',
    'x <= y',
    'x <= 1',
    'mx.sym.maximum(x, y)',
    'mx.sym.maximum(x, 1)',
    'mx.sym.minimum(x, y)',
    'mx.sym.minimum(x, 1)',
    'mx.sym.hypot(x, 1)',
    'mx.sym.relu(mx.sym.relu(x) + 1) + 1',
    'mx.sym.abs(x)',
    'mx.sym.FullyConnected(x, num_hidden=3)',
    'mx.sym.Convolution(x, kernel=(3, 3), num_filter=2)',
    'mx.sym.BatchNorm(x)',
    'mx.sym.Flatten(x)',
    'mx.sym.reshape(x, shape=(1, 2))',
    'mx.sym.SoftmaxOutput(x)',
    'mx.sym.softmax(x)',
    'mx.sym.LinearRegressionOutput(x)',
    'mx.sym.concat(x, y)',
    'mx.sym.add_n(x, y)',
    'mx.sym.ElementWiseSum(x, y)',
    'mx.sym.elemwise_add(x, y)',
    'mx.sym.broadcast_add(x, y)',
    'mx.sym.broadcast_plus(x, y)',
    'mx.sym.sum(x)',
    'mx.sym.sum_axis(x)',
    'mx.sym.dot(x, y)',
    'mx.sym.SliceChannel(x, num_outputs=2)',
    'mx.sym.split(x, num_outputs=2)',
    'mx.sym.BlockGrad(x)',
    'mx.sym.stop_gradient(x)',
    'mx.sym.cast(x, dtype="float32")',
    'mx.sym.identity(x)',
    'mx.sym.sample_multinomial(x)',
    'mx.sym.shuffle(x)',
    'mx.sym.contrib.boolean_mask(x, y)',
    'mx.sym.linalg_gemm2(x, y)',
    'mx.sym.linalg.gemm2(x, y)',
    'mx.sym.Pooling(x, kernel=(2, 2))',
]

with open('symbol_name_goldens.txt', 'w') as file:
    for expression in EXPRESSIONS:
        with mx.name.NameManager():
            symbol = eval(expression)
        file.write('%s\t%s\n' % (expression, ' '.join(symbol.get_internals().list_outputs())))
