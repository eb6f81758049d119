"""Classes and functions that stand at the top of a module where PyTorch has no counterpart of an op; only those that it uses."""

from __future__ import annotations

from typing import Final

_PAD_SAME: Final = '''
def pad_same(x, kernel, stride, dilation, lower=False, value=0.0):
    """Pad so that a window gives ceil(n / stride) samples, as TensorFlow does; the odd sample goes to the high side."""
    pads = []
    for size, k, s, d in zip(x.shape[2:], kernel, stride, dilation):
        total = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
        low = total - total // 2 if lower else total // 2
        pads = [low, total - low, *pads]
    return F.pad(x, pads, value=value)
'''

_RESIZE: Final = '''
def resize(x, size, scale, mode, coordinates, rounding):
    """Interpolate one axis after the other, for what F.interpolate does not have."""
    for dim, (out, factor) in enumerate(zip(size, scale), 2):
        n = x.shape[dim]
        i = torch.arange(out, dtype=torch.float64, device=x.device)
        if coordinates == "align_corners":
            at = i * (n - 1) / max(out - 1, 1)
        else:
            at = (i + 0.5) / factor - 0.5 if coordinates == "half_pixel" else i / factor
        at = (at * 2**20).round() / 2**20  # thirds are not exact
        if mode == "nearest":
            rounded = {
                "floor": at.floor(),
                "ceil": at.ceil(),
                "round_prefer_floor": (at - 0.5).ceil(),
                "round_prefer_ceil": (at + 0.5).floor(),
            }
            taps = [(rounded[rounding], torch.ones_like(at))]
        elif mode == "linear":
            rest = at - at.floor()
            taps = [(at.floor(), 1 - rest), (at.floor() + 1, rest)]
        else:  # cubic, with the -0.75 of F.interpolate
            taps = []
            for step in (-1, 0, 1, 2):
                d = (at - at.floor() - step).abs()
                near = 1.25 * d**3 - 2.25 * d**2 + 1
                far = -0.75 * (d**3 - 5 * d**2 + 8 * d - 4)
                taps.append((at.floor() + step, torch.where(d <= 1, near, far)))
        shape = [-1 if axis == dim else 1 for axis in range(x.dim())]
        x = sum(x.index_select(dim, place.long().clamp(0, n - 1)) * weight.to(x.dtype).reshape(shape) for place, weight in taps)
    return x
'''

_CROP_LIKE: Final = '''
def crop_like(x, other, starts=None):
    """Crop to the size of another map: its middle, unless `starts` says where."""
    for axis, size in enumerate(other.shape[2:]):
        start = (x.shape[2 + axis] - size) // 2 if starts is None else starts[axis]
        x = x.narrow(2 + axis, start, size)
    return x
'''

_PAD_LIKE: Final = '''
def pad_like(x, other, places):
    """Pad or crop to the size of another map; `places`: per axis "center", "start", "end" or where the first sample stands."""
    pads = []
    for own, size, place in zip(x.shape[2:], other.shape[2:], places):
        gap = size - own
        low = {"center": int(gap / 2), "start": 0, "end": gap}.get(place, place)
        pads = [low, gap - low, *pads]
    return F.pad(x, pads)
'''

_MOVED: Final = '''
def moved(places, old, new):
    """Count places, found in a map of one size, in a map of another: they count samples row by row."""
    result, step = 0, 1
    for before, after in zip(reversed(old), reversed(new)):
        result, places, step = result + places % before * step, places // before, step * after
    return result
'''

_SPACE_TO_DEPTH: Final = '''
def space_to_depth(x, blocks):
    """Blocks of samples become channels."""
    for axis, block in enumerate(blocks, 2):
        x = torch.cat([x[(slice(None),) * axis + (slice(phase, None, block),)] for phase in range(block)], dim=1)
    return x
'''

_DEPTH_TO_SPACE: Final = '''
def depth_to_space(x, blocks):
    """Channels become blocks of samples."""
    for dim, block in enumerate(blocks, 2):
        x = torch.stack(x.chunk(block, dim=1), dim=dim + 1).flatten(dim, dim + 1)
    return x
'''

_DILATED_MEAN: Final = '''
def dilated_mean(x, kernel, stride, dilation):
    """Average pooling with holes."""
    weight = x.new_ones(x.shape[1], 1, *kernel) / math.prod(kernel)
    return (F.conv1d, F.conv2d, F.conv3d)[len(kernel) - 1](x, weight, stride=stride, dilation=dilation, groups=x.shape[1])
'''

_BLUR: Final = '''
def blur(x, kernel, stride, dilation):
    """A low-pass filter with binomial weights."""
    weight = x.new_ones(())
    for size in kernel:
        row = x.new_tensor([math.comb(size - 1, tap) / 2 ** (size - 1) for tap in range(size)])
        weight = weight[..., None] * row
    weight = weight.expand(x.shape[1], 1, *kernel)
    return (F.conv1d, F.conv2d, F.conv3d)[len(kernel) - 1](x, weight, stride=stride, dilation=dilation, groups=x.shape[1])
'''

_UNFOLD: Final = '''
def unfold(x, kernel, stride, dilation):
    """Lay sliding patches into channels."""
    taps = math.prod(kernel)
    weight = torch.eye(taps, dtype=x.dtype, device=x.device).reshape(taps, 1, *kernel).repeat(x.shape[1], 1, *[1] * len(kernel))
    return (F.conv1d, F.conv2d, F.conv3d)[len(kernel) - 1](x, weight, stride=stride, dilation=dilation, groups=x.shape[1])
'''

_SEPARABLE: Final = '''
class SeparableConv(nn.Sequential):
    """A depthwise convolution, and a 1x1 convolution behind it."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, bias=True):
        super().__init__()
        conv = CONV
        self.depthwise = conv(in_channels, in_channels, kernel_size, stride, padding, dilation, groups=in_channels, bias=False)
        self.pointwise = conv(in_channels, out_channels, 1, bias=bias)
'''

_DEFORMABLE: Final = '''
class DeformableConv(nn.Module):
    """A convolution at places that another one finds (Dai et al., ICCV 2017)."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        super().__init__()
        taps = math.prod(kernel_size) if isinstance(kernel_size, tuple) else kernel_size**2
        self.offset = nn.Conv2d(in_channels, 2 * taps, kernel_size, stride, padding, dilation)
        self.conv = DeformConv2d(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)

    def forward(self, x):
        return self.conv(x, self.offset(x))
'''

_CHANNEL_NORM: Final = '''
class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each sample."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''

_AFFINE: Final = '''
class Affine(nn.Module):
    """A learnt offset for each channel, and a scale unless it is left out."""

    def __init__(self, channels, scale=True):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels)) if scale else None
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        shape = [1, -1, *[1] * (x.dim() - 2)]
        return (x if self.weight is None else x * self.weight.reshape(shape)) + self.bias.reshape(shape)
'''

_SQUEEZE_EXCITE: Final = '''
class SqueezeExcite(nn.Module):
    """A gate for each channel, computed from the whole map (Hu et al., CVPR 2018)."""

    def __init__(self, channels, hidden):
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(x.flatten(2).mean(dim=2)))))
        return x * gate.reshape(*gate.shape, *[1] * (x.dim() - 2))
'''

_ATTENTION: Final = '''
class Attention(nn.Module):
    """Self-attention with its projections; in windows whose first one begins `shift` samples before the map (Liu et al., ICCV 2021)."""

    def __init__(self, channels, heads=1, window=None, shift=None, causal=False):
        super().__init__()
        self.heads, self.window, self.shift, self.causal = heads, window, shift, causal
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x):
        size = x.shape[2:]
        window = self.window or tuple(size)
        low = self.shift or (0,) * len(size)
        pads = [(before, -(n + before) % w) for n, before, w in zip(size, low, window)]
        flat = [each for pair in reversed(pads) for each in pair]
        there = F.pad(x.new_ones(1, 1, *size), flat)
        # From (batch, channels, samples) to (windows, samples, channels), and the same for what is no padding.
        tokens, there = self._parted(F.pad(x, flat), window), self._parted(there, window)[..., 0] > 0
        q, k, v = (each.unflatten(-1, (self.heads, -1)).transpose(1, 2) for each in self.qkv(tokens).chunk(3, dim=-1))
        mask = there.repeat(len(tokens) // len(there), 1)[:, None, None] | torch.eye(q.shape[2], dtype=torch.bool, device=x.device)
        if self.causal:
            mask = mask & torch.ones_like(mask[0, 0]).tril()
        made = self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2))
        counts = [(n + before + after) // w for n, (before, after), w in zip(size, pads, window)]
        made = made.reshape(len(x), *counts, *window, -1)
        order = [0, made.dim() - 1, *(axis for place in range(len(size)) for axis in (1 + place, 1 + len(size) + place))]
        made = made.permute(order).reshape(len(x), -1, *(count * w for count, w in zip(counts, window)))
        return F.pad(made, [-each for each in flat])

    @staticmethod
    def _parted(x, window):
        parts = [each for n, w in zip(x.shape[2:], window) for each in (n // w, w)]
        x = x.reshape(*x.shape[:2], *parts)
        rank = len(window)
        order = [0, *(2 + 2 * axis for axis in range(rank)), *(3 + 2 * axis for axis in range(rank)), 1]
        return x.permute(order).flatten(0, rank).flatten(1, rank)
'''

_RECURRENT: Final = '''
class Recurrent(nn.Module):
    """An LSTM along one axis of a map; all others are batches."""

    def __init__(self, channels, hidden, dim, direction):
        super().__init__()
        self.dim, self.backward_only = dim, direction == "backward"
        both = direction == "both"
        self.lstm = nn.LSTM(channels, hidden // 2 if both else hidden, batch_first=True, bidirectional=both)

    def forward(self, x):
        rows = x.movedim((self.dim, 1), (-2, -1))
        steps = rows.flatten(0, -3)
        steps = steps.flip(1) if self.backward_only else steps
        made = self.lstm(steps)[0]
        made = made.flip(1) if self.backward_only else made
        return made.reshape(*rows.shape[:-1], -1).movedim((-2, -1), (self.dim, 1))
'''

#: Name -> text.
HELPERS: Final = {
    "pad_same": _PAD_SAME,
    "resize": _RESIZE,
    "crop_like": _CROP_LIKE,
    "pad_like": _PAD_LIKE,
    "moved": _MOVED,
    "space_to_depth": _SPACE_TO_DEPTH,
    "depth_to_space": _DEPTH_TO_SPACE,
    "dilated_mean": _DILATED_MEAN,
    "blur": _BLUR,
    "unfold": _UNFOLD,
    "SeparableConv": _SEPARABLE,
    "DeformableConv": _DEFORMABLE,
    "ChannelNorm": _CHANNEL_NORM,
    "Affine": _AFFINE,
    "SqueezeExcite": _SQUEEZE_EXCITE,
    "Attention": _ATTENTION,
    "Recurrent": _RECURRENT,
}
