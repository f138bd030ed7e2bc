"""NumPy, JAX or torch as a peer of tools/bench: one line in, one line out.

  {"workload", "dtype", "dims", "axis", "inputs", "output", "threads"}
                 prepares a job on tensors in files; "ok", "none" or "refused: why"
  run N          makes so many calls; the nanoseconds they took
  store          one call, its result into the file "output"; "ok"
"""
import json
import sys
import time


def formulas(m):
    """The workloads over a library's functions."""

    def norm(x):
        d = x - m.mean(x)
        return d / m.sqrt(m.mean(d * d) + 1e-5)

    return {
        "relu": lambda x: m.maximum(x, 0),
        "elu": lambda x: m.where(x > 0, x, m.expm1(m.minimum(x, 0))),
        "selu": lambda x: 1.0507009873554805
        * m.where(x > 0, x, 1.6732632423543772 * m.expm1(m.minimum(x, 0))),
        "sigmoid": m.sigmoid,
        "tanh": m.tanh,
        "silu": m.silu,
        "gelu": m.gelu,
        "gelu_tanh": m.gelu_tanh,
        "hard_sigmoid": lambda x: m.minimum(m.maximum(x * (1 / 6) + 0.5, 0), 1),
        "hard_silu": lambda x: x * m.minimum(m.maximum(x * (1 / 6) + 0.5, 0), 1),
        "softplus": m.softplus,
        "mish": lambda x: x * m.tanh(m.softplus(x)),
        "softsign": lambda x: x / (1 + abs(x)),
        "exp": m.exp,
        "erf": m.erf,
        "log_sigmoid": lambda x: -m.softplus(-x),
        "swiglu": lambda x, u: m.silu(x) * u,
        "gelu_bias": lambda x, b: m.gelu(x + b),
        "gelu_bias_gate": lambda x, b, g: m.gelu(x + b) * g,
        "layer_norm_gelu": lambda x: m.gelu(norm(x)),
        "softmax": m.softmax,
        "log_softmax": m.log_softmax,
        "softmax_grad": lambda y, dy: y * (dy - m.sum(y * dy)),
    }


class Library:
    """What the formulas are written over; `axis` is that of the job."""

    axis = -1

    def __init__(self):
        for name in ("maximum", "minimum", "where", "exp", "expm1", "tanh", "sqrt"):
            setattr(self, name, getattr(self.namespace, name))

    def mean(self, x):
        return self.namespace.mean(x, -1, keepdims=True)

    def sum(self, x):
        return self.namespace.sum(x, self.axis, keepdims=True)

    def compiled(self, function):
        return function

    def wait(self, result):
        pass


class NumPy(Library):
    def __init__(self):
        import numpy

        self.namespace = self.numpy = numpy
        super().__init__()
        self.sigmoid = lambda x: 1 / (1 + numpy.exp(-x))
        self.silu = lambda x: x / (1 + numpy.exp(-x))
        self.softplus = lambda x: numpy.maximum(x, 0) + numpy.log1p(numpy.exp(-abs(x)))
        self.gelu_tanh = lambda x: x / (1 + numpy.exp(-1.5957691216057308 * x * (1 + 0.044715 * x * x)))
        self.gelu = self.erf = None  # there is no erf

    def softmax(self, x):
        e = self.numpy.exp(x - self.numpy.max(x, self.axis, keepdims=True))
        return e * (1 / self.sum(e))

    def log_softmax(self, x):
        d = x - self.numpy.max(x, self.axis, keepdims=True)
        return d - self.numpy.log(self.sum(self.numpy.exp(d)))

    def tensor(self, path, dtype, dims):
        types = {"f32": "float32", "f64": "float64", "f16": "float16"}
        return self.numpy.fromfile(path, types[dtype]).reshape(dims)

    def store(self, result, path):
        result.tofile(path)


class Jax(Library):
    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        import numpy

        self.jax, self.numpy, self.namespace = jax, numpy, jax.numpy
        super().__init__()
        nn = jax.nn
        self.sigmoid, self.silu, self.softplus = nn.sigmoid, nn.silu, nn.softplus
        self.gelu = lambda x: nn.gelu(x, approximate=False)
        self.gelu_tanh = lambda x: nn.gelu(x, approximate=True)
        self.erf = jax.scipy.special.erf
        self.softmax = lambda x: nn.softmax(x, self.axis)
        self.log_softmax = lambda x: nn.log_softmax(x, self.axis)

    def tensor(self, path, dtype, dims):
        types = {"f32": "float32", "f64": "float64", "f16": "float16", "bf16": "bfloat16"}
        data = self.numpy.fromfile(path, self.jax.numpy.dtype(types[dtype])).reshape(dims)
        return self.jax.device_put(data)

    def compiled(self, function):
        return self.jax.jit(function)

    def wait(self, result):
        result.block_until_ready()

    def store(self, result, path):
        self.numpy.asarray(result).tofile(path)


class Torch(Library):
    def __init__(self):
        import torch

        self.torch = self.namespace = torch
        super().__init__()
        f = torch.nn.functional
        self.maximum = lambda x, low: torch.clamp(x, min=low)
        self.minimum = lambda x, high: torch.clamp(x, max=high)
        self.sigmoid, self.silu, self.softplus = torch.sigmoid, f.silu, f.softplus
        self.gelu, self.erf = f.gelu, torch.erf
        self.gelu_tanh = lambda x: f.gelu(x, approximate="tanh")
        self.softmax = lambda x: torch.softmax(x, self.axis)
        self.log_softmax = lambda x: torch.log_softmax(x, self.axis)

    def mean(self, x):
        return x.mean(-1, keepdim=True)

    def sum(self, x):
        return x.sum(self.axis, keepdim=True)

    def tensor(self, path, dtype, dims):
        types = {"f32": "float32", "f64": "float64", "f16": "float16", "bf16": "bfloat16"}
        size = 1
        for d in dims:
            size *= d
        dtype = getattr(self.torch, types[dtype])
        return self.torch.from_file(path, size=size, dtype=dtype).reshape(dims)

    def store(self, result, path):
        with open(path, "wb") as out:
            out.write(bytes(result.contiguous().view(self.torch.uint8).numpy()))


def prepare(library, job):
    library.axis = job["axis"]
    if "threads" in job and isinstance(library, Torch):
        library.torch.set_num_threads(job["threads"])
    function = formulas(library).get(job["workload"])
    if function is None:
        return None
    tensors = [library.tensor(path, job["dtype"], dims) for path, dims in zip(job["inputs"], job["dims"])]
    function = library.compiled(function)

    def work():
        result = function(*tensors)
        library.wait(result)
        return result

    work()  # refuses here, if it does
    return work


def answer(library, line, state):
    if line.startswith("run "):
        calls, work = int(line[4:]), state["work"]
        start = time.perf_counter_ns()
        for _ in range(calls):
            work()
        return str(time.perf_counter_ns() - start)
    if line == "store":
        library.store(state["work"](), state["output"])
        return "ok"
    if line == "hello":
        return "ok"
    job = json.loads(line)
    try:
        state["work"], state["output"] = prepare(library, job), job["output"]
    except (KeyError, TypeError, NotImplementedError):
        return "none"  # a dtype or function it does not have
    except Exception as error:
        return "refused: " + " ".join(str(error).split())[:100]
    return "ok" if state["work"] else "none"


def main():
    library = {"NumPy": NumPy, "JAX": Jax, "torch": Torch}[sys.argv[1]]()
    state = {}
    for line in sys.stdin:
        print(answer(library, line.strip(), state), flush=True)


main()
