"""The largest multilinear rank that a network and its fed batch allow at every layer, whatever the weights.

A singular value beyond that rank is zero by construction and says nothing about training. The bounds travel
through the network's own forward pass of two blank images: each operation maps them from its arguments to its result.

Rules, for a tensor N×C×H×W whose unfolding in a mode has rank at most r:

- Convolution with a k x k kernel: each of its k² shifts keeps the rank of the channel unfolding, each of its
  k vertical shifts that of the height unfolding; so channel r·k², height and width r·k. Average pooling, the mean,
  slicing, zero padding and fully connected maps do not raise a rank.
- A bias or a batch norm adds a vector times a tensor of ones. Further affine maps without padding only
  change the vector, so `constant` remembers it and it adds one to each rank once. Padding cuts it at the border:
  then it joins the rest, and the next one may add one again.
- Batch mode: every affine map keeps the columns of that unfolding inside the space spanned by the columns
  of the fed batch's unfolding and the vector of ones. So the dimension of that one space bounds all layers up to
  the next non-linear step, the sums of residual blocks included.
- A convolution or fully connected map to few channels bounds the rank of the channel unfolding, of all that follows
  linearly too: so does the projection of `rank_limit`.
- A sum of two tensors: the sum of their ranks.
- Any other operation (ReLU, max-pooling) may reach full rank: r = min(I_n, product of the other sizes).
- No rank exceeds its I_n or the product of the other modes' ranks (De Lathauwer et al., 2000).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from math import prod
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from gengap.spectra.activations import visit_activations

_new_space = count().__next__


@dataclass(frozen=True)
class _Bound:
    """Upper bounds of the ranks of one tensor.

    Attributes:
        space: identity of the space that holds the columns of the batch unfolding.
        batch: rank of the batch unfolding.
        batch_affine: dimension of that space with the vector of ones.
        modes: ranks of the other unfoldings without the constant.
        constant: whether a vector over the channels times ones is added to what `modes` describes.
    """

    batch: int
    batch_affine: int
    modes: tuple[int, ...]
    constant: bool = False
    space: int = field(default_factory=_new_space)

    def shifted(self) -> "_Bound":
        """After the addition of a bias."""
        return replace(self, batch=self.batch_affine, constant=True)

    def absorbed(self) -> "_Bound":
        """With the constant counted among the rest."""
        return replace(self, modes=tuple(rank + self.constant for rank in self.modes), constant=False)

    def within(self, channels: int) -> "_Bound":
        """After a linear map to that many channels, which no rank over the channels exceeds."""
        if self.modes[0] + self.constant <= channels:
            return self
        absorbed = self.absorbed()
        return replace(absorbed, modes=(channels, *absorbed.modes[1:]))

    def ranks(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The tightest bounds for a tensor of that shape, batch mode first."""
        ranks = [self.batch, *(rank + self.constant for rank in self.modes)]
        ranks = [min(rank, size) for rank, size in zip(ranks, shape, strict=True)]
        while True:
            tighter = [min(rank, prod(ranks[:mode] + ranks[mode + 1 :])) for mode, rank in enumerate(ranks)]
            if tighter == ranks:
                return tuple(ranks)
            ranks = tighter


def rank_bounds(
    model: nn.Module,
    shape: Sequence[int],
    ranks: Sequence[int],
    affine_rank: int,
    modules: Mapping[str, nn.Module] | None = None,
) -> dict[str, tuple[int, ...]]:
    """Bounds of the ranks of every layer's output, in forward order.

    Args:
        model: a network in evaluation mode, on any device.
        shape: N, C, H, W of the fed batch.
        ranks: ranks of the fed batch's four unfoldings.
        affine_rank: rank of the fed batch's N×(CHW) matrix with a column of ones appended.
        modules: as in `visit_activations`.

    Returns:
        By layer name: one bound per mode, (batch, channel, height, width) or (batch, channel).
    """
    bounds: dict[str, tuple[int, ...]] = {}

    def record(name: str, _kind: str, output: Tensor) -> None:
        bounds[name] = _bound(output).ranks((shape[0], *output.shape[1:]))

    # Two, since batch norm with the statistics of the fed batch refuses one.
    blank = next(model.parameters()).new_zeros(2, *shape[1:])
    blank.bound = _Bound(batch=ranks[0], batch_affine=affine_rank, modes=tuple(ranks[1:]))  # type: ignore[attr-defined]
    with _Propagation(shape[0]):
        visit_activations(model, blank, record, modules)
    return bounds


def _bound(tensor: Any) -> _Bound:
    return tensor.bound


class _Propagation(TorchFunctionMode):
    """While active, gives the results of torch's functions a `bound`; their first axis, of two images, stands for N."""

    def __init__(self, batch_size: int) -> None:
        super().__init__()
        self.batch_size = batch_size

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if isinstance(result, Tensor) and result.ndim > 1:
            name = getattr(func, "__name__", "").strip("_")
            shape = (self.batch_size, *result.shape[1:])
            rule = _RULES.get(name, _anything) if args and hasattr(args[0], "bound") else _anything
            try:
                bound = rule(shape, *args, **kwargs)
            except TypeError:  # called with other arguments than the rule knows
                bound = _anything(shape)
            result.bound = bound  # type: ignore[attr-defined]
        return result


# Each rule sees the shape of the result, N first, and the call's arguments.


def _anything(shape: Sequence[int], *_args: Any, **_kwargs: Any) -> _Bound:
    thin = [min(size, prod(shape) // size) for size in shape]
    return _Bound(batch=thin[0], batch_affine=min(shape[0], thin[0] + 1), modes=tuple(thin[1:]))


def _convolution(
    _shape: Sequence[int],
    inputs: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    _stride: Any = (1, 1),
    padding: Any = (0, 0),
    *_rest: Any,
) -> _Bound:
    bound = _bound(inputs).absorbed() if any(padding) else _bound(inputs)
    kernel = weight.shape[2:]
    modes = (bound.modes[0] * prod(kernel), *(r * k for r, k in zip(bound.modes[1:], kernel, strict=True)))
    bound = replace(bound, modes=modes).within(len(weight))
    return bound if bias is None else bound.shifted()


def _linear(shape: Sequence[int], inputs: Tensor, weight: Tensor, bias: Tensor | None = None) -> _Bound:
    if len(shape) != 2:
        return _anything(shape)
    bound = _bound(inputs).within(len(weight))
    return bound if bias is None else bound.shifted()


def _batch_norm(_shape: Sequence[int], inputs: Tensor, *_args: Any, **_kwargs: Any) -> _Bound:
    return _bound(inputs).shifted()


def _unchanged(_shape: Sequence[int], inputs: Tensor, *_args: Any, **_kwargs: Any) -> _Bound:
    return _bound(inputs)


def _average_pooling(
    _shape: Sequence[int], inputs: Tensor, _size: Any, _stride: Any = None, padding: Any = 0, *_rest: Any
) -> _Bound:
    return _bound(inputs) if padding in (0, (0, 0)) else _bound(inputs).absorbed()


def _selection(shape: Sequence[int], inputs: Tensor, index: Any) -> _Bound:
    slices = isinstance(index, tuple) and all(isinstance(part, slice) for part in index)
    return _bound(inputs) if slices and index[0] == slice(None) else _anything(shape)


def _flatten(shape: Sequence[int], inputs: Tensor, start_dim: int = 0, end_dim: int = -1) -> _Bound:
    if (start_dim, end_dim) != (1, -1):
        return _anything(shape)
    return replace(_bound(inputs), modes=tuple(shape[1:]))


def _mean(shape: Sequence[int], inputs: Tensor, dim: Sequence[int], *_args: Any, **_kwargs: Any) -> _Bound:
    if tuple(dim) != (2, 3) or len(shape) != 2:
        return _anything(shape)
    return replace(_bound(inputs), modes=_bound(inputs).modes[:1])


def _padding(
    shape: Sequence[int], inputs: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> _Bound:
    if mode != "constant" or value or len(pad) > 6:
        return _anything(shape)
    return _bound(inputs).absorbed() if any(pad[:4]) else _bound(inputs)


def _addition(shape: Sequence[int], left: Any, right: Any) -> _Bound:
    if not hasattr(right, "bound") or left.shape != right.shape:
        return _anything(shape)
    one, other = _bound(left), _bound(right)
    modes = tuple(a + b for a, b in zip(one.modes, other.modes, strict=True))
    constant = one.constant or other.constant
    if one.space == other.space:
        return replace(one, batch=max(one.batch, other.batch), modes=modes, constant=constant)
    # Each of the two spaces holds the vector of ones.
    return _Bound(one.batch + other.batch, one.batch_affine + other.batch_affine - 1, modes, constant)


_RULES: dict[str, Callable[..., _Bound]] = {
    "conv2d": _convolution,
    "linear": _linear,
    "batch_norm": _batch_norm,
    "dropout": _unchanged,  # in evaluation mode
    "avg_pool2d": _average_pooling,
    "getitem": _selection,
    "flatten": _flatten,
    "mean": _mean,
    "pad": _padding,
    "add": _addition,
}
