"""Writes numpy_goldens.txt: how NumPy prints arrays. Run with NumPy 1.23.5.

A case is a header `name|dtype|shape|kind`, the array's text, and a line with `---`. The kind says how the
elements are made, as NDArrayPrinterTest does it again.
"""
import numpy as np

CASES = []


def case(name, dtype, shape, kind):
    n = int(np.prod(shape)) if shape else 1
    i = np.arange(n, dtype=np.float64)
    values = {
        'count': i,
        'thirds': (i - n // 2) / 3,
        'tenths': i / 10,
        'large': i * 1234567.25,
        'huge': i * 1.5e7,
        'small': (i + 1) * 1e-5,
        'wide': 10.0 ** (i - n // 2),
        'special': np.array([np.nan, np.inf, -np.inf, -0.0, 1.5, -2.25] * n)[:n],
        'parity': i % 2,
    }[kind]
    array = values.astype(dtype).reshape(shape)
    CASES.append('%s|%s|%s|%s\n%s\n---\n' % (name, dtype, ','.join(map(str, shape)), kind, array))


for dtype in ('float32', 'float64', 'float16', 'int32', 'int64', 'int8', 'uint8'):
    case('vector', dtype, (7,), 'count')
    case('matrix', dtype, (3, 4), 'count')
for dtype in ('float32', 'float64', 'float16'):
    case('thirds', dtype, (3, 5), 'thirds')
    case('tenths', dtype, (2, 3, 4), 'tenths')
    case('special', dtype, (6,), 'special')
for dtype in ('float32', 'float64'):
    case('large', dtype, (2, 3), 'large')
    case('huge', dtype, (2, 5), 'huge')
    case('small', dtype, (4,), 'small')
    case('wide', dtype, (9,), 'wide')
case('bool', 'bool', (2, 3), 'parity')
case('one', 'float32', (1,), 'tenths')
case('scalar', 'float32', (), 'count')
case('longRow', 'float32', (40,), 'thirds')
case('longRowInMatrix', 'float32', (2, 30), 'thirds')
case('longRowInCube', 'float64', (2, 2, 25), 'thirds')
case('thousand', 'int32', (1000,), 'count')
case('summaryVector', 'float32', (1001,), 'count')
case('summaryMatrix', 'float32', (50, 40), 'tenths')
case('summaryTall', 'int64', (500, 3), 'count')
case('summaryCube', 'float32', (10, 11, 12), 'count')
case('negativeInts', 'int32', (3, 3), 'thirds')
with open('numpy_goldens.txt', 'w') as out:
    out.write(''.join(CASES))
